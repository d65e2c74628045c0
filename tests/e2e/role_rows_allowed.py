"""What must go through: how everybody takes the roles that are theirs, and what the work needs. Run in this order."""

from __future__ import annotations

from typing import Any

from tests.e2e.role_world import DEV, PROD, STATE, TASKS_MAY, Row, World, token

BOUNDARY = f"arn:aws:iam::{DEV}:policy/fileflow-dev-boundary"
NAMED = "repo:acme/fileflow"
NUMBERED = "repo:acme@4217001/fileflow@90210042"
TAGS = [{"Key": key, "Value": value} for key, value in (("service", "fileflow"), ("env", "dev"))]
ECS_TAGS = [{"key": tag["Key"], "value": tag["Value"]} for tag in TAGS]
ALARM: dict[str, Any] = {
    "AlarmName": "fileflow-dev-cpu",
    "Namespace": "AWS/ECS",
    "MetricName": "CPUUtilization",
    "Statistic": "Average",
    "Period": 60,
    "EvaluationPeriods": 5,
    "Threshold": 80,
    "ComparisonOperator": "GreaterThanThreshold",
}
DOCUMENT = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}]}'
)


def role(account: str, name: str) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def _takes(who: str, arn: str, **facts: Any) -> Any:
    return lambda w: w.assume(who, arn, **facts)


def _in_emergency(arn: str) -> Any:
    return lambda w: w.assume("oncall", arn, SourceIdentity="kim", **w.mfa())


def _callers() -> list[Row]:
    rows = []
    for env, account in (("dev", DEV), ("prod", PROD)):
        facts = {"ExternalId": f"fileflow-{env}", "SourceIdentity": "alice"}
        for purpose in ("plan", "apply"):
            call = _takes("atlantis", role(account, f"fileflow-{env}-{purpose}"), **facts)
            rows.append(Row(name=f"Atlantis takes {env}'s {purpose} role", call=call))
        for purpose in ("plan", "apply", "break-glass"):
            call = _takes(f"{env}-{purpose}", role(STATE, f"fileflow-{env}-state-{purpose}"))
            rows.append(Row(name=f"{env}'s {purpose} role takes its state role", call=call))
        emergency = role(account, f"fileflow-{env}-break-glass")
        rows.append(
            Row(name=f"the engineer on call takes {env}'s break-glass role with MFA", call=_in_emergency(emergency))
        )
    return rows


def _shows(arn: str, subject: str) -> Any:
    return lambda w: w.workflow(arn, token(subject))


def _workflows() -> list[Row]:
    plan, apply = role(DEV, "fileflow-dev-plan"), role(DEV, "fileflow-dev-apply")
    rows = []
    for form, repository in (("names", NAMED), ("names and ids", NUMBERED)):
        for what, arn, end in (
            ("a pull request takes the plan role", plan, "pull_request"),
            ("the main branch takes the plan role", plan, "ref:refs/heads/main"),
            ("the GitHub environment dev takes the apply role", apply, "environment:dev"),
            ("the GitHub environment dev takes the plan role", plan, "environment:dev"),
        ):
            subject = f"{repository}:{end}"
            rows.append(Row(name=f"{what} (sub of {form})", call=_shows(arn, subject)))
        drift = f"{repository}:ref:refs/heads/main"
        rows.append(
            Row(
                name=f"the main branch takes the role of drift (sub of {form})",
                call=_shows(role(STATE, "fileflow-drift"), drift),
            )
        )
    return [*rows, Row(name="a workflow's session goes on to its state role", call=_workflow_reads_state)]


def _workflow_reads_state(w: World) -> object:
    w.who["workflow"] = w.workflow(role(DEV, "fileflow-dev-plan"), token(f"{NAMED}:pull_request"))
    w.who["workflow-state"] = w.assume("workflow", role(STATE, "fileflow-dev-state-plan"))
    return w.client("workflow-state", "s3").get_object(Bucket=w.bucket, Key="fileflow/dev/terraform.tfstate")


def _s3(who: str, method: str, key: str = "", *, encrypted: bool = False, **more: Any) -> Any:
    def call(w: World) -> object:
        named = {"Key": key} if key else {}
        sealed = w.encrypted() if encrypted else {}
        return getattr(w.client(who, "s3"), method)(Bucket=w.bucket, **named, **sealed, **more)

    return call


