"""Forms of module sources: what we read is what real Terraform makes of them and what it calls git with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from tests.e2e.terraform_get import Got, get

from infragate.domain.modules import module_source

SHA = "ABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCD"
HTTPS = "git::https://h.example/o/r"
GIT = (
    "github.com/o/r?ref=v1",
    "github.com/o/r.git?ref=v1",
    "github.com/o/r//f?ref=v1",
    "github.com/o/r/f?ref=v1",
    "github.com/o/r/?ref=v1",
    "github.com/o/r/f//f?ref=v1",
    "github.com/o/r.git//f?ref=v1",
    "github.com/o/r.git/f?ref=v1",
    "github.com/o/r//f//f?ref=v1",
    "github.com/o/r/a/b?ref=v1",
    "github.com/o/r?ref=v1&depth=1",
    "github.com/o/r?",
    "git::github.com/o/r?ref=v1",
    "bitbucket.org/o/r?ref=v1",
    "bitbucket.org/o/r/f?ref=v1",
    "bitbucket.org/o/r//f?ref=v1",
    "bitbucket.org/o/r.git?ref=v1",
    *(
        f"{HTTPS}{rest}"
        for rest in (
            "",
            ".git?ref=v1",
            ".git//f?ref=v1",
            ".git//f/?ref=v1",
            ".git//./f?ref=v1",
            ".git//a//b?ref=v1",
            ".git//f/../a/b?ref=v1",
            ".git///f?ref=v1",
            ".git?ref=v1//f",
            "/?ref=v1",
            "//?ref=v1",
            "//.?ref=v1",
            "//f?ref=v1&depth=1",
            "//f?depth=1&ref=v1",
            "?ref=v1&ref=v2",
            "?x=1&ref=v1",
            "?b=2&a=1&ref=v1",
            "?REF=v1",
            "?r%65f=v1",
            "?ref=v1%2E0",
            "?ref=a+b",
            "?ref=a%20b",
            "?ref=",
            "?ref=v1;x=2",
            "?ref=v1#x",
            "#x?ref=v1",
            "?ref=%zz",
            "?&ref=v1&",
            "?ref=refs/tags/v1",
            "?ref=modules%2Fa%2Fv1",
            f"?ref={SHA}",
            f"?ref={SHA.lower()}",
            f"?depth=1&ref={SHA}",
            "?depth=x&ref=v1",
            "?depth=1",
            "%20s?ref=v1",
            " s?ref=v1",
            "+s~t?ref=v1",
            "?archive=false&ref=v1",
            ".zip?archive=false&ref=v1",
            "?ref=v1&sshkey=QUJD",
        )
    ),
    "git::http://h.example/o/r?ref=v1",
    "git::https://H.Example/o/r?ref=v1",
    "git::HTTPS://h.example/o/r?ref=v1",
    "git::https://h.example:443/o/r?ref=v1",
    "git::https://h.example//f?ref=v1",
    "git::ssh://git@h.example/o/r.git?ref=v1",
    "git::ssh://h.example/o/r.git?ref=v1",
    "git::ssh://git@h.example:2222/o/r.git//f?ref=v1",
    "git::ssh://git@h.example/o/r?ref=v1&sshkey=QUJD",
    "git::git@h.example:o/r.git//f?ref=v1",
    "git@h.example:o/r.git//f?ref=v1",
    "git@h.example:/o/r.git?ref=v1",
    "git@h.example:~o/r.git?ref=v1",
    "git@h.example:o/r.git?ref=v1&depth=1",
    "git@h.example:o/r.git?depth=1&ref=refs/tags/v1",
    "git@h.example:o/r.git",
    "git@ssh.dev.example:v3/o/p/r//f?ref=v1",
    "git::h.example:o/r.git//f?ref=v1",
    "git://h.example/o/r.git//f?ref=v1",
    "GIT://h.example/o/r.git?ref=v1",
    "git::git://h.example/o/r.git?ref=v1",
    "git::file:///x/r.git//f?ref=v1",
    "git::/y/r.git//f?ref=v1",
)
LOCAL = ("./m", "./m/", "./m//n", ".\\m", "./a/../m", "../stack/m", "./m/./n", "././m")
# Fetched by other getters, or by none: none of them can be locked.
OTHER = (
    "GIT::https://h.example/o/r?ref=v1",
    f"{HTTPS}.zip?ref=v1",
    f"{HTTPS}?archive=zip&ref=v1",
    f"{HTTPS}//../f?ref=v1",
    "kim@h.example:o/r.git?ref=v1",
    "git::kim@h.example:o/r.git?ref=v1",
    "h.example:o/r.git?ref=v1",
    "ssh://git@h.example/o/r.git?ref=v1",
    "git+ssh://git@h.example/o/r.git?ref=v1",
    "hg::https://h.example/o/r?rev=1",
    "hg::/x/r",
    "https://h.example/a.zip",
    "https://h.example/a.zip//f",
    "https://h.example/o/r.git?ref=v1",
    "https://github.com/o/r?ref=v1",
    "http://h.example/o",
    "s3::https://s3.amazonaws.com/b/k.zip",
    "s3-eu-west-1.amazonaws.com/b/k.zip",
    "gcs::https://www.googleapis.com/storage/v1/b/k.zip",
    "www.googleapis.com/storage/v1/b/k.zip",
    "/x/abs",
    "file:///x/abs",
    *(". .. m o/r gitlab.com/o/r gitlab.com/o/r//f localhost/o/r/aws o/r/AWS o_/r/aws -o/r/aws".split()),
    "o/r/aws?ref=v1",
    "gitlab.com/o/r.git//f?ref=v1",
    " ./m",
    "",
)
REGISTRY = {
    "o/r/aws": "registry.terraform.io",
    "O/R-x_y/aws": "registry.terraform.io",
    "o/r/aws//modules/x": "registry.terraform.io",
    "h.example/o/r/aws": "h.example",
    "h.example:8443/o/r/aws": "h.example:8443",
    "H.EXAMPLE/o/r/aws": "h.example",
}


def fetched(folder: Path, sources: Iterable[str]) -> Got:
    stack = folder / "stack"
    (stack / "m" / "n").mkdir(parents=True, exist_ok=True)
    for place in (stack / "m", stack / "m" / "n"):
        (place / "main.tf").write_text('output "x" { value = 1 }\n')
    calls = {f"m{number}": {"source": source} for number, source in enumerate(sources)}
    (stack / "main.tf.json").write_text(json.dumps({"module": calls}, indent=1))
    return get(folder / "got", stack)


def alone(number: int) -> str:
    """The form with a repository of its own, as Terraform clones each package once."""
    return GIT[number].replace("o/r", f"o{number}/r")


@pytest.fixture(scope="module")
def of_git(tmp_path_factory: pytest.TempPathFactory) -> Got:
    return fetched(tmp_path_factory.mktemp("forms"), (alone(number) for number in range(len(GIT))))


@pytest.mark.parametrize("number", range(len(GIT)), ids=GIT)
def test_a_git_source_is_the_repository_ref_and_folder_that_terraform_fetches(of_git: Got, number: int) -> None:
    source, listed = module_source.parse(alone(number)), of_git.modules[f"m{number}"]
    (clone,) = [call for call in of_git.calls if call[1] == "clone" and call[-1].endswith(f"/m{number}")]
    place = clone[-1]
    refs = {call[2] for call in of_git.calls if call[1] == "checkout" and call[0] == place}
    assert (source.kind, source.resolved) == ("git", listed["Source"])
    assert source.repository == clone[clone.index("--") + 1]
    assert Path(listed["Dir"]) == Path(place) / source.folder
    assert refs == ({source.ref} if source.ref else set())


def test_a_local_source_is_the_folder_that_terraform_reads(tmp_path: Path) -> None:
    got = fetched(tmp_path, LOCAL)
    sources = [module_source.parse(source) for source in LOCAL]
    listed = [got.modules[f"m{number}"] for number in range(len(LOCAL))]
    assert [source.resolved for source in sources] == [entry["Source"] for entry in listed]
    assert {source.kind for source in sources} == {"local"}


def errors(got: Got) -> set[str]:
    """The modules in Terraform's errors."""
    return set(re.findall(r'module[ .]"?(m\d+)\b', got.stderr))


def test_what_terraform_does_not_clone_is_no_git_source(tmp_path: Path) -> None:
    assert {source: module_source.parse(source).kind for source in OTHER} == dict.fromkeys(OTHER, "other")
    refused = errors(fetched(tmp_path, OTHER))  # before anything is fetched
    assert refused
    rest = [source for number, source in enumerate(OTHER) if f"m{number}" not in refused]
    got = fetched(tmp_path, rest)
    assert errors(got) == {f"m{number}" for number in range(len(rest))}
    assert not got.modules


def test_a_registry_source_is_the_host_that_terraform_asks(tmp_path: Path) -> None:
    sources = [module_source.parse(source) for source in REGISTRY]
    got = fetched(tmp_path, REGISTRY)
    hosts = dict(re.findall(r'versions for module "(m\d+)" .*? from (\S+[a-z0-9])', got.stderr))
    assert list(REGISTRY.values()) == [hosts[f"m{number}"] for number in range(len(REGISTRY))]
    assert [(source.kind, source.address.partition("/")[0]) for source in sources] == [
        ("registry", host) for host in REGISTRY.values()
    ]
