"""What must be refused in an Environment's account: writes of a plan, what is the platform's, another's or prod's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.e2e.role_rows_allowed import DOCUMENT, TAGS
from tests.e2e.role_world import DEV, PROD, TASKS_MAY, Row, World

Entry = tuple[str, str, str, dict[str, Any]]


def rows(who: str, entries: tuple[Entry, ...]) -> Iterator[Row]:
    for what, service, method, parameters in entries:
        yield Row(name=f"{who}: {what}", call=call(who, service, method, parameters))


def call(who: str, service: str, method: str, parameters: dict[str, Any]) -> Callable[[World], object]:
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
    (
        "gives a log group of another name a key",
        "logs",
        "associate_kms_key",
        {"logGroupName": "/ecs/billing", "kmsKeyId": "$platform-key"},
    ),
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


def _across() -> Iterator[Row]:
    """A session of dev names things of prod."""
    attached = {"RoleName": "fileflow-dev-task", "PolicyArn": f"arn:aws:iam::{DEV}:policy/fileflow-dev-task-x"}
    yield Row(
        name="dev-apply: attaches a policy to a role without boundary",
        call=call("dev-apply", "iam", "attach_role_policy", {**attached, "RoleName": "fileflow-dev"}),
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
            name=f"dev-apply: {method.replace('_', ' ')} in prod", call=call("dev-apply", service, method, parameters)
        )
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    yield Row(
        name="dev-apply: writes a policy on the platform's secret",
        call=call(
            "dev-apply",
            "secretsmanager",
            "put_resource_policy",
            {"SecretId": "fileflow/dev/app", "ResourcePolicy": policy},
        ),
    )


ROWS = [
    *rows("dev-plan", WRITES),
    *rows("dev-apply", BEYOND),
    *_across(),
]
