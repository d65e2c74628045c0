"""The sandbox with the real emulator: one for a checkout, seeded once, kept across restarts, cut off from AWS."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from infragate.adapters.aws import aws_api
from infragate.adapters.local import environments_file, policy_templates, settings
from infragate.adapters.process import children
from infragate.domain.cloud import Credentials
from infragate.domain.environment import Project
from infragate.domain.errors import RemoteFailed, ToolFailed
from infragate.sandbox import instance, seed
from infragate.sandbox.cloud import SandboxCloud
from infragate.sandbox.emulator_session import EmulatorSession
from infragate.sandbox.state_folder import StateFolder

ROOT = Path(__file__).parents[2]
STATE, DEV = "999999999999", "111111111111"
UP = """
import json, sys
from pathlib import Path
from infragate.adapters.local import environments_file
from infragate.sandbox import instance
root = Path(sys.argv[1])
project = environments_file.load(root)
instance.ensure(root, project, say=lambda text: None)
print(json.dumps(instance.status(root, project).pid))
"""


@dataclass(slots=True)
class Checkout:
    """As much of a checkout as the sandbox reads; its path has spaces."""

    root: Path
    said: list[str] = field(default_factory=list)

    @property
    def project(self) -> Project:
        return environments_file.load(self.root)

    @property
    def folder(self) -> StateFolder:
        return StateFolder.of(self.root)

    @property
    def pid(self) -> int:
        pid = instance.status(self.root, self.project).pid
        assert pid is not None
        return pid

    def up(self, *, bare: bool | None = False) -> SandboxCloud:
        self.said.clear()
        return instance.ensure(self.root, self.project, say=lambda line: self.said.append(str(line)), bare=bare)

    def starts(self) -> int:
        return self.folder.log.read_text().count("serving on")

    def kill(self) -> int:
        pid = self.pid
        children.send_signal(pid, signal.SIGKILL)
        while children.alive(pid):
            pass
        return pid


def checkout(folder: Path) -> Checkout:
    root = folder / "a checkout with spaces"
    (root / "infra" / "bootstrap").mkdir(parents=True)
    shutil.copy(ROOT / "infra" / "environments.yaml", root / "infra")
    shutil.copytree(ROOT / "infra" / "bootstrap" / "policies", root / "infra" / "bootstrap" / "policies")
    for name in ("sg", "releases"):
        shutil.copytree(ROOT / "modules" / name, root / "modules" / name)
    return Checkout(root)


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder in which no seeded copy lies yet."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INFRAGATE_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """Started by four runs at once."""
    made = checkout(tmp_path_factory.mktemp("shared"))
    try:
        yield made
    finally:
        instance.down(made.root, wipe=True)


@pytest.fixture(scope="module")
def first_pids(shared: Checkout, cache: Path) -> list[int]:
    own = {"INFRAGATE_CACHE": str(cache), "INFRAGATE_STATE": os.environ["INFRAGATE_STATE"]}
    environment = settings.child_environment(PYTHONPATH=str(ROOT / "src"), **own)

    def up(_: int) -> int:
        argv = [sys.executable, "-c", UP, str(shared.root)]
        done = subprocess.run(argv, capture_output=True, text=True, check=True, env=environment)
        return int(json.loads(done.stdout))

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(up, range(4)))


@pytest.fixture
def sandbox(shared: Checkout, first_pids: list[int]) -> Checkout:
    assert first_pids
    return shared


ADMINISTRATORS: dict[tuple[str, str], EmulatorSession] = {}


def client(cloud: SandboxCloud, service: str, account: str = STATE) -> Any:
    """A client as the account's administrator; sessions and models are kept, for speed."""
    assert cloud.endpoint is not None
    found = ADMINISTRATORS.get((cloud.endpoint, account))
    if found is None:
        keys = cloud.administrator(account)
        found = EmulatorSession(cloud=cloud, region=cloud.project.region, credentials=keys)
        ADMINISTRATORS[cloud.endpoint, account] = found
    return found.client(service)


def take(cloud: SandboxCloud, role_arn: str, credentials: Credentials | None = None, **more: Any) -> Credentials:
    return aws_api.assume_role(
        role_arn, cloud=cloud, region=cloud.project.region, session_name="test", credentials=credentials, **more
    )


def test_four_starts_at_once_make_one_emulator(sandbox: Checkout, first_pids: list[int]) -> None:
    assert len(set(first_pids)) == 1
    assert sandbox.starts() == 1


