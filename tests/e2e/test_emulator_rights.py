"""IAM as the emulator enforces it, over real HTTP with boto3: every row was decided by a policy of ``emulator_world``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.e2e import emulator_world as world
from tests.e2e.emulator_world import BUCKET, DEV, PROD, TABLE, TOOLS, Emulator, allow, policy, refusal, role_arn, token

NOT_ALLOWED = ("AccessDenied", "UnauthorizedOperation", "403")
ADMIN = policy(allow("*"))
TASK_TRUST = policy(
    {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with world.running(tmp_path_factory.mktemp("emulator") / "state.snap", "--no-enforcement") as found:
        world.seed(found)
        yield found


@pytest.fixture(scope="module")
def worker(emulator: Emulator) -> dict[str, Any]:
    return emulator.worker()


def denied(text: str) -> bool:
    """Refused by a policy; a call that the emulator could not judge does not count."""
    return text.startswith(NOT_ALLOWED) and "cannot judge" not in text


# ---- who signs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"SecretAccessKey": "x" * 40}, "SignatureDoesNotMatch"),
        ({"SessionToken": "x"}, "InvalidClientTokenId"),
        ({"AccessKeyId": "AKIA" + "A" * 16}, "InvalidClientTokenId"),
    ],
    ids=["secret", "token", "key"],
)
def test_wrong_credentials_are_refused(emulator: Emulator, worker: dict[str, Any], change: Any, code: str) -> None:
    assert refusal(emulator.client("sns", {**worker, **change}).list_topics).startswith(code)


def test_nobody_reads_a_private_object(emulator: Emulator) -> None:
    assert denied(refusal(emulator.client("s3").get_object, Bucket=BUCKET, Key="dev/state"))


def test_who_am_i_needs_no_right(emulator: Emulator, worker: dict[str, Any]) -> None:
    found = emulator.client("sts", worker).get_caller_identity()
    assert found["Arn"] == f"arn:aws:sts::{DEV}:assumed-role/worker/pr-7"


# ---- trust -------------------------------------------------------------------------------------------------------

GOOD = {"ExternalId": "fileflow-dev", "SourceIdentity": "alice"}


@pytest.mark.parametrize(
    "change",
    [
        {"ExternalId": "fileflow-prod"},
        {"ExternalId": None},
        {"SourceIdentity": None},
        {"Tags": [{"Key": "a", "Value": "b"}]},
    ],
    ids=["wrong external id", "no external id", "no source identity", "session tags the trust does not allow"],
)
def test_trust_demands_its_conditions(emulator: Emulator, change: dict[str, Any]) -> None:
    wanted = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    assert denied(refusal(emulator.assume, emulator.made["task"], DEV, "worker", **wanted))


@pytest.mark.parametrize(
    ("who", "account", "name"),
    [("base", DEV, "worker"), ("task", PROD, "worker"), ("task", DEV, "nobody"), ("kim", DEV, "worker")],
    ids=["past the task role", "another account's role", "a role that does not exist", "somebody else"],
)
def test_only_who_is_trusted_gets_a_role(emulator: Emulator, who: str, account: str, name: str) -> None:
    assert denied(refusal(emulator.assume, emulator.made[who], account, name, **GOOD))


def test_a_chained_session_lasts_an_hour_at_most(emulator: Emulator) -> None:
    text = refusal(emulator.assume, emulator.made["task"], DEV, "worker", DurationSeconds=7200, **GOOD)
    assert "ValidationError" in text


def test_a_source_identity_stays_along_the_chain(emulator: Emulator, worker: dict[str, Any]) -> None:
    text = refusal(emulator.assume, worker, DEV, "worker", ExternalId="fileflow-dev", SourceIdentity="bob")
    assert "sts:SetSourceIdentity" in text


def test_a_session_policy_narrows_the_role(emulator: Emulator) -> None:
    narrow = emulator.worker(Policy=policy(allow("s3:*")))
    assert denied(refusal(emulator.client("sns", narrow).list_topics))
    assert not refusal(emulator.client("s3", narrow).list_objects_v2, Bucket=BUCKET)


# ---- MFA ---------------------------------------------------------------------------------------------------------


def test_mfa_with_the_callers_own_device_opens_break_glass(emulator: Emulator) -> None:
    made = emulator.made
    assert emulator.assume(made["kim"], DEV, "break-glass", SerialNumber=made["device"], TokenCode="123456")


@pytest.mark.parametrize(
    "shown",
    [{}, {"SerialNumber": "arn:aws:iam::999999999999:mfa/other", "TokenCode": "123456"}, {"TokenCode": "123456"}],
    ids=["none", "a device of somebody else", "a code without device"],
)
def test_without_mfa_break_glass_stays_shut(emulator: Emulator, shown: dict[str, str]) -> None:
    assert denied(refusal(emulator.assume, emulator.made["kim"], DEV, "break-glass", **shown))


def test_a_code_has_six_digits(emulator: Emulator) -> None:
    made = emulator.made
    shown = {"SerialNumber": made["device"], "TokenCode": "12345a"}
    assert denied(refusal(emulator.assume, made["kim"], DEV, "break-glass", **shown))


# ---- web identity ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", world.SUBJECTS)
def test_a_workflow_gets_its_role_under_both_forms_of_subject(emulator: Emulator, subject: str) -> None:
    session = emulator.workflow(token(subject))
    assert emulator.client("sts", session).get_caller_identity()["Account"] == DEV


@pytest.mark.parametrize(
    "wrong",
    [
        token("repo:evil/fileflow:environment:dev"),
        token("repo:acme/fileflow:environment:prod"),
        token("repo:acme/fileflow:pull_request"),
        token("repo:acme@1/fileflow@2:environment:dev"),
        token(world.SUBJECTS[0] + "x"),
        token(world.SUBJECTS[0].upper()),
        token(aud="somebody"),
        token(iss=f"https://{world.ISSUER}.evil.io"),
        token(exp=1),
        "not-a-token",
    ],
    ids=["fork", "environment", "pull request", "ids", "suffix", "case", "audience", "issuer", "expired", "no JWT"],
)
def test_any_other_token_gets_nothing(emulator: Emulator, wrong: str) -> None:
    text = refusal(emulator.workflow, wrong)
    assert denied(text) or text.startswith(("InvalidIdentityToken", "ExpiredToken"))


# ---- boundary, passing roles, tags -------------------------------------------------------------------------------


def test_a_boundary_limits_a_role_that_may_everything(emulator: Emulator, worker: dict[str, Any]) -> None:
    assert not refusal(emulator.client("sns", worker).create_topic, Name="fileflow-dev")
    text = refusal(emulator.client("ec2", worker).create_vpc, CidrBlock="10.0.0.0/16")
    assert denied(text)
    assert "permissions boundary" in text


def test_roles_are_made_under_the_boundary_only(emulator: Emulator, worker: dict[str, Any]) -> None:
    iam = emulator.client("iam", worker)
    bare = {"RoleName": "fileflow-dev-task", "AssumeRolePolicyDocument": TASK_TRUST}
    other = "arn:aws:iam::aws:policy/AdministratorAccess"
    assert denied(refusal(iam.create_role, **bare))
    assert denied(refusal(iam.create_role, **bare, PermissionsBoundary=other))
    assert not refusal(iam.create_role, **bare, PermissionsBoundary=f"arn:aws:iam::{DEV}:policy/boundary")
    assert not refusal(iam.put_role_policy, RoleName="fileflow-dev-task", PolicyName="p", PolicyDocument=ADMIN)
    assert denied(refusal(iam.put_role_policy, RoleName="workflow", PolicyName="p", PolicyDocument=ADMIN))


@pytest.mark.parametrize(("name", "allowed"), [("fileflow-dev-exec", True), ("worker", False)])
def test_only_certain_roles_may_be_passed(emulator: Emulator, worker: dict[str, Any], name: str, allowed: bool) -> None:
    text = refusal(
        emulator.client("ecs", worker).register_task_definition,
        family="fileflow-dev",
        taskRoleArn=role_arn(DEV, name),
        containerDefinitions=[{"name": "a", "image": "b", "memory": 5}],
    )
    assert ("iam:PassRole" not in text) if allowed else ("iam:PassRole" in text and denied(text))


@pytest.mark.parametrize(("group", "allowed"), [("own", True), ("platform", False)])
def test_tags_on_a_resource_decide(emulator: Emulator, worker: dict[str, Any], group: str, allowed: bool) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    call = emulator.client("ec2", worker).authorize_security_group_ingress
    assert denied(refusal(call, GroupId=emulator.made[group], IpPermissions=[rule])) is not allowed


# ---- state across accounts: bucket policy, key policy, lock table ------------------------------------------------


def encrypted(emulator: Emulator) -> dict[str, str]:
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": emulator.made["key"]}


def test_another_accounts_bucket_and_key_open_where_all_sides_allow(emulator: Emulator, worker: dict[str, Any]) -> None:
    s3 = emulator.client("s3", worker)
    assert not refusal(s3.put_object, Bucket=BUCKET, Key="dev/new", Body=b"{}", **encrypted(emulator))
    assert not refusal(s3.get_object, Bucket=BUCKET, Key="dev/state")


@pytest.mark.parametrize("name", ["get", "put", "copy", "batch delete", "multipart", "version"])
def test_the_other_environments_state_stays_shut(emulator: Emulator, worker: dict[str, Any], name: str) -> None:
    s3, there = emulator.client("s3", worker), {"Bucket": BUCKET, "Key": "prod/state"}
    attempts: dict[str, Any] = {
        "get": lambda: s3.get_object(**there),
        "put": lambda: s3.put_object(**there, Body=b"{}", **encrypted(emulator)),
        "copy": lambda: s3.copy_object(
            Bucket=BUCKET, Key="dev/stolen", CopySource=f"{BUCKET}/prod/state", **encrypted(emulator)
        ),
        "batch delete": lambda: s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "prod/state"}]}),
        "multipart": lambda: s3.create_multipart_upload(**there, **encrypted(emulator)),
        "version": lambda: s3.get_object(**there, VersionId="x"),
    }
    assert denied(refusal(attempts[name]))


def test_an_object_without_the_encryption_header_is_refused(emulator: Emulator, worker: dict[str, Any]) -> None:
    assert denied(refusal(emulator.client("s3", worker).put_object, Bucket=BUCKET, Key="dev/plain", Body=b"{}"))


def test_a_missing_object_is_told_to_who_may_list_only(emulator: Emulator, worker: dict[str, Any]) -> None:
    missing = {"Bucket": BUCKET, "Key": "dev/missing"}
    assert "NoSuchKey" in refusal(emulator.client("s3", worker).get_object, **missing)
    narrow = emulator.worker(Policy=policy(allow(["s3:GetObject", "kms:*"])))
    assert denied(refusal(emulator.client("s3", narrow).get_object, **missing))


def test_the_state_key_works_through_s3_only(emulator: Emulator, worker: dict[str, Any]) -> None:
    kms = emulator.client("kms", worker)
    assert denied(refusal(kms.decrypt, KeyId=emulator.made["key"], CiphertextBlob=b"x" * 60))
    assert denied(refusal(kms.put_key_policy, KeyId=emulator.made["key"], PolicyName="default", Policy=ADMIN))


def test_lock_items_are_told_apart_by_their_key(emulator: Emulator) -> None:
    table = emulator.client("dynamodb", emulator.assume(emulator.made["task"], TOOLS, "locker"))
    assert not refusal(table.get_item, TableName=TABLE, Key={"LockID": {"S": "dev/state"}})
    assert denied(refusal(table.get_item, TableName=TABLE, Key={"LockID": {"S": "prod/state"}}))
    assert denied(refusal(table.scan, TableName=TABLE))
    both = [{"DeleteRequest": {"Key": {"LockID": {"S": name}}}} for name in ("dev/state", "prod/state")]
    assert denied(refusal(table.batch_write_item, RequestItems={TABLE: both}))
    put = {"TableName": TABLE, "Item": {"LockID": {"S": "prod/state"}}}
    assert denied(refusal(table.transact_write_items, TransactItems=[{"Put": put}]))


def test_a_statement_language_cannot_be_judged(emulator: Emulator) -> None:
    table = emulator.client("dynamodb", emulator.assume(emulator.made["task"], TOOLS, "locker"))
    assert "cannot judge" in refusal(table.execute_statement, Statement=f'SELECT * FROM "{TABLE}"')


def test_refusals_are_worded_as_aws_words_them(emulator: Emulator, worker: dict[str, Any]) -> None:
    text = refusal(emulator.client("secretsmanager", worker).list_secrets)
    assert text.startswith("AccessDeniedException: ")
    assert f"User: arn:aws:sts::{DEV}:assumed-role/worker/pr-7 is not authorized to perform: " in text
    assert json.loads(json.dumps(text)) == text
