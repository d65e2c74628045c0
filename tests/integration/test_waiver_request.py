"""waiver-request: an entry that would count, in the checkout or as a pull request against the base branch."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.e2e import terminal
from tests.e2e.product import VALIDATOR, Done
from tests.integration import console
from tests.unit import projects

from github_emulator.github import GitHub
from github_emulator.server import client_environment, serving
from infragate.adapters.local import waivers_file

REGISTER = Path("policy") / "waivers.yaml"
SCRIPT = Path(sys.executable).with_name("infragate")
TODAY = datetime.now(UTC).date()
ASK = (
    *("waiver-request", "--id", "CKV_AWS_91", "--address", "module.alb.aws_lb.this", "--env", "dev"),
    *("--link", "https://github.com/acme/infra/issues/12"),
)
REASON = ("--reason", "nobody reads the logs of dev")


@dataclass
class Checkout:
    root: Path
    home: Path

    def environment(self, **more: str) -> dict[str, str]:
        git = str(Path(str(shutil.which("git"))).parent)
        return {
            "PATH": os.pathsep.join([git, "/bin"]),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "INFRAGATE_ROOT": str(self.root),
            "INFRAGATE_STATE": os.environ["INFRAGATE_STATE"],
            "INFRAGATE_ACTOR": "alice",
            **more,
        }

    def run(self, *words: str, **more: str) -> Done:
        return console.run(words, folder=self.root, environment=self.environment(**more))

    def git(self, *words: str) -> str:
        env = self.environment()
        return subprocess.run(
            ["git", *words], cwd=self.root, env=env, capture_output=True, text=True, check=True
        ).stdout

    @property
    def register(self) -> str:
        return (self.root / REGISTER).read_text()

    def write(self, *entries: dict[str, str]) -> None:
        text = yaml.safe_dump({"schema_version": 1, "waivers": list(entries)}, sort_keys=False)
        (self.root / REGISTER).write_text(text)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout(tmp_path / "a check out", tmp_path / "home")
    for folder in ("infra", "policy"):
        (made.root / folder).mkdir(parents=True)
    made.home.mkdir()
    (made.home / ".gitconfig").write_text("[user]\n\tname = Alice\n\temail = alice@acme.example\n")
    shutil.copy(projects.ROOT / "infra" / "environments.yaml", made.root / "infra")
    (made.root / REGISTER).write_text("# ours\nschema_version: 1\nwaivers: []\n")
    (made.root / "CODEOWNERS").write_text("/policy/ @acme/security @dave\n")
    made.git("init", "-q", "-b", "main", "--template=")
    made.git("add", "-A")
    made.git("commit", "-q", "-m", "first")
    return made


def entry(**change: str) -> dict[str, str]:
    expires = (TODAY + timedelta(days=30)).isoformat()
    known = {"id": "CKV_AWS_91", "address": "module.alb.aws_lb.this", "environment": "dev", "owner": "kim"}
    rest = {"reason": "nobody reads the logs of dev", "link": "https://example.com/1", "expires": expires}
    return {**known, **rest, **change}


def test_an_entry_is_written_that_counts(checkout: Checkout) -> None:
    done = checkout.run(*ASK, *REASON, "--days", "90", "--json")
    assert done.code == 0, done.err
    (waiver,) = waivers_file.load(checkout.root, shown_from=checkout.root).waivers
    assert checkout.register.startswith("# ours\nschema_version: 1\nwaivers:\n  - id: CKV_AWS_91\n")
    assert (waiver.owner, waiver.expires) == ("alice@acme.example", TODAY + timedelta(days=90))
    result = done.document["result"]
    assert (result["line"], result["approvers"]) == (4, ["@acme/security", "@dave"])
    assert result["waiver"] == {"file": "*", **yaml.safe_load(checkout.register)["waivers"][0]}


def test_the_text_of_the_pull_request_says_what_for_how_long_and_who_decides(checkout: Checkout) -> None:
    done = checkout.run(*ASK, *REASON, "--owner", "@acme/platform")
    assert "Waiver: CKV_AWS_91 for module.alb.aws_lb.this in dev" in done.out
    for text in (
        "- **Rule:** `CKV_AWS_91`",
        "- **Address:** `module.alb.aws_lb.this`",
        "- **Reason:** nobody reads the logs of dev",
        "- **Agreed:** <https://github.com/acme/infra/issues/12>",
        "- **Owner:** `@acme/platform`",
        f"- **Last day:** {TODAY + timedelta(days=30)}",
        "- **Must approve:** `@acme/security`, `@dave`",
        "**Risk:** until its last day `CKV_AWS_91` blocks nothing for `module.alb.aws_lb.this` in dev.",
    ):
        assert text in done.out


def test_a_pattern_says_that_it_holds_for_later_resources_too(checkout: Checkout) -> None:
    done = checkout.run(*ASK[:4], "module.alb.*", *ASK[7:], *REASON)
    assert "for `module.alb.*` in all Environments; also for resources that are added later" in done.out


def test_the_reason_is_no_markup(checkout: Checkout) -> None:
    done = checkout.run(*ASK, "--reason", "## Approved\n@acme <!-- --> `x`")
    assert "- **Reason:** &#35;&#35; Approved &#64;acme" in done.out


def test_the_old_spelling_of_an_id_is_written_in_the_new_one(checkout: Checkout) -> None:
    assert checkout.run("waiver-request", "--id", "AVD-AWS-0053", *ASK[3:], *REASON).code == 0
    assert "id: AWS-0053" in checkout.register


def test_the_link_may_be_the_pull_request_of_the_run(checkout: Checkout) -> None:
    assert checkout.run(*ASK[:7], *REASON, INFRAGATE_PULL_REQUEST="7").code == 0
    assert "link: https://github.com/acme/fileflow/pull/7" in checkout.register


def test_an_entry_may_be_for_today(checkout: Checkout) -> None:
    assert checkout.run(*ASK, *REASON, "--days", "0").code == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("--days", "91"), "lasts 91 more days"),
        (("--days", "-1"), "ended on"),
        (("--address", "*"), "is not an address or file"),
        (("--address", "module.*"), "covers too much"),
        (("--owner", "nobody"), "is not an owner"),
        (("--owner", "the platform people"), "is not an owner"),
        (("--reason", "because"), "is not a reason of ten characters"),
        (("--link", "the wiki"), "is not the https address"),
        (("--id", "engine/tfsec"), "is not the id of a rule that can be waived"),
        (("--env", "nowhere"), "nowhere"),
    ],
)
def test_an_entry_that_would_not_count_is_not_written(
    checkout: Checkout, change: tuple[str, str], message: str
) -> None:
    flags = dict(zip(ASK[1::2], ASK[2::2], strict=True)) | dict([REASON]) | dict([change])
    before = checkout.register
    done = checkout.run("waiver-request", *(word for flag in flags.items() for word in flag))
    assert done.code == 3
    assert message in done.error[0], done.err
    assert checkout.register == before


@pytest.mark.parametrize(
    ("known", "message", "fix"),
    [
        ({}, "has this waiver already", "change `expires` there to"),
        ({"expires": "2026-01-01"}, "has this waiver already, until 2026-01-01", "change `expires` there to"),
        ({"address": "module.alb.*"}, "a broader waiver, for module.alb.*", "nothing is needed before that day"),
    ],
)
def test_what_the_register_has_is_not_written_again(
    checkout: Checkout, known: dict[str, str], message: str, fix: str
) -> None:
    checkout.write(entry(**known))
    done = checkout.run(*ASK, *REASON)
    assert done.code == 3
    assert message in done.error[0]
    assert done.error[1] == "where: policy/waivers.yaml:3"
    assert fix in done.error[2]


@pytest.mark.parametrize(
    "known",
    [{"environment": "prod"}, {"id": "CKV_AWS_2"}, {"address": "module.*"}, {"address": "module.alb.aws_lb.that"}],
)
def test_another_entry_is_no_obstacle(checkout: Checkout, known: dict[str, str]) -> None:
    checkout.write(entry(**known))
    before = checkout.register
    assert checkout.run(*ASK, *REASON).code == 0
    assert checkout.register.startswith(before)


@pytest.mark.parametrize("flag", ["--id", "--reason", "--link", "--address"])
def test_what_is_missing_is_named(checkout: Checkout, flag: str) -> None:
    words = [*ASK, *REASON]
    del words[words.index(flag) : words.index(flag) + 2]
    done = checkout.run(*words)
    assert done.code == 3
    assert flag in done.err


def test_a_terminal_asks_for_the_reason(checkout: Checkout) -> None:
    answers = [("Why does CKV_AWS_91 not hold", "nobody reads the logs of dev")]
    code, screen = terminal.run(
        [str(SCRIPT), *ASK], cwd=checkout.root, env=checkout.environment(TERM="dumb"), answers=answers
    )
    assert code == 0, screen
    assert "reason: nobody reads the logs of dev" in checkout.register


# ---- as a pull request -------------------------------------------------------------------------------------------


@pytest.fixture
def pushed(checkout: Checkout) -> Checkout:
    """With an origin, on a branch with work of its own."""
    origin = str(checkout.home / "origin.git")
    checkout.git("init", "-q", "--bare", "-b", "main", origin)
    checkout.git("remote", "add", "origin", origin)
    checkout.git("push", "-q", "origin", "main")
    checkout.git("switch", "-q", "-c", "feature")
    (checkout.root / "work.tf").write_text("# work\n")
    checkout.git("add", "-A")
    checkout.git("commit", "-q", "-m", "work")
    return checkout


def test_the_pull_request_is_against_the_base_branch_and_holds_the_entry_alone(pushed: Checkout) -> None:
    before = pushed.register
    with serving() as server:
        done = pushed.run(*ASK, *REASON, "--open-pr", "--json", **client_environment(server))
    assert done.code == 0, done.err
    result = done.document["result"]
    VALIDATOR.validate(json.loads(done.out))
    branch = result["branch"]
    assert branch.startswith("waiver/CKV-AWS-91-")
    assert pushed.git("diff", "--name-only", "origin/main", f"origin/{branch}").split() == [str(REGISTER)]
    (pull,) = server.pulls
    assert (pull.head_ref, pull.base_ref, pull.number) == (branch, "main", 1)
    assert result["pull_request"] == "https://github.com/acme/fileflow/pull/1"
    assert pull.title == "Waiver: CKV_AWS_91 for module.alb.aws_lb.this in dev"
    assert (pushed.register, pushed.git("status", "--porcelain")) == (before, "")


def propose(pushed: Checkout, server: GitHub, *more: str) -> dict[str, Any]:
    done = pushed.run(*ASK, *REASON, "--open-pr", "--json", *more, **client_environment(server))
    assert done.code == 0, done.err
    result: dict[str, Any] = done.document["result"]
    return result


def test_the_same_again_finds_the_open_pull_request(pushed: Checkout) -> None:
    with serving() as server:
        first, second = (propose(pushed, server) for _ in range(2))
        done = pushed.run(*ASK, *REASON, "--open-pr", **client_environment(server))
    assert len(server.pulls) == 1
    assert (first["there_already"], second) == (False, {**first, "there_already": True})
    assert f"branch {first['branch']}, where it was already" in done.out
    assert pushed.git("rev-list", "--count", f"origin/main..origin/{first['branch']}").strip() == "1"


def test_another_end_brings_the_open_pull_request_up_to_date(pushed: Checkout) -> None:
    last_day = (TODAY + timedelta(days=20)).isoformat()
    with serving() as server:
        first, second = propose(pushed, server), propose(pushed, server, "--until", last_day)
    (pull,) = server.pulls
    assert (second["branch"], second["there_already"]) == (first["branch"], False)
    assert f"**Last day:** {last_day}" in pull.body
    assert f"expires: '{last_day}'" in pushed.git("show", f"origin/{first['branch']}:{REGISTER}")


def test_on_the_branch_of_the_proposal_it_is_refused(pushed: Checkout) -> None:
    with serving() as server:
        pushed.git("switch", "-q", propose(pushed, server)["branch"])
        done = pushed.run(*ASK, *REASON, "--open-pr", **client_environment(server))
    assert (done.code, "the branch of the proposal itself" in done.error[0]) == (3, True), done.err


def test_what_somebody_added_to_the_branch_is_not_replaced(pushed: Checkout) -> None:
    with serving() as server:
        branch = propose(pushed, server)["branch"]
        pushed.git("switch", "-q", branch)
        (pushed.root / "added.md").write_text("by a reviewer\n")
        pushed.git("add", "-A")
        pushed.git("commit", "-q", "-m", "added")
        pushed.git("push", "-q", "origin", branch)
        pushed.git("switch", "-q", "feature")
        last_day = (TODAY + timedelta(days=20)).isoformat()
        done = pushed.run(*ASK, *REASON, "--until", last_day, "--open-pr", **client_environment(server))
    assert (done.code, f"{branch} has commits of somebody else" in done.error[0]) == (3, True), done.err
    assert "by a reviewer" in pushed.git("show", f"origin/{branch}:added.md")


def test_without_a_token_no_branch_is_made(pushed: Checkout) -> None:
    done = pushed.run(*ASK, *REASON, "--open-pr")
    assert (done.code, "GITHUB_TOKEN" in done.error[0]) == (3, True)
    assert "waiver/" not in pushed.git("branch", "--all")


def test_without_a_base_branch_there_is_nothing_to_propose_it_to(checkout: Checkout) -> None:
    done = checkout.run(*ASK, *REASON, "--open-pr", GITHUB_TOKEN="x")
    assert (done.code, "no base branch" in done.error[0]) == (3, True)