def test_a_second_start_has_nothing_to_do(sandbox: Checkout) -> None:
    before = (sandbox.pid, sandbox.folder.snapshot.stat().st_mtime_ns)
    sandbox.up()
    assert sandbox.said == []
    assert (sandbox.pid, sandbox.folder.snapshot.stat().st_mtime_ns) == before


def test_the_caller_reaches_its_environment_s_state_through_both_roles(sandbox: Checkout) -> None:
    cloud = sandbox.up()
    dev = cloud.project.environment("dev")
    plan = take(cloud, dev.role_arn("plan"), external_id=dev.external_id, source_identity="someone")
    state = take(cloud, dev.state_role_arn("plan"), plan)
    s3 = aws_api.client("s3", cloud=cloud, region=cloud.project.region, credentials=state)
    assert s3.list_objects_v2(Bucket=dev.state.bucket, Prefix=dev.state_prefix + "/")["KeyCount"] == 0


def test_iam_is_enforced_after_seeding(sandbox: Checkout) -> None:
    cloud = sandbox.up()
    prod, dev = cloud.project.environment("prod"), cloud.project.environment("dev")
    plan = take(cloud, dev.role_arn("plan"), external_id=dev.external_id, source_identity="someone")
    with pytest.raises(RemoteFailed):
        take(cloud, prod.state_role_arn("plan"), plan)
    with pytest.raises(RemoteFailed):
        take(cloud, dev.role_arn("apply"), external_id="wrong", source_identity="someone")


def test_the_engineer_on_call_needs_the_mfa_device(sandbox: Checkout) -> None:
    cloud = sandbox.up()
    role, kim = cloud.project.environment("prod").role_arn("break-glass"), cloud.on_call_keys()
    assert take(cloud, role, kim, source_identity="kim", mfa=instance.on_call_mfa(cloud.project)).token
    with pytest.raises(RemoteFailed):
        take(cloud, role, kim, source_identity="kim")


def test_the_atlantis_task_may_not_take_the_administrator_s_role(sandbox: Checkout) -> None:
    cloud = sandbox.up()
    with pytest.raises(RemoteFailed):
        take(cloud, f"arn:aws:iam::{STATE}:role/platform-admin")
    with pytest.raises(RemoteFailed):
        take(cloud, f"arn:aws:iam::{DEV}:role/OrganizationAccountAccessRole")


def test_the_state_backend_is_as_the_standard_has_it(sandbox: Checkout) -> None:
    cloud = sandbox.up()
    state, s3 = cloud.project.state, client(cloud, "s3")
    key = client(cloud, "kms").describe_key(KeyId=state.kms_alias)["KeyMetadata"]["Arn"]
    rule = s3.get_bucket_encryption(Bucket=state.bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    assert rule["BucketKeyEnabled"] is False
    assert s3.get_bucket_versioning(Bucket=state.bucket)["Status"] == "Enabled"
    assert all(s3.get_public_access_block(Bucket=state.bucket)["PublicAccessBlockConfiguration"].values())
    assert "OnlyOurKey" in s3.get_bucket_policy(Bucket=state.bucket)["Policy"]
    rules = s3.get_bucket_lifecycle_configuration(Bucket=state.bucket)["Rules"]
    assert rules[0]["NoncurrentVersionExpiration"]["NoncurrentDays"] == state.noncurrent_days
    assert client(cloud, "kms").get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]


def test_the_lock_table_is_as_the_standard_has_it(sandbox: Checkout) -> None:
    cloud = sandbox.up()
    dynamodb, name = client(cloud, "dynamodb"), cloud.project.state.lock_table
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert table["DeletionProtectionEnabled"]
    assert table["SSEDescription"]["Status"] == "ENABLED"
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_the_platform_s_baseline_is_there(sandbox: Checkout) -> None:
    cloud = sandbox.up()
    found = baseline_of(cloud)
    assert found["vpcs"] == ["platform-dev"]
    assert found["subnets"] == [f"platform-dev-{tier}-{zone}" for tier in ("private", "public") for zone in "ac"]
    assert found["certificates"] == [("fileflow.dev.example.com", "ISSUED")]
    assert found["images"] == [["v1.2.3"]]
    assert found["zones"] == ["dev.example.com."]
    assert found["topics"] == 1
    assert found["aliases"] == ["alias/platform-dev"]


