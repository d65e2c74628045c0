"""The emulator as a Cloud: its administrators and users, and what it does in place of AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infragate.adapters.aws import aws_api
from infragate.domain.cloud import Cloud, Credentials
from infragate.domain.environment import Project
from infragate.sandbox import identities, isolation
from infragate.sandbox.state_folder import StateFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxCloud(Cloud):
    """The running sandbox of a checkout.

    Attributes:
        folder: its files, among them the keys of the sandbox's users.
        project: the project it was seeded for.
    """

    folder: StateFolder
    project: Project

    def refuse_way_out(self, variables: Mapping[str, str]) -> None:
        isolation.prove_isolated(variables)

    @property
    def has_services(self) -> bool:
        return False

    @property
    def concerns_people(self) -> bool:
        return False

    def administrator(self, account_id: str) -> Credentials:
        """A session of the account's bootstrap role."""
        return identities.administrator(self, self.project, self.folder.keys, account_id)

    def on_call_keys(self) -> Credentials:
        """Long-term keys of the engineer on call."""
        return identities.credentials(self.folder.keys, identities.ON_CALL)

    def state_key_arn(self) -> str:
        """ARN of the key that encrypts the state."""
        state = self.project.state
        keys = self.administrator(state.account_id)
        kms = aws_api.client("kms", cloud=self, region=state.region, credentials=keys)
        with aws_api.reported("read the state key"):
            return str(kms.describe_key(KeyId=state.kms_alias)["KeyMetadata"]["Arn"])

    def after_apply(self, account_id: str, region: str) -> str:
        """Register one address per desired task with the load balancers, as ECS does for running tasks."""
        keys = self.administrator(account_id)
        ecs = aws_api.client("ecs", cloud=self, region=region, credentials=keys)
        balancing = aws_api.client("elbv2", cloud=self, region=region, credentials=keys)
        count = 0
        with aws_api.reported("register targets in the sandbox"):
            for cluster in ecs.list_clusters()["clusterArns"]:
                names = ecs.list_services(cluster=cluster)["serviceArns"]
                services = ecs.describe_services(cluster=cluster, services=names)["services"] if names else []
                for service in (service for service in services if service["status"] == "ACTIVE"):
                    targets = [{"Id": f"10.0.0.{number + 10}"} for number in range(service["desiredCount"])]
                    for balancer in service.get("loadBalancers", ()):
                        balancing.register_targets(TargetGroupArn=balancer["targetGroupArn"], Targets=targets)
                        count += len(targets)
        return f"sandbox: the emulator runs no tasks; {count} targets are registered instead"
