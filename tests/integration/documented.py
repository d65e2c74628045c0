"""What the pages say can be typed, and where they point: commands, headings, links."""

from __future__ import annotations

import ast
import inspect
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from invoke.exceptions import ParseError
from invoke.parser import Parser
from invoke.parser.context import ParserContext

from infragate.tasks import GROUPS, namespace
from infragate.tasks.command_line import CommandLine

ROOT = Path(__file__).parents[2]
FOLDERS = ("docs", "runbooks")
PAGES = sorted(
    [
        *ROOT.glob("README*.md"),
        ROOT / "CONTRIBUTING.md",
        *(page for one in FOLDERS for page in (ROOT / one).rglob("*.md")),
    ]
)
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
BY_NAME = {verb.name: verb for group in GROUPS for verb in group.verbs}
OURS = ("./inv", "inv", "infragate", "./nox")
NOX_FLAGS = {"-s", "--session", "--sessions", "-l", "--list", "--help"}
_ENDS = {";", "&", "&&", "|", "||", "(", ")", "{", "}", "$(", "<", ">"}


@dataclass(frozen=True, slots=True)
class Command:
    """One command line of a page."""

    page: str
    line: int
    words: tuple[str, ...]
    whole: bool = True

    def __str__(self) -> str:
        return f"{self.page}:{self.line} {shlex.join(self.words)}"


def page_text(name: str) -> str:
    """A page as it stands."""
    return (ROOT / name).read_text(encoding="utf-8")


def korean(name: str) -> str | None:
    """The Korean page of an English one below docs/ or runbooks/."""
    folder, _, page = name.partition("/")
    return f"{folder}/ko/{page}" if page and not page.startswith("ko/") else None


def shell_lines(name: str) -> Iterator[tuple[int, str]]:
    """Every line of the page's ```sh blocks with its number; one that goes on in the next line is put together."""
    language, begun, number = "", "", 0
    for at, line in enumerate(page_text(name).splitlines(), start=1):
        fence = re.match(r"\s*```(\w*)", line)
        if fence:
            language = "" if language else fence.group(1) or "text"
        elif language == "sh":
            number = number if begun else at
            begun += line.strip()
            if begun.endswith("\\"):
                begun = begun[:-1]
            else:
                yield number, begun
                begun = ""


def without_comment(line: str) -> str:
    """The line as the shell takes it, its spaces made one."""
    return " ".join(re.sub(r"(^|\s)#.*", "", line).split())


def inline_code(name: str) -> Iterator[tuple[int, str]]:
    """Everything between single code marks, outside blocks."""
    inside = False
    for at, line in enumerate(page_text(name).splitlines(), start=1):
        if line.lstrip().startswith("```"):
            inside = not inside
        elif not inside:
            yield from ((at, found) for found in re.findall(r"(?<!`)`([^`]+)`(?!`)", line))


def commands(name: str) -> Iterator[Command]:
    """The page's command lines that begin with one of our programs."""
    for number, line in shell_lines(name):
        for words in simple_commands(without_comment(line)):
            yield Command(name, number, words)
    for number, code in inline_code(name):
        if re.search(r"(^|[\s(])(\./)?(inv|infragate|nox) ", f"{code} "):
            yield from (Command(name, number, words, whole=False) for words in simple_commands(code))


