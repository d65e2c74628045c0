"""What a pull request that settles drift holds: chosen additions, a record of them, and the code."""

from __future__ import annotations

import pytest
from tests.unit.plan_documents import plan, resource

from infragate.adapters.terraform import hcl
from infragate.domain import plan as plans
from infragate.domain.drift import proposal
from infragate.domain.drift.addition import Addition, Adoption
from infragate.domain.drift.proposal import Offer
from infragate.domain.drift.report import DriftItem, StackDrift
from infragate.domain.errors import BadInput
from infragate.domain.finding import Severity
from infragate.domain.plan_fields import Field


def adoption(name: str) -> Adoption:
    return Adoption(type="aws_iam_role_policy", id=f"task:{name}", about=name, arguments={"name": name})


def item(*names: str, address: str = "aws_iam_role.task", waived_by: str | None = None, path: str = "") -> DriftItem:
    """An item with these additions; one that begins with a dash cannot be imported."""
    additions = [
        Addition(
            path=name,
            adoption=None if name.startswith("-") else adoption(name),
            obstacle="it is a part of its resource" if name.startswith("-") else "",
            removal=("aws", name),
        )
        for name in names
    ]
    return DriftItem(
        address=address,
        type="aws_iam_role",
        cause="unowned",
        severity=Severity.HIGH,
        fields=tuple(Field(path=name, before=1, after=None) for name in ([path] if path else names)),
        evidence="IAM lists it",
        reader="iam-policies",
        waived_by=waived_by,
        additions=tuple(additions),
    )


def stack(*items: DriftItem) -> StackDrift:
    return StackDrift(environment="dev", directory="infra/envs/dev", status="drift", items=items)


PRESENT = proposal.offers(stack(item("a", "b", "-c"), item("d", address="aws_iam_role.exec")))


def paths(offers: tuple[Offer, ...]) -> list[str]:
    return [offer.addition.path for offer in offers]


def choose(*names: str, everything: bool = False, answers: str = "") -> list[str]:
    """What is kept, if a person says yes to these paths."""
    ask = lambda offer: offer.addition.path in answers  # noqa: E731
    return paths(proposal.kept(PRESENT, names, everything=everything, ask=ask))


def test_what_a_waiver_covers_is_not_offered() -> None:
    assert paths(proposal.offers(stack(item("a", waived_by="kim"), item("a", "b", path="b")))) == ["b"]


def test_nothing_is_kept_unless_somebody_says_so() -> None:
    assert choose() == []
    assert choose(answers="bd") == ["b", "d"]
    assert choose(everything=True) == ["a", "b", "d"]


def test_it_is_kept_by_its_id_or_all_of_a_resource_by_its_address() -> None:
    assert choose("task:b") == ["b"]
    assert choose("aws_iam_role.task") == ["a", "b"]
    assert choose("task:a", answers="d") == ["a"]


def test_a_name_that_is_not_there_or_cannot_be_imported_is_refused() -> None:
    with pytest.raises(BadInput, match="task:x was not added by hand"):
        choose("task:x")
    alone = proposal.offers(stack(item("-c")))
    with pytest.raises(BadInput, match="cannot be imported: it is a part of its resource"):
        proposal.kept(alone, ["aws_iam_role.task"], everything=False, ask=lambda _: True)


def test_the_digest_is_of_what_is_settled_and_how() -> None:
    drift = stack(item("a", "b"))
    first, second = adoption("a"), adoption("b")
    assert proposal.digest(drift, [first]) == proposal.digest(stack(item("a", "b")), [first])
    assert len({proposal.digest(drift, chosen) for chosen in ([], [first], [second], [first, second])}) == 4
    assert proposal.digest(stack(item("a")), []) != proposal.digest(drift, [])


def test_the_record_has_a_line_for_each_proposal_and_keeps_what_stands_there() -> None:
    one = proposal.line("2027-01-02", "0" * 12, applied=1, imported=0)
    two = proposal.line("2027-01-03", "1" * 12, applied=2, imported=1)
    record = proposal.recorded(proposal.recorded(None, "dev", one), "dev", two)
    assert record.startswith("# Drift of dev\n\nA line for each")
    assert record.endswith(
        "\n\n- 2027-01-02 000000000000: 1 difference applied again\n"
        "- 2027-01-03 111111111111: 2 differences applied again, 1 difference imported\n"
    )
    assert proposal.days(record, "1" * 12) == ("2027-01-03",)
    assert proposal.days(None, "1" * 12) == ()


def test_what_is_imported_later_stands_below_and_nothing_twice() -> None:
    first = proposal.imported(None, [adoption("a")])
    both = proposal.imported(first, [adoption("a"), adoption("b")])
    assert both.startswith(first)
    assert [block.kind for block in hcl.parse(both.encode(), name="x.tf").blocks] == ["import", "resource"] * 2
    assert proposal.imported(both, [adoption("b")]) == both


def test_settings_that_one_resource_owns_are_that_resource_once() -> None:
    offers = proposal.offers(stack(item("a", "b")))
    same = tuple(Offer(item=offer.item, addition=PRESENT[0].addition) for offer in offers)
    assert proposal.adoptions(same) == (adoption("a"),)


def test_rules_of_security_groups_are_tagged_by_a_person_who_may() -> None:
    kind = "aws_vpc_security_group_ingress_rule"
    rules = [Adoption(type=kind, id=f"sgr-{number}", about="x", arguments={}) for number in (1, 2, 3)]
    tags = {"before": {"tags_all": None}, "after": {"tags_all": {"env": "dev", "cost centre": "a,b"}}}
    changes = [resource("update", rule.address, importing={"id": rule.id}, **tags) for rule in rules[:2]]
    changes.append(resource("no-op", rules[2].address, importing={"id": "sgr-3"}))
    changes.append(resource("update", adoption("a").address, importing={"id": "task:a"}, **tags))
    (command,) = proposal.tagging(plans.read(plan(*changes)), [*rules, adoption("a")])
    words, _, pairs = command.partition(" --tags ")
    assert words == "aws ec2 create-tags --resources sgr-1 sgr-2"
    assert pairs == """'[{"Key": "cost centre", "Value": "a,b"}, {"Key": "env", "Value": "dev"}]'"""


def test_a_plan_that_only_imports_is_not_refused() -> None:
    wanted = adoption("a")
    quiet = plans.read(plan(resource("no-op", wanted.address, importing={"id": "task:a"})))
    tags = {"before": {"tags_all": None}, "after": {"tags_all": {"env": "dev"}, "tags": {"a": "1"}}}
    tagged = plans.read(plan(resource("update", wanted.address, importing={"id": "task:a"}, **tags)))
    assert list(proposal.refusals(quiet, [wanted])) == list(proposal.refusals(tagged, [wanted])) == []


@pytest.mark.parametrize("action", ["create", "replace", "update"])
def test_a_plan_that_would_do_more_is_refused(action: str) -> None:
    wanted = adoption("a")
    change = resource(action, wanted.address, importing={"id": "x"}, before={"tags_x": 1}, after={"tags_x": 2})
    assert [found.id for found in proposal.refusals(plans.read(plan(change)), [wanted])] == ["import-changes"]
    assert [found.id for found in proposal.refusals(plans.read(plan()), [wanted])] == ["import-changes"]
