"""Differences between existing resources and the standard: those that a person may accept, those always refused.

Pure: reads the JSON of a Terraform plan in which the existing things are imported.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from infragate.domain import plan as plan_reading
from infragate.domain.bootstrap.key_policy_scope import Statement, broadened
from infragate.domain.finding import Finding
from infragate.domain.plan import Change, Plan
from infragate.domain.plan_fields import Field, differences

WHOLE, SOURCE = "(all of it)", "backend-standard"
_POLICIES = ("policy", "assume_role_policy")
# Settings that only Terraform knows: AWS has no such value, so an import finds none and nothing there changes.
_LOCAL = {
    "aws_iam_role": ("force_detach_policies",),
    "aws_kms_key": ("deletion_window_in_days", "bypass_policy_lockout_safety_check"),
    "aws_s3_bucket": ("force_destroy",),
}
# Bootstrap's own mark of the edition that was applied last; everything else in the tags is a person's business.
_OWN_TAG = "tags_all.version"
_ENCRYPTION = ("AES256", "aws:kms", "aws:kms:dsse")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One setting of an existing thing that is not as the standard has it.

    Attributes:
        found, standard: both values; Terraform's own words where a value is known only after an apply.
        refused: why it is never applied, or None when a person may accept it.
    """

    thing: str
    setting: str
    found: Any
    standard: Any
    refused: str | None = None

    @property
    def finding(self) -> Finding:
        """The complaint that a person decides on."""
        kind, message = ("refused", f"{self.setting}: {self.refused}") if self.refused else ("differs", self.setting)
        return Finding(id=f"{SOURCE}/{kind}", source=SOURCE, message=message, address=self.thing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a plan does to an account, in the words of bootstrap; everything by the names of things."""

    created: tuple[str, ...]
    adopted: tuple[str, ...]
    differences: tuple[Difference, ...]

    @property
    def refused(self) -> tuple[Difference, ...]:
        """Differences that nobody can accept."""
        return tuple(difference for difference in self.differences if difference.refused)


def judge(document: Mapping[str, Any], names: Mapping[str, str], *, known: Collection[Statement] = ()) -> Judgement:
    """Read a plan.

    Args:
        document: `terraform show -json` of the plan.
        names: what people call things, by address.
        known: statements for Environments, which a key that is looked after already may gain.

    Raises:
        ToolFailed: the document is no plan.
    """
    plan: Plan = plan_reading.read(document)
    differing = [
        difference
        for change in plan.changes
        for difference in _differences(change, names.get(change.address, change.address), known)
    ]
    return Judgement(
        created=tuple(
            names.get(change.address, change.address) for change in plan.changes if change.action == "create"
        ),
        adopted=tuple(names.get(change.address, change.address) for change in plan.changes if change.imported),
        differences=tuple(differing),
    )


def _differences(change: Change, name: str, known: Collection[Statement]) -> Iterator[Difference]:
    if change.action in ("delete", "replace", "forget"):
        lost = "it holds what cannot be made again" if change.stateful else None
        yield Difference(thing=name, setting=WHOLE, found="there", standard=_fate(change), refused=lost)
    elif change.action == "update":
        weaker = _weaker_policy(change, change.sides, () if change.imported else known)
        by_statement = {attribute: _statements(change.sides, attribute) for attribute in _POLICIES}
        for attribute, statements in by_statement.items():
            refused = weaker if attribute == "policy" else None
            for field in statements or ():
                yield _difference(field, name, refused)
        for field in change.fields:
            attribute = re.split(r"[.\[]", field.path)[0]
            if by_statement.get(attribute) is None and not _is_silent(change.type, field):
                is_key_policy = change.type == "aws_kms_key" and attribute == "policy"
                yield _difference(field, name, weaker if is_key_policy else _weaker(change.type, field))


def _fate(change: Change) -> str:
    """What becomes of something that does not stay as it is."""
    if change.action == "replace":
        return f"made anew ({change.reason or 'cannot be changed'})"
    fate = "not there" if change.action == "delete" else "not looked after"
    return f"{fate} ({change.reason})" if change.reason else fate


def _difference(field: Field, name: str, refused: str | None) -> Difference:
    return Difference(thing=name, setting=field.path, found=field.before, standard=field.after, refused=refused)


def _statements(raw: Mapping[str, Any], attribute: str) -> list[Field] | None:
    """What differs between two policies, statement by statement; None where they cannot be read so."""
    if any((raw.get(mask) or {}).get(attribute) for mask in ("before_sensitive", "after_sensitive", "after_unknown")):
        return None
    found, standard = (_by_sid((raw.get(side) or {}).get(attribute)) for side in ("before", "after"))
    if found is None or standard is None:
        return None
    fields: list[Field] = []
    for sid in dict.fromkeys([*found, *standard]):
        path = f"{attribute}: statement {sid}"
        if sid in found and sid in standard:
            inside = differences({"before": found[sid], "after": standard[sid]})
            fields += [Field(path=f"{path}: {one.path}", before=one.before, after=one.after) for one in inside]
        else:
            fields.append(Field(path=path, before=found.get(sid), after=standard.get(sid)))
    return fields or None


def _by_sid(text: Any) -> dict[str, Any] | None:
    """The statements of a policy by their names; None when one has no name, or two have the same."""
    statements = (_document(text) or {}).get("Statement")
    if not isinstance(statements, list) or not all(isinstance(one, dict) and one.get("Sid") for one in statements):
        return None
    found = {str(one["Sid"]): one for one in statements}
    return found if len(found) == len(statements) else None


def _is_silent(kind: str, field: Field) -> bool:
    if field.path == _OWN_TAG or field.path.split(".")[0] == "tags":  # `tags_all` has them all
        return True
    return field.before is None and field.path in _LOCAL.get(kind, ())


def _weaker(kind: str, field: Field) -> str | None:
    """Why a field would make encryption weaker, or None."""
    setting, before, after = field.path.rpartition(".")[2], field.before, field.after
    if kind == "aws_kms_key":
        if setting in ("enable_key_rotation", "is_enabled") and before is True and after is not True:
            return "a key is never weakened"
        if setting == "rotation_period_in_days" and _number(before) and _number(after) and after > before:
            return "a key's rotation is never made rarer"
        if setting == "deletion_window_in_days" and _number(before) and _number(after) and after < before:
            return "a key's waiting time before deletion is never shortened"
    if (
        kind == "aws_s3_bucket_server_side_encryption_configuration"
        and setting == "sse_algorithm"
        and _rank(after) < _rank(before)
    ):
        return "encryption is never weakened"
    if (
        kind == "aws_dynamodb_table"
        and field.path.startswith("server_side_encryption")
        and before is True
        and not after
    ):
        return "encryption is never weakened"
    return None


def _weaker_policy(change: Change, raw: Mapping[str, Any], known: Collection[Statement]) -> str | None:
    if change.type != "aws_kms_key":
        return None
    before, after = (_document((raw.get(side) or {}).get("policy")) for side in ("before", "after"))
    if before is None or after is None:
        return "the key's policy cannot be read" if before != after else None
    reasons = broadened(before, after, known=known)
    return f"a key's policy is never opened: {'; '.join(reasons)}" if reasons else None


def _document(text: Any) -> Mapping[str, Any] | None:
    try:
        document = json.loads(text)
    except (TypeError, ValueError):
        return None
    return document if isinstance(document, dict) else None


def _number(value: Any) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _rank(algorithm: Any) -> int:
    """Strength of an algorithm by its name; none is the weakest, one that we do not know counts as strong."""
    return _ENCRYPTION.index(algorithm) if algorithm in _ENCRYPTION else (len(_ENCRYPTION) if algorithm else -1)
