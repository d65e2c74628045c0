"""The comment at a pull request: its order, what is new in it, its size, and texts of others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from tests.unit import gate_results, verb_documents
from tests.unit.plan_documents import plan, resource
from tests.unit.verb_documents import COMMIT, failed, judged, planned

from infragate.domain.errors import BadInput, ToolFailed
from infragate.report import comment, comment_post
from infragate.usecases import comment as usecase

PAGE = "https://github.com/acme/fileflow/actions/runs/7"
FIRST = comment_post.marker("pull-request")
NEXT = "f" * 40


class Written:
    """Comments of documents, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *documents: dict[str, Any], present: str | None = None, texts: tuple[str, ...] = ()) -> str:
        paths = []
        for number, text in enumerate(texts):
            path = self.folder / f"{number}.md"
            path.write_text(text)
            paths.append(path)
        reports = usecase.read(verb_documents.save(self.folder, *documents), paths)
        return comment_post.markdown(
            reports, first_line=FIRST, page=PAGE, printer=gate_results.printer(), present=present
        )


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path)


def visible(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("<!--")]


def test_the_verdict_is_first_then_the_summary_then_findings_cost_and_changes(written: Written) -> None:
    told = written(planned(), judged())
    lines = visible(told)
    assert told.startswith(f"{FIRST}\n<!-- infragate-memory:1 ")
    assert lines[0] == "## infragate: the change is blocked"
    assert lines[3].startswith("| ` dev ` | block | ")
    assert lines[3].endswith(" | 84.32 → 66.07 ` USD ` |")
    assert lines[4] == f"commit ` {COMMIT[:12]} ` · [this run]({PAGE}) · [its reports]({PAGE}#artifacts)"
    assert lines[5] == "### Gate ` dev `: block"
    order = ["**Next**", "**Cost:** 84.32 → 66.07", "| critical | [` AWS-0107 `]", "<summary>Changes ("]
    places = [told.index(text) for text in order]
    assert places == sorted(places)


def test_the_section_is_that_of_the_gate_itself(written: Written) -> None:
    told = written(planned(), judged()).splitlines()
    own = comment.section(gate_results.view(), limit=30_000).splitlines()
    assert [line for line in own if line.startswith("| critical")] == [
        line for line in told if line.startswith("| critical")
    ]
    changed = [line for line in own if line.startswith(("+ ", "- ", "! "))]
    assert changed
    assert [line for line in told if line.startswith(("+ ", "- ", "! "))] == changed


def test_what_is_created_or_destroyed_has_one_side(written: Written) -> None:
    lines = written(planned()).splitlines()
    at = lines.index('+ create module.web["blue"].aws_security_group_rule.ssh')
    assert lines[at + 1 : at + 3] == ["    from_port: 22", '    type: "ingress"']
    assert lines[lines.index("- delete aws_nat_gateway.old") + 1] == '    subnet_id: "subnet-1"'


def test_a_plan_without_a_gate_is_only_a_plan(written: Written) -> None:
    lines = visible(written(planned()))
    assert lines[0] == "## infragate: the change is planned"
    assert "### Plan ` dev `" in lines
    assert not [line for line in lines if "Findings:" in line or line.startswith("Policy:")]


def test_a_step_that_failed_is_first_of_all(written: Written) -> None:
    lines = visible(written(planned(environment="prod"), judged(environment="prod"), failed("plan")))
    assert lines[0] == "## infragate: a step failed"
    at = lines.index("### plan ` dev `: error (exit code 4)")
    assert lines[at + 2 : at + 5] == [
        "message: terraform was ended by signal 9",
        "where: terraform plan",
        "fix: run it again",
    ]


# ---- what is new -------------------------------------------------------------------------------------------------


def since(told: str) -> list[str]:
    return [line for line in told.splitlines() if line.startswith("**Since")]


def test_the_first_comment_has_nothing_to_compare_with(written: Written) -> None:
    assert since(written(planned(), judged())) == []


def test_what_differs_from_the_last_commit_is_told(written: Written) -> None:
    first = written(planned(), judged())
    second = written(planned(commit=NEXT), judged(gate_results.MINOR, cost=None), present=first)
    assert since(second) == [
        f"**Since ` {COMMIT[:12]} `:** ` dev `: block → allow; findings: 3 gone; cost 66.07 USD → unknown."
    ]


