"""What README, CONTRIBUTING and docs/ tell people to type is what the real parser takes; what they point at exists."""

from __future__ import annotations

import re

import pytest
from tests.integration import documented
from tests.integration.documented import BY_NAME, NAMES, ROOT, commands, headings, problem

TWINS = [("README.md", "README.ko.md")] + [
    (name, twin) for name in NAMES if (twin := documented.korean(name)) and (ROOT / twin).is_file()
]


@pytest.mark.parametrize("name", NAMES)
def test_a_documented_command_is_one_that_the_parser_takes(name: str) -> None:
    said = {str(command): problem(command.words, whole=command.whole) for command in commands(name)}
    assert {command: why for command, why in said.items() if why is not None} == {}


@pytest.mark.parametrize(
    "wrong",
    [
        "./inv plna --env dev",
        "inv plan --env dev --sandbx",
        "infragate plan --env",
        "./inv plan --env dev extra",
        "./inv plan --sandbox",
        "inv smoke --env dev --timeout soon",
        "inv --help plna",
        "./inv sandbox-status --env dev",
        "./nox -s nosuch",
        "./nox --nosuch",
        "./nox unit",
    ],
)
def test_the_check_sees_what_is_wrong(wrong: str) -> None:
    assert problem(tuple(wrong.split())) is not None


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("A=b ./inv plan --env dev && inv smoke --env dev", ["./inv plan --env dev", "inv smoke --env dev"]),
        ('f() { inv assume --env "$E" -- "$@"; }', ["inv assume --env $E -- $@"]),
        ('eval "$(inv assume --env dev --format env)"', ["inv assume --env dev --format env"]),
        ("cd infragate", []),
        ("./inv plan --env dev > plan.txt", ["./inv plan --env dev"]),
    ],
)
def test_our_commands_are_found_in_a_line_of_shell(line: str, found: list[str]) -> None:
    assert [" ".join(words) for words in documented.simple_commands(line)] == found


@pytest.mark.parametrize("name", NAMES)
def test_a_link_leads_to_a_page_and_a_heading_that_exist(name: str) -> None:
    for target in documented.links(name):
        path, _, section = target.partition("#")
        page = (ROOT / name).parent / path if path else ROOT / name
        assert page.exists(), target
        if section:
            assert section in [documented.anchor(title) for title in headings(str(page.resolve().relative_to(ROOT)))]


def test_a_page_that_a_message_names_exists_with_its_section() -> None:
    references = sorted(set(documented.references()), key=str)
    assert references
    for where, page, section in references:
        assert (ROOT / page).is_file(), where
        if section:
            assert section in [title.lstrip("# ") for title in headings(page)], where


def test_a_command_in_a_message_or_a_help_text_exists() -> None:
    mentions = list(documented.mentions())
    assert mentions
    for where, verb, given in mentions:
        assert verb in BY_NAME, where
        assert set(given) <= documented.flags(verb), where


@pytest.mark.parametrize(("english", "korean"), TWINS, ids=str)
def test_both_languages_have_the_same_commands_in_the_same_order(english: str, korean: str) -> None:
    typed = [
        [documented.without_comment(line) for _, line in documented.shell_lines(name)] for name in (english, korean)
    ]
    assert typed[0] == typed[1]


@pytest.mark.parametrize(("english", "korean"), TWINS, ids=str)
def test_both_languages_name_the_same_commands_in_their_sentences(english: str, korean: str) -> None:
    said = [sorted(str(command.words) for command in commands(name)) for name in (english, korean)]
    assert said[0] == said[1]


@pytest.mark.parametrize(("english", "korean"), TWINS, ids=str)
def test_both_languages_have_the_same_sections(english: str, korean: str) -> None:
    levels = [[title.partition(" ")[0] for title in headings(name)] for name in (english, korean)]
    assert levels[0] == levels[1]


def test_every_korean_page_has_an_english_one() -> None:
    korean = [name for name in NAMES if "/ko/" in name]
    assert [name for name in korean if not (ROOT / name.replace("/ko/", "/")).is_file()] == []


def test_every_runbook_has_a_korean_one() -> None:
    runbooks = [name for name in NAMES if re.fullmatch(r"runbooks/[^/]+", name)]
    assert runbooks
    assert [name for name in runbooks if not (ROOT / str(documented.korean(name))).is_file()] == []


@pytest.mark.parametrize("name", ["README.md", "README.ko.md"])
def test_the_readme_describes_exactly_the_verbs_that_exist(name: str) -> None:
    rows = re.findall(r"^\| (`.+?) \|", documented.page_text(name), re.MULTILINE)
    named = [word for row in rows for word in re.findall(r"`([a-z-]+)`", row)]
    assert sorted(named) == sorted(BY_NAME)


@pytest.mark.parametrize("page", [korean for _english, korean in TWINS])
def test_a_korean_page_marks_each_link_to_a_page_that_is_in_english_only(page: str) -> None:
    for name, mark in re.findall(r"\]\(([^)\s#]+\.md)[^)]*\)(\(영문\))?", (ROOT / page).read_text()):
        target = (ROOT / page).parent.joinpath(name).resolve()
        korean = "ko" in target.parts or target.name.endswith(".ko.md")
        has_twin = str(target.relative_to(ROOT)) in {english for english, _korean in TWINS}
        assert bool(mark) is not (korean or has_twin), f"{page}: {name}"