def simple_commands(line: str) -> Iterator[tuple[str, ...]]:
    """Our own commands in one line of a shell, without what stands before them (VARIABLE=value, env)."""
    for inner in re.findall(r"\$\(([^()]*)\)", line):
        yield from simple_commands(inner)
    lexer = shlex.shlex(re.sub(r"\$\([^()]*\)", "VALUE", line), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    for token in [*lexer, ";"]:
        if token in _ENDS or set(token) <= set("();<>|&"):
            while words and (re.match(r"[A-Za-z_]\w*=", words[0]) or words[0] in ("env", "exec", "time", "$", "eval")):
                words = words[1:]
            if words and words[0] in OURS:
                yield tuple(words)
            words = []
        else:
            words.append(token)


def problem(words: tuple[str, ...], *, whole: bool = True) -> str | None:
    """Why the real command line would refuse the command; None when it takes it.

    Args:
        whole: it is to be typed as it stands; a sentence may name a verb without its flags.
    """
    if words[0] == "./nox":
        return _nox_problem(words[1:])
    program = CommandLine(groups=GROUPS, version="", namespace=namespace)
    program.create_config()
    program.normalize_argv(["infragate", *words[1:]])
    try:
        program.parse_core_args()
        named = [context for context in _contexts() if context.name in words]  # it copies each one that it gets
        verbs = Parser(contexts=named).parse_argv(program.core.unparsed)
    except (ParseError, ValueError) as error:
        return str(error)
    asked = program.args["help"].value
    if isinstance(asked, str) and not asked.isupper() and asked not in BY_NAME:
        return f"--help for an unknown verb {asked}"
    lacking = [name for verb in verbs for name in _required(verb.name) if verb.args[name].value is None]
    return f"--{lacking[0]} is missing" if whole and lacking else None


@cache
def _contexts() -> list[ParserContext]:
    return namespace.to_contexts()


def _required(verb: str | None) -> list[str]:
    """Flags without a default; the first parameter is Invoke's own."""
    parameters = list(inspect.signature(BY_NAME[str(verb)].body).parameters.values())[1:]
    return [one.name for one in parameters if one.default is inspect.Parameter.empty]


def _nox_problem(words: tuple[str, ...]) -> str | None:
    own = words[: words.index("--")] if "--" in words else words
    for before, word in zip(("", *own), own, strict=False):
        if word.startswith("-") and word not in NOX_FLAGS:
            return f"unknown flag {word}"
        if not word.startswith("-") and (before not in NOX_FLAGS or word not in sessions()):
            return f"unknown session {word}"
    return None


def sessions() -> set[str]:
    """The names of the functions that noxfile.py marks as sessions."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {one.name for one in functions if any("session" in ast.unparse(mark) for mark in one.decorator_list)}


def headings(name: str) -> list[str]:
    """Titles of a page's sections, in order, each behind its own `#` marks."""
    inside, found = False, []
    for line in page_text(name).splitlines():
        if line.lstrip().startswith("```"):
            inside = not inside
        elif not inside and re.match(r"#+ ", line):
            found.append(line.strip())
    return found


def anchor(title: str) -> str:
    """GitHub's address of a heading."""
    kept = re.sub(r"[^\w\- ]", "", title.lstrip("# ").replace("`", "").lower())
    return kept.replace(" ", "-")


def links(name: str) -> list[str]:
    """Targets of a page's links that stay in the repository."""
    outside = re.sub(r"```.*?```", "", page_text(name), flags=re.DOTALL)
    found = re.findall(r"\[[^\]]+\]\(([^)\s]+)\)", outside)
    return [target for target in found if not re.match(r"[a-z]+:", target)]


def references() -> Iterator[tuple[str, str, str | None]]:
    """Pages that the product's own messages name: (where it says so, page, section or None)."""
    for where, text in _sayings():
        for page, section in re.findall(r"((?:docs|runbooks)/[\w./-]+\.md)(?:, '([^']+)')?", text):
            yield where, page, section or None


def mentions() -> Iterator[tuple[str, str, list[str]]]:
    """Commands in the product's own messages, help and examples: (where, verb, flags)."""
    for where, text in _sayings():
        for verb, rest in re.findall(r"\binv ([a-z][a-z-]+)((?: --[a-z-]+(?: [\w.]+)?)*)", text):
            yield where, verb, re.findall(r"--[a-z-]+", rest)


def flags(verb: str) -> set[str]:
    """Every flag that a verb takes."""
    context = next(one for one in _contexts() if one.name == verb)
    return set(context.flags)


@cache
def _sayings() -> tuple[tuple[str, str], ...]:
    """Every string of the product, with its file and line."""
    files = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "src").rglob("*.py"))}
    return tuple(
        (f"{path.relative_to(ROOT)}:{line}", text) for path, tree in files.items() for text, line in _texts(tree)
    )


def _texts(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every string of a module; the parts of an f-string are put together around what is filled in."""
    parts: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            constants = [part for part in node.values if isinstance(part, ast.Constant)]
            parts.update(map(id, constants))
            yield "".join(str(part.value) for part in constants), node.lineno
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.value, node.lineno
