from __future__ import annotations

import re

import pytest

from infragate.domain.finding import Severity
from infragate.domain.gate import skip_comments

CODE = """\
resource "aws_s3_bucket" "a" {
  # checkov:skip=CKV_AWS_18:nobody reads the log
  bucket = "a" #tfsec:ignore:aws-s3-enable-versioning
}
//trivy:ignore:AVD-AWS-0089
"""


def test_each_comment_that_a_change_adds_is_a_finding_with_its_line() -> None:
    found = list(skip_comments.findings("infra/main.tf", CODE))
    assert [(finding.id, finding.line, finding.severity) for finding in found] == [
        ("skip-comment", line, Severity.MEDIUM) for line in (2, 3, 5)
    ]


def test_a_comment_of_the_base_is_not_new_where_it_moved_to() -> None:
    assert not list(skip_comments.findings("main.tf", "\n\n" + CODE, CODE))


def test_a_second_comment_with_the_same_words_is_new() -> None:
    assert len(list(skip_comments.findings("main.tf", CODE + CODE, CODE))) == 3


@pytest.mark.parametrize(
    "comment",
    [
        "#tfsec:ignore:*",
        "# TFSEC:IGNORE:aws-s3-enable-versioning",
        "#trivy:ignore:AWS-0089",
        "//trivy:ignore:*",
        "/* checkov:skip=CKV_AWS_18 */",
        "#checkov:skip= CKV_AWS_18",
        "#bridgecrew:skip=BC_1:x",
        "# cortex:skip=CKV_AWS_18",
        "#tfsec:exp:2099-01-01:ignore:aws-s3-enable-versioning",
        "#tfsec:ws:default:ignore:*",
        "#trivy:exp:2099-01-01:ignore:*",
    ],
)
def test_a_disarmed_comment_keeps_its_length_and_is_none_any_more(comment: str) -> None:
    disarmed = skip_comments.disarmed(comment.encode())
    assert len(disarmed) == len(comment)
    assert not re.search(rb"(?:tfsec|trivy|checkov|bridgecrew|cortex):", disarmed.lower())
    assert list(skip_comments.findings("main.tf", comment))


@pytest.mark.parametrize("text", ["# ignore tfsec", 'name = "trivy"', "# see checkov: it complains", ""])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert skip_comments.disarmed(text.encode()) == text.encode()
    assert not list(skip_comments.findings("main.tf", text))
