"""Bad input and a bad world, as a table: each ends with its exit code and three lines, and loses nothing."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.e2e import product
from tests.e2e.product import DEV, PLAN, SCRIPT, Product, log, stored

IN_AWS = ("plan", "--env", "dev")
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLE"}
NO_METADATA = {"AWS_EC2_METADATA_DISABLED": "true"}
Arrange = Callable[[Product], Mapping[str, str] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One bad thing: how it comes about, what is typed, how it must end.

    Attributes:
        says: words of the error's three lines.
    """

    name: str
    words: tuple[str, ...] = PLAN
    arrange: Arrange = lambda _: None
    code: int
    says: tuple[str, ...]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with product.checkout(tmp_path_factory.mktemp("bad") / "input", small=stored("one")) as made:
        made.ok(*PLAN)
        yield made


@pytest.fixture
def small(shared: Product) -> Iterator[Product]:
    """The shared checkout; what a row changed in it is put back."""
    yield from product.restored(shared)


# ---- how bad things come about -----------------------------------------------------------------------------------


def edited(old: str, new: str) -> Arrange:
    """environments.yaml with other words."""

    def arrange(small: Product) -> None:
        path = small.root / "infra" / "environments.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return arrange


def holding(name: str, text: str) -> Arrange:
    """A file of dev's Stack with another content."""

    def arrange(small: Product) -> None:
        (small.stack / name).write_text(text)

    return arrange


def in_backend(old: str, new: str) -> Arrange:
    """backend.tf with other words."""

    def arrange(small: Product) -> None:
        path = small.stack / "backend.tf"
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))

    return arrange


def without(*names: str) -> Arrange:
    """Files or folders that are gone."""

    def arrange(small: Product) -> None:
        for name in names:
            path = small.root / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return arrange


def only_programs(small: Product, *names: str) -> Path:
    """A PATH that holds these programs and no others."""
    folder = small.home / f"bin-{'-'.join(names)}"
    folder.mkdir(exist_ok=True)
    for name in names:
        found = shutil.which(name)
        assert found is not None
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(found)
    return folder


def no_terraform(small: Product) -> Mapping[str, str]:
    return {"PATH": str(only_programs(small, "git", "sh", "cat")), "INFRAGATE_CACHE": str(small.home / "no tools")}


def old_terraform(small: Product) -> Mapping[str, str]:
    folder = only_programs(small, "git", "sh", "cat")
    old = folder / "terraform"
    old.write_text('#!/bin/sh\necho \'{"terraform_version": "0.12.31", "platform": "linux_amd64"}\'\n')
    old.chmod(0o755)
    return {"PATH": str(folder), "INFRAGATE_CACHE": str(small.home / "no tools")}


def no_git(small: Product) -> Mapping[str, str]:
    return {"PATH": str(only_programs(small, "terraform", "sh", "cat"))}


def put_digest(small: Product, digest: str) -> None:
    key = f"{small.project.state.bucket}/{small.dev.state_key}-md5"
    item = {"LockID": {"S": key}, "Digest": {"S": digest}}
    small.administrator("dynamodb").put_item(TableName=small.project.state.lock_table, Item=item)


def provider_for_another_account(small: Product) -> None:
    product.make_small(small, log("one"))
    values = small.stack / "dev.tfvars"
    values.write_text(values.read_text().replace(DEV, product.PROD))


HOSTILE = (
    "../dev", "dev/../prod", "dev;id", "$(id)", "`id`", "dev dev", "dev\n", "DEV", "dév", "--", "-", " ", "*", "a" * 300,
    "dev\u202e", "%2e%2e", "state", "null",
)  # fmt: skip

