"""The texts are Terraform 1.11.4's own, as its `-json` output gives them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.advice import spell
from tests.unit.examples import examples

from infragate.domain.command import Command
from infragate.domain.errors import BadInput, InfragateError, Integrity, Locked, RemoteFailed, ToolFailed
from infragate.domain.finding import InputValue
from infragate.domain.terraform.diagnostic import Diagnostic, Snippet, errors
from infragate.domain.terraform.state_lock import LockHolder, lock_holder, locked
from infragate.domain.terraform.terraform_messages import explain

WHERE = "infra/envs/dev"
LOCK_INFO = """
Lock Info:
  ID:        7c1d0000-0000-0000-0000-000000000001
  Path:      bucket/fileflow/dev/terraform.tfstate
  Operation: OperationTypeApply
  Who:       kim@laptop
  Version:   1.11.4
  Created:   2026-11-23 09:12:03 +0000 UTC
  Info:      


Terraform acquires a state lock to protect the state from being written
by multiple users at the same time. Please resolve the issue above and try
again. For most commands, you can disable locking with the "-lock=false"
flag, but this is not recommended."""  # noqa: W291 - Terraform's own
DYNAMODB = (
    "Error message: operation error DynamoDB: PutItem, https response error StatusCode: 400, RequestID: MY3ADJ1wyX3Q, "
)
HELD = DYNAMODB + "ConditionalCheckFailedException: The conditional request failed" + LOCK_INFO
HELD_BY_FILE = (
    "Error message: operation error S3: PutObject, https response error StatusCode: 412, RequestID: iWk5Zjin6, "
    "HostID: 9Gjjt1m, api error PreconditionFailed: At least one of the pre-conditions you specified did not hold"
    + LOCK_INFO
)
NO_TABLE = (
    DYNAMODB + "ResourceNotFoundException: Requested resource not found\nUnable to retrieve item from DynamoDB table "
    '"missing": operation error DynamoDB: GetItem, https response error StatusCode: 400, RequestID: XHIaPP3, '
    "ResourceNotFoundException: Requested resource not found\n\nTerraform acquires a state lock to protect the state"
)
NO_RIGHT_TO_LOCK = (
    DYNAMODB
    + "api error AccessDeniedException: User: arn:aws:sts::999999999999:assumed-role/fileflow-dev-state-plan/kim "
    "is not authorized to perform: dynamodb:PutItem"
)
DIGEST = """error loading state: state data in S3 does not have the expected content.

The checksum calculated for the state stored in S3 does not match the checksum
stored in DynamoDB.

Bucket: bucket
Key:    k
Calculated checksum: %s
Stored checksum:     00000000000000000000000000000000

This may be caused by unusually long delays in S3 processing a previous state
update. Please wait for a minute or two and try again.
"""
NO_BUCKET = """Failed to get existing workspaces: S3 bucket "nob" does not exist.

The referenced S3 bucket must have been previously created.