def _item(who: str, method: str, suffix: str = "") -> Any:
    def call(w: World) -> object:
        key = {"LockID": {"S": f"{w.bucket}/fileflow/dev/terraform.tfstate{suffix}"}}
        wanted: dict[str, Any] = {"Item": {**key, "Info": {"S": "{}"}}} if method == "put_item" else {"Key": key}
        return getattr(w.client(who, "dynamodb"), method)(TableName=w.table, **wanted)

    return call


def _drift() -> list[Row]:
    own = "fileflow/drift/dev.json"
    facts = {"ExternalId": "fileflow-drift", "SourceIdentity": "alice"}
    return [
        Row(name="Atlantis takes the role of drift", call=_takes("atlantis", role(STATE, "fileflow-drift"), **facts)),
        Row(name="drift is told that there is no record", call=_s3("drift", "get_object", own), code="NoSuchKey"),
        Row(
            name="drift writes its record",
            call=_s3("drift", "put_object", own, encrypted=True, IfNoneMatch="*", Body=b"{}"),
        ),
        Row(
            name="drift learns that another run was quicker",
            call=_s3("drift", "put_object", own, encrypted=True, IfNoneMatch="*", Body=b"{}"),
            code="PreconditionFailed",
        ),
        Row(name="drift reads its record", call=_s3("drift", "get_object", own)),
    ]


def _state() -> list[Row]:
    plan, apply, own = "dev-state-plan", "dev-state-apply", "fileflow/dev"
    state = f"{own}/terraform.tfstate"
    return [
        Row(name="plan reads its state", call=_s3(plan, "get_object", state)),
        Row(name="plan lists its folder", call=_s3(plan, "list_objects_v2", Prefix=f"{own}/")),
        Row(name="plan looks for workspaces, as Terraform does", call=_s3(plan, "list_objects_v2", Prefix="env:/")),
        Row(name="plan is told that there is no state", call=_s3(plan, "get_object", f"{own}/no"), code="NoSuchKey"),
        Row(name="plan looks at its lock", call=_item(plan, "get_item")),
        Row(name="plan reads its state's digest", call=_item(plan, "get_item", "-md5")),
        Row(name="apply takes its lock", call=_item(apply, "put_item")),
        Row(name="apply looks at its lock", call=_item(apply, "get_item")),
        Row(name="apply writes its state", call=_s3(apply, "put_object", state, encrypted=True, Body=b'{"serial": 3}')),
        Row(name="apply writes its state's digest", call=_item(apply, "put_item", "-md5")),
        Row(name="apply gives its lock back", call=_item(apply, "delete_item")),
        Row(name="apply writes a record", call=_s3(apply, "put_object", f"{own}/records/1.json", encrypted=True)),
        Row(name="apply keeps a snapshot", call=_snapshot),
        Row(name="apply lists versions of its state", call=_s3(apply, "list_object_versions", Prefix=state)),
        Row(
            name="apply reads an old version of its state",
            call=lambda w: w.client(apply, "s3").get_object(
                Bucket=w.bucket, Key=state, VersionId=w.made["dev-version"]
            ),
        ),
        *_state_in_emergency(state),
    ]


def _state_in_emergency(state: str) -> list[Row]:
    emergency = "dev-state-break-glass"
    return [
        Row(name="break-glass writes the state", call=_s3(emergency, "put_object", state, encrypted=True, Body=b"{}")),
        Row(
            name="break-glass removes an object of its Environment",
            call=_s3(emergency, "delete_object", "fileflow/dev/records/1.json"),
        ),
        Row(
            name="break-glass removes a version of its Environment",
            call=lambda w: w.client("prod-state-break-glass", "s3").delete_object(
                Bucket=w.bucket, Key="fileflow/prod/terraform.tfstate", VersionId=w.made["prod-version"]
            ),
        ),
        Row(
            name="bootstrap keeps its own state in the bucket",
            call=_s3("admin-state", "put_object", "bootstrap/dev/terraform.tfstate", encrypted=True, Body=b"{}"),
        ),
        Row(
            name="bootstrap reads its own state",
            call=_s3("admin-state", "get_object", "bootstrap/dev/terraform.tfstate"),
        ),
    ]


def _snapshot(w: World) -> object:
    source = {"Bucket": w.bucket, "Key": "fileflow/dev/terraform.tfstate"}
    key = "fileflow/dev/snapshots/1.tfstate"
    return w.client("dev-state-apply", "s3").copy_object(Bucket=w.bucket, Key=key, CopySource=source, **w.encrypted())


def _call(who: str, service: str, method: str, *, code: str = "", **parameters: Any) -> Row:
    name = f"{who} may {method.replace('_', ' ')}"
    return Row(name=name, call=lambda w: getattr(w.client(who, service), method)(**parameters), code=code)