ROWS = [
    Row(name="unknown environment", words=("plan", "--env", "pord", "--sandbox"), code=3, says=("pord", "prod")),
    *(
        Row(name=f"hostile name {name[:12]!r}", words=("plan", f"--env={name}", "--sandbox"), code=3, says=("nvironment",))
        for name in HOSTILE
    ),
    Row(
        name="environment whose Stack is not written yet",
        words=("plan", "--env", "stg", "--sandbox"),
        arrange=edited("  stg:\n", "  stg:\n    directory: infra/envs/new\n"),
        code=3,
        says=("stg has no Stack yet", "where: infra/envs/new", "write one like infra/envs/dev"),
    ),
    Row(
        name="environment whose folder was removed",
        arrange=without("infra/envs/dev"),
        code=3,
        says=("the folder of environment dev is gone", "fix: git checkout -- infra/envs/dev"),
    ),
    Row(name="broken yaml", arrange=edited("org: acme", "org: [acme"), code=3, says=("environments.yaml:", "YAML")),
    Row(name="repeated key", arrange=edited("  stg:", "  dev:"), code=3, says=("environments.yaml:", "dev")),
    Row(
        name="wrong kind of value",
        arrange=edited('"111111111111"', "111111111111"),
        code=3,
        says=("environments.yaml:", "account_id"),
    ),
    Row(name="unknown setting", arrange=edited("org: acme", "orgg: acme"), code=3, says=("orgg", "environments.yaml")),
    Row(name="no environments", arrange=without("infra/environments.yaml"), code=3, says=("environments.yaml",)),
    Row(name="no values", arrange=without("infra/envs/dev/dev.tfvars"), code=3, says=("dev.tfvars", "git checkout")),
    Row(
        name="no provider lock",
        arrange=without("infra/envs/dev/.terraform.lock.hcl"),
        code=3,
        says=(".terraform.lock.hcl",),
    ),
    Row(
        name="broken hcl",
        arrange=holding("main.tf", 'resource "aws_cloudwatch_log_group" {\n'),
        code=3,
        says=("main.tf",),
    ),
    Row(name="no terraform", arrange=no_terraform, code=4, says=("erraform", "infragate tools-install")),
    Row(name="old terraform", arrange=old_terraform, code=4, says=("0.12.31", "infragate tools-install")),
    Row(name="no git", arrange=no_git, code=4, says=("git",)),
    Row(name="no credentials", words=IN_AWS, arrange=lambda _: NO_METADATA, code=5, says=("credentials",)),
    Row(
        name="no network",
        words=IN_AWS,
        arrange=lambda _: {**KEYS, **NO_METADATA, "HTTPS_PROXY": f"http://127.0.0.1:{closed_port()}"},
        code=5,
        says=("proxy",),
    ),
    Row(
        name="calls sent elsewhere",
        words=IN_AWS,
        arrange=lambda _: {**KEYS, "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1"},
        code=3,
        says=("AWS_ENDPOINT_URL_STS",),
    ),
    Row(name="provider in another account", arrange=provider_for_another_account, code=7, says=(DEV,)),
    Row(
        name="another state of dev's",
        arrange=in_backend("fileflow/dev/", "fileflow/dev/old/"),
        code=3,
        says=("backend.tf", "fileflow/dev/old/", '"fileflow/dev/terraform.tfstate"'),
    ),
    Row(
        name="state of another environment",
        arrange=in_backend("fileflow/dev/", "fileflow/prod/"),
        code=3,
        says=("fileflow/prod/", "where: infra/envs/dev/backend.tf:3"),
    ),
    Row(name="another bucket", arrange=in_backend("-tfstate\"", "-elsewhere\""), code=3, says=("elsewhere", "backend.tf:3")),
    Row(
        name="module of another repository",
        words=("modules-lock", "--sandbox"),
        arrange=holding("m.tf", 'module "m" {\n  source = "git::https://github.com/acme/network.git?ref=v1.0.0"\n}\n'),
        code=3,
        says=("the sandbox reaches no other repository", "INFRAGATE_SANDBOX_MODULES", "where: infra/envs/dev/m.tf:1"),
    ),
    Row(
        name="local backend",
        arrange=holding("backend.tf", 'terraform {\n  backend "local" {}\n}\n'),
        code=3,
        says=("backend",),
    ),
    Row(
        name="commit that is not there",
        words=(*PLAN, "--expect-commit", "0123456789abcdef"),
        code=7,
        says=("0123456789abcdef",),
    ),
    Row(name="no commit id", words=(*PLAN, "--expect-commit", "main"), code=3, says=("main",)),
    Row(name="two modes at once", words=(*PLAN, "--destroy", "--refresh-only"), code=3, says=("--destroy",)),
    Row(name="target that is none", words=(*PLAN, "--target", "no such thing"), code=3, says=("no such thing",)),
    Row(name="plan into a missing folder", words=(*PLAN, "--out", "/proc/nowhere/plan"), code=3, says=("/proc",)),
    Row(name="apply without a plan", words=("apply", "--env", "prod", "--sandbox"), code=3, says=("infragate plan --env prod",)),
    Row(name="unknown flag", words=(*PLAN, "--forse"), code=1, says=("--forse",)),
    Row(name="unknown verb", words=("plann", "--env", "dev"), code=1, says=("plann",)),
]  # fmt: skip


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_bad_input_ends_with_its_code_and_three_lines(small: Product, row: Row) -> None:
    extra = row.arrange(small) or {}
    done = small.run(*row.words, **extra)
    assert done.code == row.code, done.err + done.out
    text = "\n".join(done.error)
    for words in row.says:
        assert words in text, text
    assert done.out == ""