def baseline_of(cloud: SandboxCloud) -> dict[str, Any]:
    ec2, platform = client(cloud, "ec2", DEV), [{"Name": "tag:Platform", "Values": ["true"]}]
    aliases = [one["AliasName"] for one in client(cloud, "kms", DEV).list_aliases()["Aliases"]]
    certificates = client(cloud, "acm", DEV).list_certificates()["CertificateSummaryList"]
    return {
        "vpcs": names(ec2.describe_vpcs(Filters=platform)["Vpcs"]),
        "subnets": names(ec2.describe_subnets(Filters=platform)["Subnets"]),
        "gateways": names(ec2.describe_internet_gateways(Filters=platform)["InternetGateways"]),
        "certificates": [(one["DomainName"], one["Status"]) for one in certificates],
        "images": [
            one["imageTags"]
            for one in client(cloud, "ecr", DEV).describe_images(repositoryName="fileflow")["imageDetails"]
        ],
        "zones": [one["Name"] for one in client(cloud, "route53", DEV).list_hosted_zones()["HostedZones"]],
        "topics": len(client(cloud, "sns", DEV).list_topics()["Topics"]),
        "aliases": [name for name in aliases if name.startswith("alias/platform")],
        "roles": sorted(one["RoleName"] for one in client(cloud, "iam", DEV).list_roles()["Roles"]),
        "policies": len(client(cloud, "iam", DEV).list_policies(Scope="Local")["Policies"]),
        "keys": len(client(cloud, "kms").list_keys()["Keys"]),
    }


def names(things: list[dict[str, Any]]) -> list[str]:
    return sorted(tag["Value"] for thing in things for tag in thing["Tags"] if tag["Key"] == "Name")


def test_seeding_again_makes_nothing_twice(sandbox: Checkout) -> None:
    cloud = sandbox.up()
    before = baseline_of(cloud)
    sandbox.folder.record_marks({seed.BACKEND: seed.STARTED})
    cloud = sandbox.up()
    assert "seeding the sandbox: callers, baseline, backend" in sandbox.said
    assert baseline_of(cloud) == before


def test_a_changed_policy_template_reaches_the_roles(sandbox: Checkout) -> None:
    template = sandbox.root / policy_templates.FOLDER / "pipeline-read.json.tftpl"
    original = template.read_text()
    try:
        document = json.loads(original)
        document["Statement"][0]["Sid"] = "Changed"
        template.write_text(json.dumps(document))
        iam = client(sandbox.up(), "iam", DEV)
        arn = f"arn:aws:iam::{DEV}:policy/fileflow-dev-pipeline-read"
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        assert found["Statement"][0]["Sid"] == "Changed"
    finally:
        template.write_text(original)
        sandbox.up()


def test_a_restart_keeps_everything(sandbox: Checkout) -> None:
    cloud = sandbox.up()
    client(cloud, "sns", DEV).create_topic(Name="made-by-somebody")
    assert instance.down(sandbox.root)
    assert not instance.status(sandbox.root, sandbox.project).running
    again = sandbox.up()
    assert sandbox.said == ["starting the AWS emulator"]
    assert again.endpoint == cloud.endpoint
    topics = [one["TopicArn"].rpartition(":")[2] for one in client(again, "sns", DEV).list_topics()["Topics"]]
    assert "made-by-somebody" in topics


def test_an_emulator_that_was_killed_is_started_again_with_what_was_seeded(sandbox: Checkout) -> None:
    sandbox.up()
    old, port = sandbox.kill(), sandbox.folder.port
    assert sandbox.folder.pid == old
    assert port is not None
    sandbox.folder.record_process(os.getpid(), port)  # another process has the number by now
    sandbox.up()
    assert sandbox.said == ["starting the AWS emulator"]
    assert sandbox.pid not in (old, os.getpid())


def test_a_lost_pid_record_starts_no_second_emulator(sandbox: Checkout) -> None:
    sandbox.up()
    pid, starts = sandbox.pid, sandbox.starts()
    sandbox.folder.forget_process()
    sandbox.up()
    assert (sandbox.pid, sandbox.starts()) == (pid, starts)


def test_a_lost_snapshot_is_seeded_anew(sandbox: Checkout) -> None:
    sandbox.up()
    sandbox.kill()
    sandbox.folder.snapshot.unlink()
    cloud = sandbox.up()
    ADMINISTRATORS.clear()
    assert aws_api.identity(cloud=cloud, region=cloud.project.region).role_name == "atlantis-task"
    assert names(client(cloud, "ec2", DEV).describe_vpcs()["Vpcs"]) == ["platform-dev"]


def test_a_port_that_somebody_else_took_is_given_up(sandbox: Checkout) -> None:
    import socket

    sandbox.up()
    instance.down(sandbox.root)
    port = sandbox.folder.port
    with socket.create_server(("127.0.0.1", port or 0)):
        cloud = sandbox.up()
    assert cloud.endpoint != f"http://127.0.0.1:{port}"


