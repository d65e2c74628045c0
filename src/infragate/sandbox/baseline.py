"""The resources that the platform team creates in an Environment's account, before any Stack is applied.

Network, certificate, container repository with one image, alarm topic, key, zone, application secret. The service's
Terraform only looks these up, by tag, name or alias, and may not change them. Existing ones are not touched.
"""

from __future__ import annotations

import json
from typing import Any

from infragate.domain.environment import Environment
from infragate.sandbox.emulator_session import EmulatorSession, tag_list, tolerating

IMAGE_TAG = "v1.2.3"
ZONES = ("a", "c")
TIERS = ("public", "private")
_MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": {
        "mediaType": "application/vnd.docker.container.image.v1+json",
        "size": 10,
        "digest": "sha256:" + "a" * 64,
    },
    "layers": [],
}


def ensure(environment: Environment, number: int, session: EmulatorSession) -> None:
    """Create what is missing in the Environment's account.

    Args:
        number: position of the Environment, from 1, which decides its network.
        session: an administrator of that account.
    """
    vpc = _network(environment, number, session)
    _names_and_certificate(environment, session)
    _repository(environment, session)
    session.client("sns").create_topic(Name=f"platform-alerts-{environment.name}", Tags=_tags({}))
    _key(environment, session)
    _secret_and_parameter(environment, vpc, session)


def network(number: int) -> str:
    """10.10.0.0/16, 10.20.0.0/16 ..., and again from the 26th on: networks of different accounts may be the same."""
    return f"10.{10 * ((number - 1) % 25 + 1)}.0.0/16"


def _network(environment: Environment, number: int, session: EmulatorSession) -> str:
    ec2, name = session.client("ec2"), f"platform-{environment.name}"
    vpcs = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [name]}])["Vpcs"]
    if not vpcs:
        vpcs = [ec2.create_vpc(CidrBlock=network(number), TagSpecifications=_spec("vpc", name))["Vpc"]]
    vpc = str(vpcs[0]["VpcId"])
    prefix = str(vpcs[0]["CidrBlock"]).removesuffix(".0.0/16")  # its own: an older one may be of another position
    in_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
    existing = {subnet["CidrBlock"] for subnet in ec2.describe_subnets(Filters=in_vpc)["Subnets"]}
    for tier_number, tier in enumerate(TIERS):
        for zone_number, zone in enumerate(ZONES):
            block = f"{prefix}.{100 * tier_number + zone_number}.0/24"
            if block in existing:
                continue
            tags = _spec("subnet", f"{name}-{tier}-{zone}", Tier=tier)
            ec2.create_subnet(
                VpcId=vpc, CidrBlock=block, AvailabilityZone=environment.region + zone, TagSpecifications=tags
            )
    _gateway(ec2, vpc, name)
    return vpc


def _gateway(ec2: Any, vpc: str, name: str) -> None:
    attached = [{"Name": "attachment.vpc-id", "Values": [vpc]}]
    if ec2.describe_internet_gateways(Filters=attached)["InternetGateways"]:
        return
    created = ec2.create_internet_gateway(TagSpecifications=_spec("internet-gateway", name))
    ec2.attach_internet_gateway(InternetGatewayId=created["InternetGateway"]["InternetGatewayId"], VpcId=vpc)


def _names_and_certificate(environment: Environment, session: EmulatorSession) -> None:
    domain = f"{environment.name}.example.com"
    acm = session.client("acm")
    host = f"{environment.service}.{domain}"
    if host not in {summary["DomainName"] for summary in acm.list_certificates()["CertificateSummaryList"]}:
        acm.request_certificate(DomainName=host, ValidationMethod="DNS", Tags=_tags({}))
    route53 = session.client("route53")
    if not any(zone["Name"] == f"{domain}." for zone in route53.list_hosted_zones()["HostedZones"]):
        created = route53.create_hosted_zone(Name=domain, CallerReference=f"platform-{environment.name}")
        zone = created["HostedZone"]["Id"].rpartition("/")[2]
        route53.change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone, AddTags=_tags({}))


def _repository(environment: Environment, session: EmulatorSession) -> None:
    ecr = session.client("ecr")
    with tolerating("RepositoryAlreadyExistsException"):
        ecr.create_repository(
            repositoryName=environment.service,
            imageTagMutability="IMMUTABLE",
            imageScanningConfiguration={"scanOnPush": True},
            tags=_tags({}),
        )
    with tolerating("ImageAlreadyExistsException", "ImageTagAlreadyExistsException"):
        ecr.put_image(repositoryName=environment.service, imageManifest=json.dumps(_MANIFEST), imageTag=IMAGE_TAG)


def _key(environment: Environment, session: EmulatorSession) -> None:
    kms, alias = session.client("kms"), f"alias/platform-{environment.name}"
    if any(entry["AliasName"] == alias for entry in kms.list_aliases()["Aliases"]):
        return
    tags = [{"TagKey": "Platform", "TagValue": "true"}]
    key = kms.create_key(Description=f"Shared data of {environment.name}", Tags=tags)["KeyMetadata"]["KeyId"]
    kms.enable_key_rotation(KeyId=key)
    kms.create_alias(AliasName=alias, TargetKeyId=key)


def _secret_and_parameter(environment: Environment, vpc: str, session: EmulatorSession) -> None:
    with tolerating("ResourceExistsException"):
        session.client("secretsmanager").create_secret(
            Name=f"{environment.service}/{environment.name}/app",
            Description="Secrets of the application, readable by it alone",
            SecretString=json.dumps({"SESSION_KEY": "sandbox-only"}),
            Tags=_tags({}),
        )
    ssm, name = session.client("ssm"), f"/platform/{environment.name}/vpc_id"
    with tolerating("ParameterAlreadyExists"):
        ssm.put_parameter(Name=name, Value=vpc, Type="String", Tags=_tags({}))


def _tags(more: dict[str, str]) -> list[dict[str, str]]:
    return tag_list({**more, "Platform": "true"})


def _spec(kind: str, name: str, **more: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": _tags({"Name": name, **more})}]