def test_the_same_error_is_one_document_with_json(small: Product) -> None:
    done = small.run("plan", "--env", "pord", "--sandbox", "--json")
    found = done.document
    assert (found["status"], found["exit_code"], found["result"]) == ("error", 3, None)
    assert found["error"]["fix"].startswith("did you mean --env prod?")
    assert done.code == 3


def test_the_report_is_written_whatever_happens(small: Product, tmp_path: Path) -> None:
    report = tmp_path / "a report.json"
    small.run("plan", "--env", "pord", "--sandbox", "--report", str(report))
    assert '"exit_code": 3' in report.read_text()


def test_a_state_whose_digest_does_not_fit_is_refused(small: Product) -> None:
    small.ok(*PLAN)
    small.ok("apply", "--env", "dev", "--sandbox")
    before = small.object(small.dev.state_key)
    put_digest(small, "0" * 32)
    try:
        done = small.run(*PLAN)
    finally:
        put_digest(small, hashlib.md5(before, usedforsecurity=False).hexdigest())
    assert done.code == 7, done.err
    assert "digest" in done.error[0]
    assert "docs/state-backend.md" in done.error[2]
    assert small.object(small.dev.state_key) == before


@pytest.fixture
def emptied(tmp_path: Path) -> Iterator[Product]:
    """A checkout whose backend somebody has removed."""
    with product.checkout(tmp_path / "emptied", small=stored("one")) as made:
        made.ok("sandbox-up")
        state = made.project.state
        made.administrator("s3").delete_bucket(Bucket=state.bucket)
        dynamodb = made.administrator("dynamodb")
        dynamodb.update_table(TableName=state.lock_table, DeletionProtectionEnabled=False)
        dynamodb.delete_table(TableName=state.lock_table)
        yield made


def test_a_missing_backend_is_named_with_the_verb_that_makes_it(emptied: Product) -> None:
    done = emptied.run(*PLAN)
    assert done.code == 5, done.err
    assert "acme-fileflow-tf" in "\n".join(done.error)
    assert "infragate bootstrap-backend" in done.error[2]


def test_a_role_that_refuses_is_named_with_who_asked(small: Product) -> None:
    iam = small.administrator("iam", DEV)
    name = "fileflow-dev-plan"
    trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    closed = {"Version": "2012-10-17", "Statement": [{**trust["Statement"][0], "Effect": "Deny"}]}
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(closed))
    try:
        done = small.run(*PLAN)
    finally:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
    assert done.code == 5, done.err
    assert name in "\n".join(done.error)


def test_a_full_disk_is_told_and_loses_nothing(small: Product) -> None:
    """On a file system of 4 KiB of its own, in a private mount namespace."""
    small.ok(*PLAN)
    folder = small.home / "full"
    folder.mkdir(exist_ok=True)
    script = 'mount -t tmpfs -o size=4k none "$1" && shift && exec "$@"'
    argv = ["unshare", "-rm", "sh", "-c", script, "sh", str(folder), str(SCRIPT), *PLAN, "--out", str(folder / "plan")]
    done = subprocess.run(argv, env=small.environment(), cwd=small.root, capture_output=True, text=True, timeout=300)
    assert done.returncode == 3, done.stderr
    assert "space" in done.stderr
    assert "Traceback" not in done.stderr
    assert (small.plans / "plan.tfplan").exists()


def test_without_a_state_folder_a_plan_is_refused(small: Product, tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("a file\n")
    done = small.run(*PLAN, INFRAGATE_STATE=str(tmp_path / "in the way"))
    assert done.code == 3, done.err
    assert str(tmp_path / "in the way") in "\n".join(done.error)


def test_outside_a_checkout_the_cure_is_named(small: Product, tmp_path: Path) -> None:
    environment = {name: value for name, value in small.environment().items() if name != "INFRAGATE_ROOT"}
    done = subprocess.run([str(SCRIPT), *PLAN], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 3
    assert "INFRAGATE_ROOT" in done.stderr
    assert list(tmp_path.iterdir()) == []
