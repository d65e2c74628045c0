"""What must be refused in an Environment's account: writes of a plan, ways out of the boundary, platform's things."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.e2e.role_rows_allowed import BOUNDARY, DOCUMENT, TAGS, role
from tests.e2e.role_world import ANYTHING, DEV, PROD, TASKS_MAY, Row, World

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
OWN, PLAN, TASK = "fileflow-dev-apply", "fileflow-dev-plan", "fileflow-dev-evil"
READ = f"arn:aws:iam::{DEV}:policy/fileflow-dev-pipeline-read"
PROVIDER = f"arn:aws:iam::{DEV}:oidc-provider/token.actions.githubusercontent.com"
Entry = tuple[str, str, str, dict[str, Any]]


def _rows(who: str, entries: tuple[Entry, ...]) -> Iterator[Row]:
    for what, service, method, parameters in entries:
        yield Row(name=f"{who}: {what}", call=_call(who, service, method, parameters))


def _call(who: str, service: str, method: str, parameters: dict[str, Any]) -> Callable[[World], object]:
    """`$name` in a value stands for what the world made under that name."""

    def filled(w: World, value: Any) -> Any:
        if isinstance(value, str) and value.startswith("$"):
            return w.made[value[1:]]
        if isinstance(value, list):
            return [filled(w, entry) for entry in value]
        return value

    return lambda w: getattr(w.client(who, service), method)(
        **{key: filled(w, value) for key, value in parameters.items()}
    )


WRITES: tuple[Entry, ...] = (
    ("makes a network", "ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16"}),
    ("makes a security group", "ec2", "create_security_group", {"GroupName": "x", "Description": "x"}),
    ("removes a security group", "ec2", "delete_security_group", {"GroupId": "$own-group"}),
    ("tags a security group", "ec2", "create_tags", {"Resources": ["$own-group"], "Tags": TAGS}),
    ("makes a topic", "sns", "create_topic", {"Name": "fileflow-dev-x"}),
    ("makes a queue", "sqs", "create_queue", {"QueueName": "fileflow-dev-x"}),
    ("makes a bucket", "s3", "create_bucket", {"Bucket": "fileflow-dev-x"}),
    ("makes a key", "kms", "create_key", {}),
    ("makes a secret", "secretsmanager", "create_secret", {"Name": "fileflow/dev/x", "SecretString": "x"}),
    ("reads a secret", "secretsmanager", "get_secret_value", {"SecretId": "fileflow/dev/app"}),
    ("writes a parameter", "ssm", "put_parameter", {"Name": "/platform/dev/x", "Value": "x", "Type": "String"}),
    ("reads prod's parameter", "ssm", "get_parameter", {"Name": "/platform/prod/vpc_id"}),
    ("makes a role", "iam", "create_role", {"RoleName": "fileflow-dev-task", "AssumeRolePolicyDocument": TASKS_MAY}),
    ("makes a user", "iam", "create_user", {"UserName": "x"}),
    ("makes a cluster", "ecs", "create_cluster", {"clusterName": "fileflow-dev"}),
    ("changes a service", "ecs", "update_service", {"cluster": "fileflow-dev", "service": "fileflow-dev"}),
    ("makes a log group", "logs", "create_log_group", {"logGroupName": "/ecs/fileflow-dev"}),
    ("removes the database", "rds", "delete_db_instance", {"DBInstanceIdentifier": "fileflow-dev"}),
    ("changes the database", "rds", "modify_db_instance", {"DBInstanceIdentifier": "fileflow-dev"}),
    ("makes a load balancer", "elbv2", "create_load_balancer", {"Name": "fileflow-dev"}),
    ("removes an alarm", "cloudwatch", "delete_alarms", {"AlarmNames": ["fileflow-dev-x"]}),
    (
        "removes an image",
        "ecr",
        "batch_delete_image",
        {"repositoryName": "fileflow", "imageIds": [{"imageTag": "v1.2.3"}]},
    ),
    ("requests a certificate", "acm", "request_certificate", {"DomainName": "x.example.com"}),
    ("lists functions", "lambda", "list_functions", {}),
)

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

BEYOND: tuple[Entry, ...] = (
    ("reads the application's secret", "secretsmanager", "get_secret_value", {"SecretId": "fileflow/dev/app"}),
    (
        "overwrites the application's secret",
        "secretsmanager",
        "put_secret_value",
        {"SecretId": "fileflow/dev/app", "SecretString": "x"},
    ),
    ("removes the application's secret", "secretsmanager", "delete_secret", {"SecretId": "fileflow/dev/app"}),
    ("starts a machine", "ec2", "run_instances", {"ImageId": "ami-0123456789abcdef0", "MinCount": 1, "MaxCount": 1}),
    ("makes a network", "ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16"}),
    ("removes the platform's network", "ec2", "delete_vpc", {"VpcId": "$vpc"}),
    ("removes the platform's subnet", "ec2", "delete_subnet", {"SubnetId": "$subnet"}),
    ("removes the platform's security group", "ec2", "delete_security_group", {"GroupId": "$platform-group"}),
    ("removes a stranger's security group", "ec2", "delete_security_group", {"GroupId": "$stranger-group"}),
    (
        "makes a stranger's group its own by tags",
        "ec2",
        "create_tags",
        {"Resources": ["$stranger-group"], "Tags": TAGS},
    ),
    (
        "makes a security group without our tags",
        "ec2",
        "create_security_group",
        {"GroupName": "x", "Description": "x", "VpcId": "$vpc"},
    ),
    (
        "removes an image",
        "ecr",
        "batch_delete_image",
        {"repositoryName": "fileflow", "imageIds": [{"imageTag": "v1.2.3"}]},
    ),
    ("removes the repository", "ecr", "delete_repository", {"repositoryName": "fileflow", "force": True}),
    ("removes the platform's topic", "sns", "delete_topic", {"TopicArn": "$platform-topic"}),
    ("makes a topic of prod's name", "sns", "create_topic", {"Name": "fileflow-prod-x"}),
    ("makes a queue of another name", "sqs", "create_queue", {"QueueName": "billing"}),
    ("makes a bucket of another name", "s3", "create_bucket", {"Bucket": "billing-x"}),
    ("makes a log group of another name", "logs", "create_log_group", {"logGroupName": "/ecs/billing"}),
    ("removes a database of another name", "rds", "delete_db_instance", {"DBInstanceIdentifier": "billing"}),
    ("makes a cluster without our tags", "ecs", "create_cluster", {"clusterName": "fileflow-dev"}),
    ("makes a load balancer of another name", "elbv2", "create_load_balancer", {"Name": "billing"}),
    ("removes the zone", "route53", "delete_hosted_zone", {"Id": "$zone"}),
    ("removes the certificate", "acm", "delete_certificate", {"CertificateArn": "$certificate"}),
    (
        "writes the platform's parameter",
        "ssm",
        "put_parameter",
        {"Name": "/platform/dev/vpc_id", "Value": "x", "Type": "String", "Overwrite": True},
    ),
    ("orders the platform key's deletion", "kms", "schedule_key_deletion", {"KeyId": "$platform-key"}),
    (
        "opens data with the platform key itself",
        "kms",
        "decrypt",
        {"KeyId": "$platform-key", "CiphertextBlob": b"x" * 80},
    ),
    ("makes a function", "lambda", "list_functions", {}),
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
            name=f"dev-apply: gives ECS {what}", call=_call("dev-apply", "ecs", "register_task_definition", definition)
        )
    target = {"Id": "1", "Arn": f"arn:aws:sns:ap-northeast-2:{DEV}:x", "RoleArn": role(DEV, "fileflow-dev-task")}
    yield Row(
        name="dev-apply: gives the task role to another service",
        call=_call("dev-apply", "events", "put_targets", {"Rule": "fileflow-dev", "Targets": [target]}),
    )


def _across() -> Iterator[Row]:
    """A session of dev names things of prod."""
    attached = {"RoleName": "fileflow-dev-task", "PolicyArn": f"arn:aws:iam::{DEV}:policy/fileflow-dev-task-x"}
    yield Row(
        name="dev-apply: attaches a policy to a role without boundary",
        call=_call("dev-apply", "iam", "attach_role_policy", {**attached, "RoleName": "fileflow-dev"}),
    )
    for service, method, parameters in (
        ("sns", "delete_topic", {"TopicArn": f"arn:aws:sns:ap-northeast-2:{PROD}:platform-alerts-prod"}),
        (
            "secretsmanager",
            "get_secret_value",
            {"SecretId": f"arn:aws:secretsmanager:ap-northeast-2:{PROD}:secret:fileflow/prod/app-AbCdEf"},
        ),
        (
            "iam",
            "create_policy_version",
            {"PolicyArn": f"arn:aws:iam::{PROD}:policy/fileflow-prod-boundary", "PolicyDocument": DOCUMENT},
        ),
        ("kms", "describe_key", {"KeyId": f"arn:aws:kms:ap-northeast-2:{PROD}:alias/platform-prod"}),
    ):
        yield Row(
            name=f"dev-apply: {method.replace('_', ' ')} in prod", call=_call("dev-apply", service, method, parameters)
        )
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    yield Row(
        name="dev-apply: writes a policy on the platform's secret",
        call=_call(
            "dev-apply",
            "secretsmanager",
            "put_resource_policy",
            {"SecretId": "fileflow/dev/app", "ResourcePolicy": policy},
        ),
    )


ROWS = [
    *_rows("dev-plan", WRITES),
    *_rows("dev-apply", ESCAPES),
    *_rows("dev-apply", BEYOND),
    *_passing(),
    *_across(),
    *_rows("task", BOUNDED),
    *_rows("dev-break-glass", EMERGENCY),
]
