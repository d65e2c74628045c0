from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infragate.adapters.tools import tools_file
from infragate.domain.errors import BadInput
from infragate.domain.programs import PROGRAMS, Program
from infragate.domain.tools_lock import Tool, ToolsLock, platform_of

LOCK = Path(__file__).parents[3] / "policy" / "tools" / "tools.lock"

GOOD = """\
schema_version = 1

[tools.demo]
version = "1.2.3"
accepts = ">=1.2,<2"
url = "https://releases.example.com/demo/{version}/demo_{version}_{os}_{arch}.zip"
archive = "zip"

[tools.demo.sha256]
linux_amd64 = "%s"

[tools.demo.confirmed_by]
linux_amd64 = ["one", "two"]
""" % ("a" * 64)


DEMO = Program(
    version_command=("version",),
    version_pattern=re.compile("v([0-9.]+)"),
    sites=("https://releases.example.com/demo/",),
    go_package="example.com/demo",
)


def parse(text: str, *, where: str = "tools.lock") -> ToolsLock:
    return tools_file.parse(text, where=where, programs={**PROGRAMS, "demo": DEMO})


def demo(text: str = GOOD) -> Tool:
    return parse(text).tools[0]


def complaint(text: str) -> BadInput:
    with pytest.raises(BadInput) as caught:
        parse(text, where="tools.lock")
    return caught.value


def test_the_shipped_lock_pins_terraform_for_four_platforms() -> None:
    terraform = parse(LOCK.read_text()).select(("terraform",))[0]
    assert sorted(terraform.sha256) == ["darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm64"]


def test_the_shipped_lock_confirms_every_digest_twice() -> None:
    tools = parse(LOCK.read_text()).tools
    assert all(len(set(sources)) >= 2 for tool in tools for sources in tool.confirmed_by.values())


def test_the_documentation_names_both_sources_of_every_digest() -> None:
    page = (LOCK.parents[2] / "docs" / "tools.md").read_text()
    rows = {line for line in page.splitlines() if line.startswith("| ")}
    for tool in parse(LOCK.read_text()).tools:
        for platform, sources in tool.confirmed_by.items():
            assert f"| {platform} | {' | '.join(sources)} |" in rows


def test_the_address_of_a_release_is_made_from_version_and_platform() -> None:
    asset = demo().asset("linux_amd64")
    assert asset is not None
    assert asset.url == "https://releases.example.com/demo/1.2.3/demo_1.2.3_linux_amd64.zip"


def test_a_vendor_may_have_its_own_word_for_a_platform() -> None:
    text = GOOD.replace("{os}_{arch}", "{platform}") + '[tools.demo.words]\nlinux_amd64 = "Linux-64bit"\n'
    asset = demo(text).asset("linux_amd64")
    assert asset is not None
    assert asset.url.endswith("demo_1.2.3_Linux-64bit.zip")


def test_a_platform_without_a_digest_has_no_release() -> None:
    assert demo().asset("darwin_arm64") is None


@pytest.mark.parametrize(("version", "fits"), [("1.2.0", True), ("1.9.9", True), ("1.1.9", False), ("2.0.0", False)])
def test_the_range_says_which_versions_on_path_are_good(version: str, fits: bool) -> None:
    assert demo().accepts.contains(version) is fits


def test_the_version_is_read_from_the_output() -> None:
    assert str(demo().read_version("demo v1.2.3\n")) == "1.2.3"


@pytest.mark.parametrize("output", ["", "locally built", "v..."])
def test_an_unreadable_version_is_none(output: str) -> None:
    assert demo().read_version(output) is None


def test_a_name_that_is_not_pinned_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInput) as caught:
        parse(GOOD).select(("kubectl",))
    assert (caught.value.where, caught.value.fix) == ("policy/tools/tools.lock", "use one of: demo")


def test_a_misspelt_name_gets_its_nearest() -> None:
    with pytest.raises(BadInput) as caught:
        parse(GOOD).select(("dmo",))
    assert caught.value.fix == "did you mean demo?"


