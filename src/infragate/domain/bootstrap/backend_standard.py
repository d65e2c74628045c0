"""Differences between existing resources and the standard: those that a person may accept, those always refused.

Reads the JSON of a Terraform plan in which the existing resources are imported.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from infragate.domain import plan
from infragate.domain.bootstrap.key_policy_scope import Statement, broadened
from infragate.domain.finding import Finding
from infragate.domain.plan import Change
from infragate.domain.plan_fields import Field, differences

WHOLE, SOURCE = "(all of it)", "backend-standard"
_POLICIES = ("policy", "assume_role_policy")
# Settings that exist in Terraform only: an import reads no value, and applying one changes nothing in AWS.
_LOCAL = {
    "aws_iam_role": ("force_detach_policies",),
    "aws_kms_key": ("deletion_window_in_days", "bypass_policy_lockout_safety_check"),
    "aws_s3_bucket": ("force_destroy",),
}
# The tag of the infragate version that was applied last; every other difference in tags is shown.
_OWN_TAG = "tags_all.version"
_ENCRYPTION = ("AES256", "aws:kms", "aws:kms:dsse")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One setting of an existing resource that differs from the standard.

    Attributes:
        thing: the resource's name in messages.
        found, standard: both values; Terraform's placeholder where a value is known only after an apply.
        refused: why it is never applied; None if a person may accept it.
    """

    thing: str
    setting: str
    found: Any
    standard: Any
    refused: str | None = None

    @property
    def finding(self) -> Finding:
        kind, message = ("refused", f"{self.setting}: {self.refused}") if self.refused else ("differs", self.setting)
        return Finding(id=f"{SOURCE}/{kind}", source=SOURCE, message=message, address=self.thing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a plan does to an account; resources by their names in messages."""

    created: tuple[str, ...]
    adopted: tuple[str, ...]
    differences: tuple[Difference, ...]

    @property
    def refused(self) -> tuple[Difference, ...]:
        return tuple(difference for difference in self.differences if difference.refused)


def judge(document: Mapping[str, Any], names: Mapping[str, str], *, known: Collection[Statement] = ()) -> Judgement:
    """Read a plan.

    Args:
        document: `terraform show -json` of the plan.
        names: names of resources in messages, by address.
        known: statements for Environments, which may be added to the policy of a key that bootstrap manages already.
    """
    changes = [(change, names.get(change.address, change.address)) for change in plan.read(document).changes]
    return Judgement(
        created=tuple(name for change, name in changes if change.action == "create"),
        adopted=tuple(name for change, name in changes if change.imported),
        differences=tuple(difference for change, name in changes for difference in _differences(change, name, known)),
    )


def _differences(change: Change, name: str, known: Collection[Statement]) -> Iterator[Difference]:
    if change.action in ("delete", "replace", "forget"):
        refused = "its data or keys would be lost" if change.stateful else None
        yield Difference(thing=name, setting=WHOLE, found="exists", standard=_fate(change), refused=refused)
    elif change.action == "update":
        weaker = _weaker_policy(change, change.sides, () if change.imported else known)
        by_statement = {attribute: _statements(change.sides, attribute) for attribute in _POLICIES}
        for attribute, fields in by_statement.items():
            for field in fields or ():
                yield _difference(field, name, weaker if attribute == "policy" else None)
        for field in change.fields:
            attribute = re.split(r"[.\[]", field.path)[0]
            if by_statement.get(attribute) is None and not _is_silent(change.type, field):
                is_key_policy = change.type == "aws_kms_key" and attribute == "policy"
                yield _difference(field, name, weaker if is_key_policy else _weaker(change.type, field))


def _fate(change: Change) -> str:
    if change.action == "replace":
        return f"replaced ({change.reason or 'it cannot be changed in place'})"
    fate = "deleted" if change.action == "delete" else "no longer managed"
    return f"{fate} ({change.reason})" if change.reason else fate


def _difference(field: Field, name: str, refused: str | None) -> Difference:
    return Difference(thing=name, setting=field.path, found=field.before, standard=field.after, refused=refused)


def _statements(raw: Mapping[str, Any], attribute: str) -> list[Field] | None:
    """The differences between two policies, statement by statement; None if they cannot be compared by Sid."""
    if any((raw.get(mask) or {}).get(attribute) for mask in ("before_sensitive", "after_sensitive", "after_unknown")):
        return None
    before, after = (_by_sid((raw.get(side) or {}).get(attribute)) for side in ("before", "after"))
    if before is None or after is None:
        return None
    fields: list[Field] = []
    for sid in dict.fromkeys([*before, *after]):
        path = f"{attribute}: statement {sid}"
        if sid in before and sid in after:
            inner = differences({"before": before[sid], "after": after[sid]})
            fields += [replace(field, path=f"{path}: {field.path}") for field in inner]
        else:
            fields.append(Field(path=path, before=before.get(sid), after=after.get(sid)))
    return fields or None


def _by_sid(text: Any) -> dict[str, Any] | None:
    """The statements of a policy by Sid; None if one has no Sid, or two have the same."""
    statements = (_document(text) or {}).get("Statement")
    if not isinstance(statements, list) or not all(
        isinstance(entry, dict) and entry.get("Sid") for entry in statements
    ):
        return None
    by_sid = {str(statement["Sid"]): statement for statement in statements}
    return by_sid if len(by_sid) == len(statements) else None


def _is_silent(kind: str, field: Field) -> bool:
    if field.path == _OWN_TAG or field.path.split(".")[0] == "tags":  # `tags_all` has them all
        return True
    return field.before is None and field.path in _LOCAL.get(kind, ())


def _weaker(kind: str, field: Field) -> str | None:
    """Why a change would make encryption weaker, or None."""
    setting, before, after, weaker = field.path.rpartition(".")[2], field.before, field.after, False
    if kind == "aws_kms_key":
        if setting in ("enable_key_rotation", "is_enabled") and before is True and after is not True:
            return "a key is never weakened"
        if setting == "rotation_period_in_days" and _number(before) and _number(after) and after > before:
            return "a key's rotation period is never lengthened"
        if setting == "deletion_window_in_days" and _number(before) and _number(after) and after < before:
            return "a key's waiting time before deletion is never shortened"
    elif kind == "aws_s3_bucket_server_side_encryption_configuration":
        weaker = setting == "sse_algorithm" and _rank(after) < _rank(before)
    else:
        is_table_setting = kind == "aws_dynamodb_table" and field.path.startswith("server_side_encryption")
        weaker = is_table_setting and before is True and not after
    return "encryption is never weakened" if weaker else None


def _weaker_policy(change: Change, raw: Mapping[str, Any], known: Collection[Statement]) -> str | None:
    if change.type != "aws_kms_key":
        return None
    before, after = (_document((raw.get(side) or {}).get("policy")) for side in ("before", "after"))
    if before is None or after is None:
        return "the key's policy cannot be read" if before != after else None
    reasons = broadened(before, after, known=known)
    return f"a key's policy is never broadened: {'; '.join(reasons)}" if reasons else None


def _document(text: Any) -> Mapping[str, Any] | None:
    try:
        document = json.loads(text)
    except (TypeError, ValueError):
        return None
    return document if isinstance(document, dict) else None


def _number(value: Any) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _rank(algorithm: Any) -> int:
    """The strength of an algorithm; no encryption is the weakest, an unknown algorithm counts as strong."""
    return _ENCRYPTION.index(algorithm) if algorithm in _ENCRYPTION else (len(_ENCRYPTION) if algorithm else -1)
