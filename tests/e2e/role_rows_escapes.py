"""What must be refused in an Environment's account: ways out of the boundary, into other roles, past the emergency."""

from __future__ import annotations

from collections.abc import Iterator

from tests.e2e.role_rows_account import Entry, call, rows
from tests.e2e.role_rows_allowed import BOUNDARY, TAGS, role
from tests.e2e.role_world import ANYTHING, DEV, PROD, TASKS_MAY, Row

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
OWN, PLAN, TASK = "fileflow-dev-apply", "fileflow-dev-plan", "fileflow-dev-evil"
READ = f"arn:aws:iam::{DEV}:policy/fileflow-dev-pipeline-read"
PROVIDER = f"arn:aws:iam::{DEV}:oidc-provider/token.actions.githubusercontent.com"

ESCAPES: tuple[Entry, ...] = (
    (
        "gives itself a policy",
        "iam",
        "put_role_policy",
        {"RoleName": OWN, "PolicyName": "p", "PolicyDocument": ANYTHING},
    ),
    ("attaches a policy to itself", "iam", "attach_role_policy", {"RoleName": OWN, "PolicyArn": ADMINISTRATOR}),
    ("rewrites its own trust", "iam", "update_assume_role_policy", {"RoleName": OWN, "PolicyDocument": TASKS_MAY}),
    ("removes its own boundary", "iam", "delete_role_permissions_boundary", {"RoleName": OWN}),
    (
        "replaces its own boundary",
        "iam",
        "put_role_permissions_boundary",
        {"RoleName": OWN, "PermissionsBoundary": ADMINISTRATOR},
    ),
    ("lengthens its own sessions", "iam", "update_role", {"RoleName": OWN, "MaxSessionDuration": 43200}),
    ("tags its own role", "iam", "tag_role", {"RoleName": OWN, "Tags": TAGS}),
    ("removes its own role", "iam", "delete_role", {"RoleName": OWN}),
    ("takes a policy off itself", "iam", "detach_role_policy", {"RoleName": OWN, "PolicyArn": READ}),
    (
        "gives the plan role a policy",
        "iam",
        "put_role_policy",
        {"RoleName": PLAN, "PolicyName": "p", "PolicyDocument": ANYTHING},
    ),
    (
        "rewrites the plan role's trust",
        "iam",
        "update_assume_role_policy",
        {"RoleName": PLAN, "PolicyDocument": TASKS_MAY},
    ),
    (
        "rewrites break-glass's trust",
        "iam",
        "update_assume_role_policy",
        {"RoleName": "fileflow-dev-break-glass", "PolicyDocument": TASKS_MAY},
    ),
    (
        "makes a version of the boundary",
        "iam",
        "create_policy_version",
        {"PolicyArn": BOUNDARY, "PolicyDocument": ANYTHING, "SetAsDefault": True},
    ),
    ("takes an old boundary", "iam", "set_default_policy_version", {"PolicyArn": BOUNDARY, "VersionId": "v1"}),
    ("removes the boundary", "iam", "delete_policy", {"PolicyArn": BOUNDARY}),
    (
        "makes a version of the pipeline's policy",
        "iam",
        "create_policy_version",
        {"PolicyArn": READ, "PolicyDocument": ANYTHING},
    ),
    ("removes the pipeline's policy", "iam", "delete_policy", {"PolicyArn": READ}),
    (
        "makes a role without boundary",
        "iam",
        "create_role",
        {"RoleName": "fileflow-dev-exec", "AssumeRolePolicyDocument": TASKS_MAY},
    ),
    (
        "makes a role with another boundary",
        "iam",
        "create_role",
        {"RoleName": "fileflow-dev-exec", "AssumeRolePolicyDocument": TASKS_MAY, "PermissionsBoundary": ADMINISTRATOR},
    ),
    (
        "makes a role of another name",
        "iam",
        "create_role",
        {"RoleName": "admin", "AssumeRolePolicyDocument": TASKS_MAY, "PermissionsBoundary": BOUNDARY},
    ),
    (
        "makes a role under a path",
        "iam",
        "create_role",
        {
            "Path": "/x/",
            "RoleName": "fileflow-dev-exec",
            "AssumeRolePolicyDocument": TASKS_MAY,
            "PermissionsBoundary": BOUNDARY,
        },
    ),
    (
        "opens the platform's role",
        "iam",
        "update_assume_role_policy",
        {"RoleName": "platform-deploy", "PolicyDocument": TASKS_MAY},
    ),
    (
        "gives the platform's role a policy",
        "iam",
        "put_role_policy",
        {"RoleName": "platform-deploy", "PolicyName": "p", "PolicyDocument": ANYTHING},
    ),
    (
        "opens the bootstrap role",
        "iam",
        "update_assume_role_policy",
        {"RoleName": "OrganizationAccountAccessRole", "PolicyDocument": TASKS_MAY},
    ),
    (
        "opens a role of nearly our name",
        "iam",
        "update_assume_role_policy",
        {"RoleName": "fileflow-dev", "PolicyDocument": TASKS_MAY},
    ),
    ("makes a policy of another name", "iam", "create_policy", {"PolicyName": "x", "PolicyDocument": ANYTHING}),
    ("makes a user", "iam", "create_user", {"UserName": "x"}),
    ("makes an access key", "iam", "create_access_key", {"UserName": "x"}),
    ("makes a group", "iam", "create_group", {"GroupName": "x"}),
    ("makes an instance profile", "iam", "create_instance_profile", {"InstanceProfileName": "x"}),
    (
        "adds an identity provider",
        "iam",
        "create_open_id_connect_provider",
        {"Url": "https://evil.example", "ClientIDList": ["x"]},
    ),
    ("removes the identity provider", "iam", "delete_open_id_connect_provider", {"OpenIDConnectProviderArn": PROVIDER}),
    (
        "lets others use the identity provider",
        "iam",
        "add_client_id_to_open_id_connect_provider",
        {"OpenIDConnectProviderArn": PROVIDER, "ClientID": "x"},
    ),
    ("adds a SAML provider", "iam", "create_saml_provider", {"SAMLMetadataDocument": "x" * 1000, "Name": "x"}),
    ("weakens the password policy", "iam", "update_account_password_policy", {"MinimumPasswordLength": 6}),
    ("names the account", "iam", "create_account_alias", {"AccountAlias": "x-example"}),
    (
        "makes a service-linked role of another service",
        "iam",
        "create_service_linked_role",
        {"AWSServiceName": "lex.amazonaws.com"},
    ),
)