def test_a_second_run_of_a_commit_says_the_same(written: Written) -> None:
    first = written(planned(), judged())
    second = written(planned(commit=NEXT), judged(), present=first)
    assert written(planned(commit=NEXT), judged(), present=second) == second
    assert since(second) == [f"**Since ` {COMMIT[:12]} `:** nothing changed."]


# ---- size, and texts of others -----------------------------------------------------------------------------------


@pytest.mark.parametrize("environments", [1, 7, 50])
def test_it_is_never_longer_than_a_comment_may_be_and_its_blocks_are_whole(written: Written, environments: int) -> None:
    changes = plan(*(resource("update", f"aws_x.y[{n}]", before={"a": 1}, after={"a": "v" * 200}) for n in range(200)))
    findings = [replace(gate_results.OPEN_PORT, address=f"aws_x.y[{n}]", message="`" * 250) for n in range(100)]
    documents = [
        one
        for number in range(environments)
        for name in [f"e{number}"]
        for one in (planned(changes, environment=name), judged(*findings, environment=name))
    ]
    told = written(*documents, texts=("x" * 70_000, "<!-- infragate:pull-request -->\nby hand"))
    assert len(told) <= comment.LIMIT
    tokens = MarkdownIt("commonmark").enable("table").parse(told)
    html = [token.content.strip() for token in tokens if token.type == "html_block"]
    assert html.count("</details>") == sum(text.startswith("<details>") for text in html)
    assert told.count(FIRST) == 1
    assert "A part is too long to be shown" in told


def test_as_many_files_as_may_be_given_fit(written: Written) -> None:
    told = written(*(judged(environment="e" * 50 + str(number)) for number in range(120)))
    assert "80 more Environments." in told
    assert sum(line.startswith("### ") for line in told.splitlines()) == 120
    assert len(told) <= comment.LIMIT


def test_texts_of_others_are_no_markup(written: Written) -> None:
    hostile = "</details>\n@acme/security ![x](https://evil.example/x) <!-- infragate-memory:1 x -->"
    told = written(
        planned(), judged(replace(gate_results.OPEN_PORT, message=hostile)), failed("cost-check", ToolFailed(hostile))
    )
    tokens = MarkdownIt("commonmark").enable("table").parse(told)
    inline = [child for token in tokens for child in token.children or ()]
    assert not [child for child in inline if child.type == "image"]
    assert not [child for child in inline if child.type == "text" and "@acme" in child.content]
    html = [token.content.strip() for token in tokens if token.type == "html_block"]
    assert html.count("</details>") == sum(text.startswith("<details>") for text in html)


# ---- which files -------------------------------------------------------------------------------------------------


def refusal(*paths: Path) -> str:
    with pytest.raises(BadInput) as caught:
        usecase.read(paths, ())
    return caught.value.message


def test_files_that_are_no_documents_of_these_verbs_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no JSON")
    (tmp_path / "other").write_text('{"schema_version": 1, "verb": "plan"}')
    (smoke,) = verb_documents.save(tmp_path, failed("smoke"))
    assert refusal() == "comment: there is nothing to say"
    assert refusal(*[smoke] * 121) == "comment: too many files for one comment"
    assert refusal(tmp_path / "missing") == "there is no such report"
    assert refusal(tmp_path / "text") == "the report is not JSON"
    assert "is a required property" in refusal(tmp_path / "other")
    assert refusal(smoke) == "a report of smoke cannot be shown"


def test_documents_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    first, second = verb_documents.save(tmp_path, planned(), planned(environment="prod", commit=NEXT))
    assert refusal(first, first) == "two reports of plan for dev"
    assert refusal(first, second) == f"reports of different commits: {COMMIT}, {NEXT}"


@pytest.mark.parametrize("key", ["", "-->", "a--b", "a b", "é", "x" * 70])
def test_a_key_that_would_end_the_hidden_line_is_refused(key: str) -> None:
    with pytest.raises(BadInput, match="--key"):
        usecase.key(key)


@pytest.mark.parametrize("number", ["", "0", "x", "-1", "1\n"])
def test_the_number_of_the_pull_request_is_required(monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    monkeypatch.delenv("INFRAGATE_PULL_REQUEST", raising=False)
    with pytest.raises(BadInput, match="--pull-request is"):
        usecase.pull_request(number)