def test_a_program_may_have_only_a_go_source() -> None:
    head = GOOD.split("[tools.demo.sha256]", maxsplit=1)[0]
    tool = demo(head + '[tools.demo.go]\nldflags = "-X a=b"\n')
    assert tool.go is not None
    assert (tool.go.folder, tool.go.package) == ("demo", "example.com/demo")


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('version = "1.2.3"', "version = 1.2.3", 4, "TOML"),
        ("schema_version = 1", "schema_version = 2", 1, "schema_version"),
        ('version = "1.2.3"', 'version = "new"', 4, "version"),
        ('accepts = ">=1.2,<2"', 'accepts = "~1"', 5, "accepts"),
        ('accepts = ">=1.2,<2"', 'accepts = ">=2"', 5, "outside"),
        ("{os}", "{home}", 6, "url"),
        ("{os}", "{version.__class__}", 6, "url"),
        ("https://", "http://", 6, "must begin with https://releases.example.com/demo/"),
        ("releases.example.com", "releases.example.com.evil.net", 6, "must begin"),
        ("/demo/{version}", "/demo/../other/{version}", 6, "is not an address without '..'"),
        ("tools.demo", "tools.kubectl", 3, "not a program that infragate runs; those are terraform, "),
        ('archive = "zip"', 'version_command = ["-c", "rm"]', 7, "unknown key"),
        ('archive = "zip"', 'version_pattern = "(.*)"', 7, "unknown key"),
        ('archive = "zip"', 'environment = { LD_PRELOAD = "x.so" }', 7, "unknown key"),
        ('archive = "zip"', 'go = { package = "./evil" }', 7, "unknown key 'package'"),
        ('archive = "zip"', 'python = { package = "evil" }', 7, "unknown key 'package'"),
        ('archive = "zip"', 'python = { folder = "../x" }', 7, "is not the plain name of a folder"),
        ('archive = "zip"', 'words = { linux_amd64 = "../x" }', 7, "words.linux_amd64: '../x' is not letters, digits"),
        ('archive = "zip"', 'archive = "rar"', 7, "archive"),
        ('archive = "zip"', 'member = "../evil"', 7, "is not a path inside the archive"),
        ('archive = "zip"', 'colour = "red"', 7, "unknown key"),
        ('linux_amd64 = "a', 'plan9_mips = "a', 10, "platform"),
        ('linux_amd64 = "a', 'linux_amd64 = "A', 10, "hex"),
        ('["one", "two"]', '["one", "one"]', 13, "2 different sources"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, line: int, words: str) -> None:
    error = complaint(GOOD.replace(old, new))
    assert words in error.message
    assert error.where == f"tools.lock:{line}"


def test_a_program_that_is_never_built_may_not_name_a_source() -> None:
    text = GOOD.replace("demo", "terraform").replace("releases.example.com", "releases.hashicorp.com")
    assert "not built from source" in complaint(text + '[tools.terraform.go]\nfolder = "x"\n').message


def test_a_program_that_cannot_be_installed_is_refused() -> None:
    assert (
        "a sha256, a go source or a python source is required"
        in complaint(GOOD.split("[tools.demo.sha256]", maxsplit=1)[0]).message
    )


PACKAGED = Program(version_pattern=re.compile("(.*)"), python_package="demo-tool", own_python=True)


def packaged(text: str) -> ToolsLock:
    return tools_file.parse(text, where="tools.lock", programs={"demo": PACKAGED})


def test_a_program_may_have_only_a_python_source() -> None:
    text = '[tools.demo]\nversion = "1.2.3"\naccepts = "==1.2.3"\n[tools.demo.python]\n'
    source = packaged(f"schema_version = 1\n{text}").tools[0].python
    assert source is not None
    assert (source.folder, source.package) == ("demo", "demo-tool")


def test_a_program_that_pip_does_not_install_may_not_name_a_python_source() -> None:
    assert "not installed by pip" in complaint(f"{GOOD}[tools.demo.python]\n").message


def test_a_program_that_runs_in_its_own_venv_has_no_release() -> None:
    with pytest.raises(BadInput, match="a python source and no other"):
        packaged(GOOD + "[tools.demo.python]\n")


@pytest.mark.parametrize(
    ("system", "machine", "platform"),
    [("Linux", "x86_64", "linux_amd64"), ("Linux", "aarch64", "linux_arm64"), ("Darwin", "arm64", "darwin_arm64")],
)
def test_platform_names_are_those_of_the_releases(system: str, machine: str, platform: str) -> None:
    assert platform_of(system, machine) == platform


def test_an_unknown_platform_is_bad_input() -> None:
    with pytest.raises(BadInput, match="riscv64"):
        platform_of("Linux", "riscv64")


@given(st.text())
def test_any_text_is_either_a_lock_or_bad_input(text: str) -> None:
    try:
        parse(text)
    except BadInput as error:
        assert error.where is not None


_VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(-5, 5), st.from_regex(r"[ -!#-\[\]-~]{0,20}", fullmatch=True)),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_toml(part) for part in value)}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


@given(
    key=st.sampled_from(["version", "accepts", "url", "archive", "member", "words", "go"]),
    value=_VALUES,
)
def test_any_value_of_any_key_is_either_accepted_or_bad_input(key: str, value: object) -> None:
    lines = [line for line in GOOD.splitlines() if not line.startswith(f"{key} =")]
    lines.insert(3, f"{key} = {_toml(value)}")
    try:
        parse("\n".join(lines))
    except BadInput as error:
        assert error.where == "tools.lock:4" or (key == "version" and error.where == "tools.lock:5")  # its range