def _plan_reads() -> list[Row]:
    return [
        _call("dev-plan", "ec2", "describe_vpcs"),
        _call("dev-plan", "elbv2", "describe_load_balancers"),
        _call("dev-plan", "sns", "list_topics"),
        _call("dev-plan", "rds", "describe_db_instances"),
        _call("dev-plan", "iam", "get_role", RoleName="fileflow-dev-plan"),
        _call("dev-plan", "route53", "list_hosted_zones"),
        _call("dev-plan", "ecr", "describe_images", repositoryName="fileflow"),
        _call("dev-plan", "secretsmanager", "describe_secret", SecretId="fileflow/dev/app"),
        *_drift_reads(),
    ]


def _drift_reads() -> list[Row]:
    """What looks for additions that Terraform does not own; of what does not exist yet the answer is that."""
    own, group = {"RoleName": "fileflow-dev-plan"}, {"logGroupName": "/ecs/fileflow-dev"}
    listener = f"arn:aws:elasticloadbalancing:ap-northeast-2:{DEV}:listener/app/fileflow-dev/1/2"
    return [
        _call("dev-plan", "ec2", "describe_security_group_rules"),
        _call("dev-plan", "iam", "list_attached_role_policies", **own),
        _call("dev-plan", "iam", "list_role_policies", **own),
        _call("dev-plan", "iam", "get_role_policy", PolicyName="state-role", **own),
        _call("dev-plan", "elbv2", "describe_rules", ListenerArn=listener, code="ListenerNotFound"),
        _call("dev-plan", "logs", "describe_subscription_filters", code="ResourceNotFoundException", **group),
        _call("dev-plan", "resourcegroupstaggingapi", "get_resources"),
    ]


def _apply_writes() -> list[Row]:
    iam = {"RoleName": "fileflow-dev-task"}
    return [
        _call(
            "dev-apply", "iam", "create_role", AssumeRolePolicyDocument=TASKS_MAY, PermissionsBoundary=BOUNDARY, **iam
        ),
        _call("dev-apply", "iam", "put_role_policy", PolicyName="own", PolicyDocument=DOCUMENT, **iam),
        _call("dev-apply", "iam", "tag_role", Tags=TAGS, **iam),
        _call("dev-apply", "cloudwatch", "put_metric_alarm", **ALARM),
        _call("dev-apply", "ecs", "create_cluster", clusterName="fileflow-dev", tags=ECS_TAGS),
        _call("dev-apply", "logs", "create_log_group", logGroupName="/ecs/fileflow-dev"),
        # The emulator has no such call: that it says so means that the policies let it through.
        Row(name="dev-apply may give its log group another key", call=_log_key, code="NotImplementedException"),
        Row(name="dev-apply may give the task role to ECS", call=_register),
        Row(name="dev-apply may make a security group with our tags", call=_group),
        Row(name="dev-apply may open its own security group", call=_open),
        _call("dev-apply", "iam", "delete_role_policy", PolicyName="own", **iam),
        _call("dev-apply", "iam", "delete_role", **iam),
        _call("dev-break-glass", "ecs", "list_tasks", cluster="fileflow-dev"),
        _call("dev-break-glass", "secretsmanager", "get_secret_value", SecretId="fileflow/dev/app"),
    ]


def _register(w: World) -> object:
    return w.client("dev-apply", "ecs").register_task_definition(
        family="fileflow-dev",
        taskRoleArn=role(DEV, "fileflow-dev-task"),
        containerDefinitions=[{"name": "app", "image": "app", "memory": 128}],
        tags=ECS_TAGS,
    )


def _log_key(w: World) -> object:
    return w.client("dev-apply", "logs").associate_kms_key(
        logGroupName="/ecs/fileflow-dev", kmsKeyId=w.made["platform-key"]
    )


def _group(w: World) -> object:
    made = w.client("dev-apply", "ec2").create_security_group(
        GroupName="fileflow-dev-db",
        Description="database",
        VpcId=w.made["vpc"],
        TagSpecifications=[{"ResourceType": "security-group", "Tags": TAGS}],
    )
    w.made["new-group"] = made["GroupId"]
    return made


def _open(w: World) -> object:
    return w.client("dev-apply", "ec2").authorize_security_group_ingress(
        GroupId=w.made["new-group"],
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}],
    )


ROWS = [*_callers(), *_workflows(), *_drift(), *_state(), *_plan_reads(), *_apply_writes()]