PASSING: tuple[tuple[str, str], ...] = (
    ("its own role", role(DEV, OWN)),
    ("the plan role", role(DEV, PLAN)),
    ("the platform's role", role(DEV, "platform-deploy")),
    ("the bootstrap role", role(DEV, "OrganizationAccountAccessRole")),
    ("prod's task role", role(PROD, "fileflow-prod-task")),
)

# The same walls with every identity policy open: only the boundary stands.
BOUNDED: tuple[Entry, ...] = (
    *ESCAPES[:36],
    ("removes its boundary", "iam", "delete_role_permissions_boundary", {"RoleName": TASK}),
    (
        "replaces its boundary",
        "iam",
        "put_role_permissions_boundary",
        {"RoleName": TASK, "PermissionsBoundary": ADMINISTRATOR},
    ),
    ("removes the platform's network", "ec2", "delete_vpc", {"VpcId": "$vpc"}),
    ("removes the platform's subnet", "ec2", "delete_subnet", {"SubnetId": "$subnet"}),
    ("removes the platform's security group", "ec2", "delete_security_group", {"GroupId": "$platform-group"}),
    ("takes the platform's tag away", "ec2", "delete_tags", {"Resources": ["$vpc"], "Tags": [{"Key": "Platform"}]}),
    ("orders the platform key's deletion", "kms", "schedule_key_deletion", {"KeyId": "$platform-key"}),
    ("disables the platform key", "kms", "disable_key", {"KeyId": "$platform-key"}),
    ("removes the platform's topic", "sns", "delete_topic", {"TopicArn": "$platform-topic"}),
    ("removes the application's secret", "secretsmanager", "delete_secret", {"SecretId": "fileflow/dev/app"}),
    ("removes the repository", "ecr", "delete_repository", {"repositoryName": "fileflow", "force": True}),
    ("uses a service that is not ours", "lambda", "list_functions", {}),
)

EMERGENCY: tuple[Entry, ...] = (
    *ESCAPES[10:20],
    (
        "rewrites its own trust",
        "iam",
        "update_assume_role_policy",
        {"RoleName": "fileflow-dev-break-glass", "PolicyDocument": TASKS_MAY},
    ),
    ("reads a stranger's secret", "secretsmanager", "get_secret_value", {"SecretId": "billing/dev/app"}),
    ("stops a stranger's database", "rds", "stop_db_instance", {"DBInstanceIdentifier": "billing"}),
    ("enters a stranger's container", "ecs", "list_tasks", {"cluster": "billing"}),
)


def _passing() -> Iterator[Row]:
    for what, arn in PASSING:
        definition = {
            "family": "fileflow-dev",
            "taskRoleArn": arn,
            "containerDefinitions": [{"name": "app", "image": "app", "memory": 128}],
            "tags": [{"key": tag["Key"], "value": tag["Value"]} for tag in TAGS],
        }
        yield Row(
            name=f"dev-apply: gives ECS {what}", call=call("dev-apply", "ecs", "register_task_definition", definition)
        )
    target = {"Id": "1", "Arn": f"arn:aws:sns:ap-northeast-2:{DEV}:x", "RoleArn": role(DEV, "fileflow-dev-task")}
    yield Row(
        name="dev-apply: gives the task role to another service",
        call=call("dev-apply", "events", "put_targets", {"Rule": "fileflow-dev", "Targets": [target]}),
    )


ROWS = [
    *rows("dev-apply", ESCAPES),
    *_passing(),
    *rows("task", BOUNDED),
    *rows("dev-break-glass", EMERGENCY),
]
