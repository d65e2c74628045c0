"""IAM policies of managed roles, users and groups that no resource of the Stack owns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from infragate.domain.drift.addition import Adoption
from infragate.domain.drift.managed import Managed
from infragate.domain.drift.unowned import SECURITY, Extra
from infragate.domain.finding import Severity
from infragate.domain.plan_fields import join
from infragate.domain.policy_documents import sentences
from infragate.domain.terraform.hcl_text import JsonText
from infragate.domain.terraform.state_file import Resource

HolderKind = Literal["role", "user", "group"]
HOLDERS: Mapping[str, HolderKind] = {"aws_iam_role": "role", "aws_iam_user": "user", "aws_iam_group": "group"}
# With these a plan shows everything that is there.
_EXCLUSIVE_ATTACHED = ("aws_iam_role_policy_attachments_exclusive", "aws_iam_user_policy_attachments_exclusive",
                       "aws_iam_group_policy_attachments_exclusive")  # fmt: skip
_EXCLUSIVE_INLINE = ("aws_iam_role_policies_exclusive", "aws_iam_user_policies_exclusive",
                     "aws_iam_group_policies_exclusive")  # fmt: skip
# Managed policies of AWS that give their holder the account.
_EVERYTHING = ("AdministratorAccess", "IAMFullAccess", "PowerUserAccess")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who carries policies; attached, inline: what the Stack owns of them, None if a plan shows them all."""

    kind: HolderKind
    name: str
    attached: frozenset[str] | None
    inline: frozenset[str] | None


def holder(resource: Resource, managed: Managed) -> Holder:
    """A role, user or group of the Stack."""
    kind, name = HOLDERS[resource.type], resource.text("name")
    of_holder = [other for other in (*managed.resources, *managed.planned) if _belongs(other, kind, name)]
    types = {other.type for other in of_holder}
    all_attached = managed.sets(resource, "managed_policy_arns") or not types.isdisjoint(_EXCLUSIVE_ATTACHED)
    all_inline = managed.sets(resource, "inline_policy") or not types.isdisjoint(_EXCLUSIVE_INLINE)
    return Holder(
        kind=kind,
        name=name,
        attached=None if all_attached else frozenset(other.text("policy_arn") for other in of_holder),
        inline=None if all_inline else frozenset(
            other.text("name") for other in of_holder if other.type == f"aws_iam_{kind}_policy"
        ),
    )  # fmt: skip


def _belongs(other: Resource, kind: HolderKind, name: str) -> bool:
    """True for a resource that gives policies to this holder; `aws_iam_policy_attachment` names several."""
    if other.type == "aws_iam_policy_attachment":
        return name in (other.attributes.get(f"{kind}s") or ())
    return other.type.startswith(f"aws_iam_{kind}_polic") and name in (other.text(kind), other.text(f"{kind}_name"))


def attached(holder: Holder, arns: Iterable[str]) -> Iterator[Extra]:
    """The attached policies that the Stack does not own."""
    for arn in arns:
        if holder.attached is not None and arn not in holder.attached:
            is_all = arn.rpartition("/")[2] in _EVERYTHING
            yield Extra(
                path=join("policies", arn.rpartition("/")[2]),
                value=arn,
                severity=Severity.CRITICAL if is_all else Severity.HIGH,
                marks=SECURITY,
                adoption=Adoption(
                    type=f"aws_iam_{holder.kind}_policy_attachment",
                    id=f"{holder.name}/{arn}",
                    about=f"{holder.name} {arn.rpartition('/')[2]}",
                    arguments={holder.kind: holder.name, "policy_arn": arn},
                ),
                removal=(*_of(holder, "detach"), "--policy-arn", arn),
            )


def inline(holder: Holder, name: str, document: Any) -> Extra:
    """An inline policy that the Stack does not own."""
    return Extra(
        path=join("inline_policies", name),
        value="; ".join(sentences(document)) if isinstance(document, dict) else str(document),
        severity=Severity.CRITICAL if _allows_everything(document) else Severity.HIGH,
        marks=SECURITY,
        adoption=Adoption(
            type=f"aws_iam_{holder.kind}_policy",
            id=f"{holder.name}:{name}",
            about=f"{holder.name} {name}",
            arguments={
                "name": name,
                holder.kind: holder.name,
                "policy": JsonText(document) if isinstance(document, dict) else str(document),
            },
        ),
        removal=(*_of(holder, "delete"), "--policy-name", name),
    )


def _of(holder: Holder, verb: str) -> tuple[str, ...]:
    """The words of the AWS CLI that take a policy from a holder."""
    return ("aws", "iam", f"{verb}-{holder.kind}-policy", f"--{holder.kind}-name", holder.name)


def _allows_everything(document: Any) -> bool:
    statements = document.get("Statement") if isinstance(document, dict) else None
    return any(
        isinstance(statement, dict) and statement.get("Effect") == "Allow" and _names_all(statement)
        for statement in (statements if isinstance(statements, list) else [statements])
    )


def _names_all(statement: Mapping[str, Any]) -> bool:
    actions = statement.get("Action")
    return not {"*", "*:*", "iam:*"}.isdisjoint(actions if isinstance(actions, list) else [str(actions)])