Error: operation error S3: ListObjectsV2, https response error StatusCode: 404, RequestID: Z, NoSuchBucket: 
"""  # noqa: W291 - Terraform's own


def failed(summary: str, detail: str = "", **more: Any) -> InfragateError:
    """The error for a run with this one diagnostic."""
    found = Diagnostic(severity="error", summary=summary, detail=detail, **more)
    return explain([found], program="terraform plan", where=WHERE)


@pytest.mark.parametrize("detail", [HELD, HELD_BY_FILE])
def test_a_held_lock_names_who_since_when_and_its_id(detail: str) -> None:
    error = failed("Error acquiring the state lock", detail)
    assert isinstance(error, Locked)
    assert error.message == (
        "the state is locked by kim@laptop since 2026-11-23 09:12:03 +0000 UTC for OperationTypeApply; "
        "lock id 7c1d0000-0000-0000-0000-000000000001"
    )
    assert "terraform force-unlock 7c1d0000-0000-0000-0000-000000000001" in str(spell(error.fix))


def test_a_lock_without_a_name_is_a_lock_all_the_same() -> None:
    error = failed("Error acquiring the state lock", "Error message: something new")
    assert isinstance(error, Locked)
    assert "by an unknown holder" in error.message


def test_the_lock_id_is_not_the_id_of_the_request() -> None:
    assert lock_holder(HELD) == LockHolder(
        id="7c1d0000-0000-0000-0000-000000000001",
        who="kim@laptop",
        created="2026-11-23 09:12:03 +0000 UTC",
        operation="OperationTypeApply",
        version="1.11.4",
    )


def test_a_text_without_lock_info_has_no_holder() -> None:
    assert lock_holder(NO_TABLE) is None


def test_the_age_of_a_lock_is_said_when_it_is_known() -> None:
    holder = LockHolder(id="7c1d", who="kim", created="2026-11-23 09:12:03")
    assert "since 2026-11-23 09:12:03 (4 min ago)" in locked(holder, where=WHERE, age="4 min").message


def test_a_lock_of_nobody_in_particular_is_somebodys() -> None:
    assert locked(LockHolder(id="7c1d", who="", created=""), where=WHERE).message == (
        "the state is locked by somebody; lock id 7c1d"
    )


@pytest.mark.parametrize(("calculated", "shown"), [("1c90a51c59f071e84be44b79250d26cf", "1c90a51c"), ("", "none")])
def test_a_state_that_is_not_its_digests_is_never_to_be_applied(calculated: str, shown: str) -> None:
    error = failed(DIGEST % calculated)
    assert isinstance(error, Integrity)
    assert f"calculated {shown}" in error.message
    assert "stored 00000000" in error.message
    assert str(spell(error.fix)).startswith("do not apply")


@pytest.mark.parametrize(
    ("summary", "detail", "kind", "words"),
    [
        ("Error acquiring the state lock", NO_TABLE, RemoteFailed, "lock table does not exist"),
        ("Error acquiring the state lock", NO_RIGHT_TO_LOCK, RemoteFailed, "AWS refused"),
        (NO_BUCKET, "", RemoteFailed, "state bucket does not exist"),
        (
            "No valid credential sources found",
            "Error: failed to refresh cached credentials, no EC2 IMDS role found",
            RemoteFailed,
            "no valid AWS credentials",
        ),
        (
            "Retrieving AWS account details",
            (
                "operation error STS: GetCallerIdentity, api error InvalidClientTokenId: The security token included in "
                "the request is invalid."
            ),
            RemoteFailed,
            "no valid AWS credentials",
        ),
        (
            "validating provider credentials",
            (
                "operation error STS: GetCallerIdentity, https response error StatusCode: 403, api error ExpiredToken: "
                "The security token included in the request is expired"
            ),
            RemoteFailed,
            "credentials have expired",
        ),
        ("AWS account ID not allowed: 333333333333", "", Integrity, "another account"),
        (
            "Saved plan is stale",
            "The given plan file can no longer be applied because the state was changed by another operation",
            Integrity,
            "plan is stale",
        ),
        (
            "Failed to save state",
            (
                "Error saving state: failed to upload state: operation error S3: PutObject, https response error "
                "StatusCode: 403, api error AccessDenied: Access Denied"
            ),
            RemoteFailed,
            "errored.tfstate",
        ),
        (
            (
                "validating provider credentials: retrieving caller identity from STS: operation error STS: "
                'GetCallerIdentity, request send failed, Post "http://127.0.0.1:9/": dial tcp 127.0.0.1:9: connect: '
                "connection refused"
            ),
            "",
            RemoteFailed,
            "network failed",
        ),
        (
            "Failed to query available provider packages",
            (
                "Could not retrieve the list of available versions for provider hashicorp/aws: could not connect to "
                "registry.terraform.io: failed to request discovery document: dial tcp: lookup registry.terraform.io: no "
                "such host"
            ),
            RemoteFailed,
            "network failed",
        ),
        (
            "Failed to query available provider packages",
            (
                "Could not retrieve the list of available versions for provider hashicorp/aws: no available releases match "
                "the given constraints 99.0.0"
            ),
            BadInput,
            "no such provider, or no such version of it",
        ),
        (
            "Failed to query available provider packages",
            (
                "Could not retrieve the list of available versions for provider hashicorp/aws: locked provider "
                "registry.terraform.io/hashicorp/aws 5.100.0 does not match configured version constraint 5.99.0; must use "
                "terraform init -upgrade to allow selection of new versions"
            ),
            Integrity,
            "provider lock file does not match required_providers",
        ),
        (
            "Provider dependency changes detected",
            (
                "Changes to the required provider dependencies were detected, but the lock file is read-only. To use and "
                'record these requirements, run "terraform init" without the "-lockfile=readonly" flag.'
            ),
            Integrity,
            "provider lock file does not match required_providers",
        ),
        (
            "Failed to install provider",
            "Error while installing hashicorp/aws v5.100.0: open /srv/cache/x: no space left on device",
            BadInput,
            "disk is full",
        ),
        (
            "Failed to load plugin schemas",
            "Error while loading schemas for plugin components: Failed to obtain provider schema",
            ToolFailed,
            "a provider, or Terraform itself, crashed",
        ),
    ],
)
def test_a_known_failure_has_its_code_and_its_words(
    summary: str, detail: str, kind: type[InfragateError], words: str
) -> None:
    error = failed(summary, detail)
    assert type(error) is kind
    assert words in error.message
    assert error.where == WHERE
    assert error.fix


def test_a_terraform_that_does_not_fit_is_a_tool_to_install() -> None:
    error = failed(
        "Unsupported Terraform Core version",
        "This configuration does not support Terraform version 1.11.4.",
        file=f"{WHERE}/versions.tf",
        line=2,
    )
    assert (type(error), error.where) == (ToolFailed, "infra/envs/dev/versions.tf:2")
    assert str(spell(error.fix)).startswith("correct required_version, or pin that version in policy/tools/tools.lock")


def test_a_module_ref_that_does_not_exist_is_named_at_its_line() -> None:
    error = failed(
        "Failed to download module",
        'Could not download module "m" (main.tf:9) source code from "git::https://x/infra.git?ref=v9.9.9": '
        "/usr/bin/git exited with 1: error: pathspec 'v9.9.9' did not match any file(s) known to git",
        file=f"{WHERE}/main.tf",
        line=9,
    )
    assert (type(error), error.where) == (BadInput, "infra/envs/dev/main.tf:9")


def test_a_mistake_in_the_configuration_is_bad_input_at_its_line() -> None:
    error = failed(
        "Reference to undeclared local value",
        'A local value with the name "nope" has not been declared.',
        file=f"{WHERE}/main.tf",
        line=10,
    )
    assert (type(error), error.where) == (BadInput, "infra/envs/dev/main.tf:10")
    assert error.message.startswith("Reference to undeclared local value: A local value")


@pytest.mark.parametrize(
    "detail",
    [
        "operation error DynamoDB: PutItem, ConditionalCheckFailedException: The conditional request failed",
        "operation error CloudFront: UpdateDistribution, api error PreconditionFailed: The request failed",
        "operation error S3: PutObject, api error NoSuchBucket: The specified bucket does not exist",
    ],
)
def test_a_resource_that_fails_with_the_words_of_the_backend_is_not_taken_for_it(detail: str) -> None:
    error = failed("creating", detail, address="aws_x.y", file=f"{WHERE}/main.tf", line=1)
    assert type(error) is RemoteFailed
    assert error.message.startswith("creating: operation error")


@pytest.mark.parametrize(
    "summary",
    [
        "Resource precondition failed",
        "Resource postcondition failed",
        "Module output value precondition failed",
        "Invalid value for variable",
    ],
)
@pytest.mark.parametrize("address", [None, "aws_x.y"])
@pytest.mark.parametrize("detail", ["AccessDenied is what you would get", "two is odd"])
def test_a_condition_of_the_code_that_fails_is_bad_input_whatever_its_words(
    summary: str, detail: str, address: str | None
) -> None:
    error = failed(summary, detail, address=address, file=f"{WHERE}/main.tf", line=17)
    assert (type(error), error.where) == (
        BadInput,
        "infra/envs/dev/main.tf:17" + (f" ({address})" if address else ""),
    )
    assert error.message == f"{summary}: {detail}"


def test_an_argument_that_the_provider_refuses_is_bad_input_at_its_line() -> None:
    summary = 'expected load_balancer_type to be one of ["application" "network" "gateway"], got foo'
    inside = Snippet(context="", code='  load_balancer_type = "foo"', line=43, start=2, end=20)
    error = failed(summary, address="aws_lb.l", file=f"{WHERE}/main.tf", line=43, snippet=inside)
    assert (type(error), error.message, error.where) == (BadInput, summary, "infra/envs/dev/main.tf:43 (aws_lb.l)")


@pytest.mark.parametrize(
    "summary",
    ["Conflicting configuration arguments", "Invalid combination of arguments", "Missing required argument"],
)
def test_a_block_that_the_provider_refuses_before_it_asks_is_bad_input(summary: str) -> None:
    assert type(failed(summary, address="aws_lb.l", file=f"{WHERE}/main.tf", line=40)) is BadInput


def test_a_resource_that_fails_otherwise_is_a_remote_failure() -> None:
    text = "waiting for ECS Service (x) create: timeout while waiting for state to become 'tfSTABLE'"
    assert type(failed(text, address="aws_x.y", file=f"{WHERE}/main.tf", line=40)) is RemoteFailed


def test_a_failure_without_a_diagnostic_says_that_it_is_unexplained() -> None:
    error = explain([], program="terraform plan", where=WHERE)
    assert (type(error), error.message) == (ToolFailed, "terraform plan failed without an error message")


def test_a_failure_that_nobody_knows_is_input() -> None:
    error = failed("The moon is full", "Wait.")
    assert (type(error), error.message) == (BadInput, "The moon is full: Wait.")


def test_a_warning_is_no_cause() -> None:
    warning = Diagnostic(severity="warning", summary="Error acquiring the state lock", detail="")
    assert errors([warning]) == []
    assert "without an error message" in explain([warning], program="terraform plan", where=WHERE).message


def test_more_errors_than_one_are_counted() -> None:
    several = [Diagnostic(severity="error", summary=f"Odd thing {n}", detail="") for n in range(3)]
    assert explain(several, program="x", where=WHERE).message == "Odd thing 0 (and 2 more)"


def test_a_cause_is_found_behind_its_consequences() -> None:
    several = [
        Diagnostic(severity="error", summary="Odd thing", detail=""),
        Diagnostic(severity="error", summary="Error acquiring the state lock", detail=HELD),
    ]
    assert isinstance(explain(several, program="x", where=WHERE), Locked)


@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=40)), max_size=3), st.booleans())
@examples(60)
def test_any_diagnostics_become_one_of_our_errors(texts: list[tuple[str, str]], located: bool) -> None:
    found = [
        Diagnostic(severity="error", summary=summary, detail=detail, file="m.tf" if located else None, line=1)
        for summary, detail in texts
    ]
    assert explain(found, program="x", where=WHERE).fix


def test_a_warning_is_a_complaint_that_fails_nothing_with_its_place_and_all_its_words() -> None:
    warning = Diagnostic(
        severity="warning", summary="Old argument", detail="Use b.", file=f"{WHERE}/main.tf", line=3, address="x.y"
    )
    finding = warning.finding
    assert (finding.fails, finding.where, finding.address) == (False, f"{WHERE}/main.tf:3", "x.y")
    assert finding.message == "Old argument: Use b."


def in_file(line: int, summary: str = "Unsupported argument", **more: Any) -> Diagnostic:
    return Diagnostic(severity="error", summary=summary, detail="", file=f"{WHERE}/main.tf", line=line, **more)


def explained(*entries: Diagnostic) -> InfragateError:
    return explain(entries, program="terraform plan", where=WHERE, again=Command("plan", env="dev"))


def test_an_error_lists_all_of_them_once_in_the_order_of_their_lines() -> None:
    error = explained(in_file(20), in_file(3), in_file(9), in_file(3))
    assert [finding.line for finding in error.findings] == [3, 9, 20]
    assert (error.where, error.message) == (f"{WHERE}/main.tf:3", "Unsupported argument (and 2 more)")


def test_a_warning_is_listed_behind_the_errors() -> None:
    warning = Diagnostic(severity="warning", summary="Old", detail="", file=f"{WHERE}/a.tf", line=1)
    error = explained(warning, in_file(3))
    assert [finding.fails for finding in error.findings] == [True, False]
    assert error.message == "Unsupported argument"


def test_the_line_that_says_that_errors_follow_is_none() -> None:
    headline = "Terraform encountered problems during initialisation, including problems\nwith the configuration"
    error = explained(Diagnostic(severity="error", summary=headline, detail=""), in_file(3))
    assert [finding.message for finding in error.findings] == ["Unsupported argument"]


def test_what_to_do_names_the_line_and_the_command_that_repeats_the_run() -> None:
    assert spell(explained(in_file(3)).fix) == f"correct {WHERE}/main.tf:3, then infragate plan --env dev"


def test_where_a_variable_is_meant_its_line_in_the_tfvars_is_what_to_edit() -> None:
    value = InputValue(name="image_tag", file=f"{WHERE}/dev.tfvars", line=12, value='"9.9"')
    error = explained(
        in_file(93, "reading ECR Images: couldn't find resource", address="data.aws_ecr_image.app", inputs=(value,))
    )
    assert (type(error), error.where) == (BadInput, f"{WHERE}/main.tf:93 (data.aws_ecr_image.app)")
    assert error.message.endswith(f'couldn\'t find resource; image_tag = "9.9" ({WHERE}/dev.tfvars:12)')
    assert spell(error.fix) == f"correct image_tag in {WHERE}/dev.tfvars:12, then infragate plan --env dev"


@pytest.mark.parametrize(
    ("address", "text", "kind"),
    [
        ("data.aws_kms_alias.a", "operation error KMS: NotFoundException: Alias is not found", BadInput),
        ("module.a.data.aws_ami.a", "Your query returned no results. Please change your search criteria", BadInput),
        ("data.aws_vpc.a", "no matching EC2 VPC found", BadInput),
        ("aws_x.y", "creating X: operation error X: Create, api error ValidationException: size is odd", BadInput),
        ("aws_x.y", "creating X: api error InvalidParameterValue: size is odd", BadInput),
        ("aws_x.y", "creating X: api error ThrottlingException: Rate exceeded", RemoteFailed),
        ("aws_x.y", "creating X: https response error StatusCode: 503", RemoteFailed),
        (
            "data.aws_vpc.a",
            "reading EC2 VPC: https response error StatusCode: 500, api error InternalError",
            RemoteFailed,
        ),
        ("aws_x.y", "waiting for X (y) create: timeout while waiting for state", RemoteFailed),
        ("aws_x.y", "deleting X: api error DependencyViolation: has a dependent object", RemoteFailed),
    ],
)
def test_an_answer_about_a_value_is_input_and_any_other_is_remote(
    address: str, text: str, kind: type[InfragateError]
) -> None:
    assert type(failed(text, address=address, file=f"{WHERE}/main.tf", line=1)) is kind


def test_a_variable_without_a_value_leads_to_the_tfvars_and_not_to_a_flag_that_does_not_exist() -> None:
    detail = (
        'The root module input variable "size" is not set, and has no default value. '
        "Use a -var or -var-file command line argument to provide a value for this variable."
    )
    value = InputValue(name="size", file=f"{WHERE}/dev.tfvars")
    error = explained(
        Diagnostic(
            severity="error",
            summary="No value for required variable",
            detail=detail,
            file=f"{WHERE}/variables.tf",
            line=3,
            inputs=(value,),
        )
    )
    assert error.where == f"{WHERE}/dev.tfvars"
    assert error.message == (
        f"No value for required variable: {WHERE}/dev.tfvars does not set size, which {WHERE}/variables.tf:3 declares"
    )
    assert spell(error.fix) == f"set size in {WHERE}/dev.tfvars, then infragate plan --env dev"
    assert "-var" not in "".join(finding.message for finding in error.findings)


def test_a_long_text_keeps_both_ends_on_screen_and_is_whole_in_the_document() -> None:
    error = failed("Failed to do it", "cause " * 500 + "the end")
    assert len(error.message) <= 600
    assert error.message.startswith("Failed to do it: cause")
    assert error.message.endswith("the end")
    assert len(error.findings[0].message) > 3000