def test_a_program_in_the_sandbox_cannot_reach_aws_by_https(sandbox: Checkout) -> None:
    code = "import urllib.request; urllib.request.urlopen('https://sts.amazonaws.com/', timeout=20)"
    environment = settings.child_environment(**sandbox.up().variables)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "Connection refused" in done.stderr  # by the dead proxy; a name that cannot be resolved says otherwise


def test_plain_http_to_any_name_ends_at_the_emulator(sandbox: Checkout) -> None:
    code = (
        "import urllib.request; print(urllib.request.urlopen('http://169.254.169.254/emulator/health').read().decode())"
    )
    environment = settings.child_environment(**sandbox.up().variables)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["pid"] == sandbox.pid


def test_modules_come_from_the_checkout(sandbox: Checkout, tmp_path: Path) -> None:
    environment = settings.child_environment(**sandbox.up().variables)
    argv = [
        "git",
        "clone",
        "--quiet",
        "--branch",
        "v0.6.1",
        "https://github.com/org/infra.git",
        str(tmp_path / "clone"),
    ]
    subprocess.run(argv, env=environment, check=True)
    assert (tmp_path / "clone" / "modules" / "sg" / "main.tf").is_file()


def test_another_checkout_starts_from_a_copy_of_what_was_seeded(sandbox: Checkout, tmp_path: Path) -> None:
    other = checkout(tmp_path)
    try:
        cloud = other.up()
        assert other.said == ["starting the AWS emulator"]
        assert cloud.endpoint != sandbox.up().endpoint
        assert names(client(cloud, "ec2", DEV).describe_vpcs()["Vpcs"]) == ["platform-dev"]
        assert client(cloud, "s3").list_buckets()["Buckets"]
    finally:
        instance.down(other.root, wipe=True)


def test_everything_that_a_sandbox_holds_can_be_copied_to_another_checkout(sandbox: Checkout, tmp_path: Path) -> None:
    cloud, other = sandbox.up(), checkout(tmp_path / "other")
    client(cloud, "sns", DEV).create_topic(Name="copied")
    try:
        instance.save_copy(sandbox.root, tmp_path / "copy")
        instance.load_copy(other.root, tmp_path / "copy")
        copied = other.up(bare=None)
        assert other.said == ["starting the AWS emulator"]
        topics = [one["TopicArn"].rpartition(":")[2] for one in client(copied, "sns", DEV).list_topics()["Topics"]]
        assert "copied" in topics
        assert copied.endpoint != cloud.endpoint
    finally:
        instance.down(other.root, wipe=True)


def test_a_copy_that_the_emulator_does_not_take_is_thrown_away(sandbox: Checkout, cache: Path, tmp_path: Path) -> None:
    copies = list((cache / "sandbox").iterdir())
    for copy in copies:
        (copy / "emulator.snapshot").write_bytes(b"nothing of ours")
    other = checkout(tmp_path)
    try:
        other.up()
        assert "seeding the sandbox: callers, baseline, backend" in other.said
    finally:
        instance.down(other.root, wipe=True)


def test_a_snapshot_that_cannot_be_used_is_said_and_wiped(tmp_path: Path) -> None:
    made = checkout(tmp_path)
    made.folder.prepare()
    made.folder.snapshot.write_bytes(b"nothing of ours")
    try:
        with pytest.raises(ToolFailed) as failed:
            made.up()
        assert "not a snapshot of this emulator" in failed.value.message
        assert failed.value.where == str(made.folder.log)
    finally:
        instance.down(made.root, wipe=True)
    assert not made.folder.path.exists()


def test_a_bare_sandbox_has_no_backend_until_one_is_wanted(tmp_path: Path) -> None:
    made = checkout(tmp_path)
    try:
        cloud = made.up(bare=True)
        bucket = cloud.project.state.bucket
        assert client(cloud, "s3").list_buckets()["Buckets"] == []
        assert [one["RoleName"] for one in client(cloud, "iam", DEV).list_roles()["Roles"]] == [
            "OrganizationAccountAccessRole"
        ]
        assert client(made.up(bare=None), "s3").list_buckets()["Buckets"] == []  # as a verb with --sandbox asks
        assert [one["Name"] for one in client(made.up(), "s3").list_buckets()["Buckets"]] == [bucket]
    finally:
        pid = made.pid
        instance.down(made.root, wipe=True)
    assert not children.alive(pid)
    assert not made.folder.path.exists()
