"""What nobody does in the emulator by itself: it runs no tasks, so nothing registers with the load balancer."""

from __future__ import annotations

from infragate.adapters.aws import aws_api
from infragate.domain.cloud import Cloud
from infragate.domain.environment import StateBackend
from infragate.sandbox import instance


def register_targets(cloud: Cloud, account_id: str, region: str) -> str:
    """Register one address per desired task, as ECS does for tasks that it runs; says so in words."""
    keys = instance.platform_admin(cloud, account_id)
    ecs = aws_api.client("ecs", cloud=cloud, region=region, credentials=keys)
    balancing = aws_api.client("elbv2", cloud=cloud, region=region, credentials=keys)
    count = 0
    with aws_api.reported("register targets in the sandbox"):
        for cluster in ecs.list_clusters()["clusterArns"]:
            names = ecs.list_services(cluster=cluster)["serviceArns"]
            services = ecs.describe_services(cluster=cluster, services=names)["services"] if names else []
            for service in (found for found in services if found["status"] == "ACTIVE"):
                targets = [{"Id": f"10.0.0.{number + 10}"} for number in range(service["desiredCount"])]
                for balancer in service.get("loadBalancers", ()):
                    balancing.register_targets(TargetGroupArn=balancer["targetGroupArn"], Targets=targets)
                    count += len(targets)
    return f"sandbox: the emulator runs no tasks; {count} targets are registered in their place"


def key_arn(cloud: Cloud, state: StateBackend) -> str:
    """ARN of the key behind the state bucket's alias."""
    keys = instance.platform_admin(cloud, state.account_id)
    kms = aws_api.client("kms", cloud=cloud, region=state.region, credentials=keys)
    with aws_api.reported("find the state key"):
        return str(kms.describe_key(KeyId=state.kms_alias)["KeyMetadata"]["Arn"])
