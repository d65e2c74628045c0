"""Approvals of the checkout's commit: reviews on GitHub through the real client, and files that say the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.unit import projects

from github_emulator.faults import Fault
from github_emulator.github import REPOSITORY, GitHub
from github_emulator.server import client_environment, serving
from infragate.adapters.github import github_retry
from infragate.adapters.local import environments_file
from infragate.domain.environment import Project
from infragate.domain.errors import BadInput, Integrity, RemoteFailed, ToolFailed
from infragate.domain.gate.approvals import NONE, Approvals, MissingOwner
from infragate.usecases.gate import approvals
from infragate.usecases.gate.approvals import ApprovalsRequest

OLD = "b" * 40


@dataclass
class Checkout:
    """A checkout of a pull request's head."""

    root: Path
    project: Project

    def git(self, *words: str) -> str:
        people = [option for name in ("name", "email") for option in ("-c", f"user.{name}=kim")]
        done = subprocess.run(["git", *people, *words], cwd=self.root, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")
        return self.head

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def read(self, *, file: Path | None = None, pull_request: str | None = "1") -> Approvals:
        return approvals.read(
            ApprovalsRequest(root=self.root, project=self.project, file=file, pull_request=pull_request)
        )


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    with serving() as running:
        for name, value in client_environment(running).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(github_retry, "PAUSE", 0.0)
        yield running


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """One commit on main, and another on top of it."""
    root = tmp_path_factory.mktemp("prepared")
    (root / "infra").mkdir()
    shutil.copy(projects.ROOT / "infra" / "environments.yaml", root / "infra")
    made = Checkout(root, environments_file.load(root))
    assert f"{made.project.github.owner}/{made.project.github.repository}" == REPOSITORY
    made.git("init", "-q", "-b", "main", "--template=")
    made.commit()
    made.git("update-ref", "refs/remotes/origin/main", "HEAD")
    made.git("switch", "-q", "-c", "change")
    made.write("infra/main.tf", "# changed\n")
    made.commit()
    return made


@pytest.fixture
def checkout(tmp_path: Path, server: GitHub, prepared: Checkout) -> Checkout:
    """The same for this test alone; the commit on top is alice's pull request 1."""
    root = tmp_path / "a check out"
    shutil.copytree(prepared.root, root, symlinks=True)
    made = Checkout(root, prepared.project)
    server.propose(made.head)
    server.pull().files = [{"filename": "infra/main.tf", "status": "added"}]
    return made


# ---- whose review counts -----------------------------------------------------------------------------------------


def test_two_people_who_approved_the_head_count(checkout: Checkout, server: GitHub) -> None:
    server.review("bob", "APPROVED", checkout.head)
    server.review("carol", "APPROVED", checkout.head, permission="admin")
    done = checkout.read()
    assert (done.counting, done.commit, done.source) == (("bob", "carol"), checkout.head, "pull request 1")


def test_the_author_s_own_review_does_not_count(checkout: Checkout, server: GitHub) -> None:
    server.review("Alice", "APPROVED", checkout.head)
    assert checkout.read().not_counted == (("Alice", "is the author"),)


def test_a_review_of_an_older_commit_does_not_count(checkout: Checkout, server: GitHub) -> None:
    server.review("bob", "APPROVED", OLD)
    server.review("carol", "APPROVED", None)
    assert checkout.read().counting == ()


def test_a_new_commit_voids_the_approvals(checkout: Checkout, server: GitHub) -> None:
    server.review("bob", "APPROVED", checkout.head)
    checkout.write("infra/main.tf", "# changed again\n")
    server.pull().head_sha = checkout.commit()
    assert checkout.read().counting == ()


def test_the_same_person_counts_once(checkout: Checkout, server: GitHub) -> None:
    server.review("bob", "APPROVED", checkout.head)
    server.review("BOB", "APPROVED", checkout.head)
    assert checkout.read().counting == ("BOB",)


def test_a_dismissed_review_does_not_count(checkout: Checkout, server: GitHub) -> None:
    server.review("bob", "DISMISSED", checkout.head)
    assert checkout.read().counting == ()


def test_a_person_who_asks_for_changes_later_no_longer_approves(checkout: Checkout, server: GitHub) -> None:
    server.review("bob", "APPROVED", checkout.head)
    server.review("bob", "CHANGES_REQUESTED", checkout.head)
    server.review("bob", "COMMENTED", checkout.head)
    assert checkout.read().not_counted == (("bob", "asked for changes"),)


@pytest.mark.parametrize("permission", ["read", "triage", "none"])
def test_who_may_not_write_does_not_count_whatever_the_association_says(
    checkout: Checkout, server: GitHub, permission: str
) -> None:
    server.review("bob", "APPROVED", checkout.head, permission=permission)
    assert checkout.read().counting == ()


def test_programs_and_deleted_accounts_do_not_count(checkout: Checkout, server: GitHub) -> None:
    server.review("renovate[bot]", "APPROVED", checkout.head, permission="admin")
    server.review(None, "APPROVED", checkout.head)
    assert dict(checkout.read().not_counted) == {
        "renovate[bot]": "is a program",
        "ghost": "the account no longer exists",
    }


def test_reviews_are_read_to_the_last_page(checkout: Checkout, server: GitHub) -> None:
    server.page_size = 2
    server.review("bob", "APPROVED", checkout.head)
    for _ in range(3):
        server.review("erin", "COMMENTED", checkout.head)
    server.review("bob", "CHANGES_REQUESTED", checkout.head)
    server.review("carol", "APPROVED", checkout.head)
    assert checkout.read().counting == ("carol",)
    assert len(server.methods("/reviews")) == 3


# ---- owners ------------------------------------------------------------------------------------------------------


def own(checkout: Checkout, server: GitHub, text: str) -> None:
    """Put a CODEOWNERS on main, and the pull request on top of it."""
    checkout.git("switch", "-q", "main")
    checkout.write(".github/CODEOWNERS", text)
    checkout.commit()
    checkout.git("update-ref", "refs/remotes/origin/main", "HEAD")
    checkout.git("switch", "-q", "change")
    checkout.git("rebase", "-q", "main")
    server.pull().head_sha = checkout.head


def test_an_owner_of_the_changed_files_must_approve(checkout: Checkout, server: GitHub) -> None:
    own(checkout, server, "* @erin\n/infra/ @dave # not @bob\n")
    server.review("bob", "APPROVED", checkout.head)
    server.review("erin", "APPROVED", checkout.head)
    lacking = checkout.read()
    assert (lacking.names, lacking.counting) == (("bob", "erin"), ())
    assert lacking.missing_owners == (MissingOwner(file="infra/main.tf", owners=("@dave",)),)
    server.review("dave", "APPROVED", checkout.head)
    assert checkout.read().counting == ("bob", "dave", "erin")


@pytest.mark.parametrize(("state", "counts"), [("active", True), ("pending", False), (None, False)])
def test_an_active_member_of_the_owning_team_is_an_owner(
    checkout: Checkout, server: GitHub, state: str | None, counts: bool
) -> None:
    own(checkout, server, "* @acme/platform\n")
    server.members = {"acme/platform": {"bob": state} if state else {}}
    server.review("bob", "APPROVED", checkout.head)
    assert bool(checkout.read().counting) is counts


def test_a_change_does_not_choose_its_own_owners(checkout: Checkout, server: GitHub) -> None:
    own(checkout, server, "* @dave\n")
    checkout.write(".github/CODEOWNERS", "* @bob\n")
    server.pull().head_sha = checkout.commit()
    server.review("bob", "APPROVED", checkout.head)
    assert checkout.read().counting == ()


def test_the_owner_of_the_place_that_a_file_leaves_is_asked_too(checkout: Checkout, server: GitHub) -> None:
    own(checkout, server, "/policy/ @dave\n")
    server.pull().files = [{"filename": "old/a.rego", "previous_filename": "policy/a.rego", "status": "renamed"}]
    server.review("bob", "APPROVED", checkout.head)
    assert checkout.read().missing_owners[0].file == "policy/a.rego"


def test_a_list_of_files_that_github_cuts_is_not_believed(checkout: Checkout, server: GitHub) -> None:
    own(checkout, server, "/policy/ @dave\n")
    server.pull().changed_files = 3500
    server.review("bob", "APPROVED", checkout.head)
    with pytest.raises(RemoteFailed, match="1 of 3500 changed files"):
        checkout.read()


# ---- which commit ------------------------------------------------------------------------------------------------


def test_the_merge_that_github_s_jobs_check_out_is_judged_as_its_head(checkout: Checkout, server: GitHub) -> None:
    server.review("bob", "APPROVED", checkout.head)
    checkout.git("switch", "-q", "--detach", "main")
    checkout.git("merge", "-q", "--no-ff", "-m", "Merge into main", "change")
    assert checkout.read().counting == ("bob",)


def test_a_merge_with_something_else_than_the_base_is_refused(checkout: Checkout, server: GitHub) -> None:
    server.review("bob", "APPROVED", checkout.head)
    checkout.git("switch", "-q", "--detach", "main")
    checkout.write("infra/evil.tf", "# not reviewed\n")
    checkout.commit()
    checkout.git("merge", "-q", "--no-ff", "-m", "Merge into main", "change")
    with pytest.raises(Integrity, match="something that is not in main"):
        checkout.read()


def test_a_merge_with_other_content_than_git_s_is_refused(checkout: Checkout, server: GitHub) -> None:
    server.review("bob", "APPROVED", checkout.head)
    checkout.git("switch", "-q", "--detach", "main")
    checkout.git("merge", "-q", "--no-ff", "--no-commit", "change")
    checkout.write("infra/evil.tf", "# not reviewed\n")
    checkout.commit()
    with pytest.raises(Integrity, match="neither it nor git's merge of it into main"):
        checkout.read()


def test_a_merge_is_not_made_by_the_attributes_of_the_checkout(checkout: Checkout, server: GitHub) -> None:
    """With `merge=union` both sides of a conflict would stay, in an order that nobody has read."""
    checkout.git("switch", "-q", "main")
    checkout.write(".gitattributes", "* merge=union\n")
    checkout.write("infra/main.tf", "# of main\n")
    checkout.commit()
    checkout.git("update-ref", "refs/remotes/origin/main", "HEAD")
    server.review("bob", "APPROVED", checkout.git("rev-parse", "change"))
    checkout.git("merge", "-q", "--no-ff", "-m", "Merge", "change")
    with pytest.raises(Integrity, match="neither it nor git's merge"):
        checkout.read()


def test_a_git_that_cannot_compare_is_refused(
    checkout: Checkout, server: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.review("bob", "APPROVED", checkout.head)
    checkout.git("switch", "-q", "--detach", "main")
    checkout.write("README.md", "# main goes on\n")
    checkout.commit()
    checkout.git("update-ref", "refs/remotes/origin/main", "HEAD")
    checkout.git("merge", "-q", "--no-ff", "-m", "Merge into main", "change")
    assert checkout.read().counting == ("bob",)
    old = tmp_path / "old" / "git"
    old.parent.mkdir()
    git = shutil.which("git")
    old.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "git version 2.37.7" || exec "{git}" "$@"\n')
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{old.parent}:{os.environ['PATH']}")
    with pytest.raises(ToolFailed, match=r"git version 2\.37\.7 cannot compute a merge: 2\.38 or newer"):
        checkout.read()


def test_the_same_files_in_another_commit_are_what_was_approved(checkout: Checkout, server: GitHub) -> None:
    server.review("bob", "APPROVED", checkout.head)
    checkout.git("commit", "-q", "--amend", "-m", "the same change, once more")
    assert checkout.read().counting == ("bob",)


@pytest.mark.parametrize("base", ["mine", "release/1"])
def test_a_pull_request_into_a_branch_that_may_not_judge_has_no_approvals(
    checkout: Checkout, server: GitHub, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.review("bob", "APPROVED", checkout.head)
    server.pull().base_ref = base
    with pytest.raises(BadInput, match="may not judge a change"):
        checkout.read()
    monkeypatch.setenv("INFRAGATE_BASE_BRANCHES", base)
    assert checkout.read().counting == ("bob",)


# ---- after the merge ---------------------------------------------------------------------------------------------

MERGES = ("merge", "squash", "rebase")


@pytest.fixture
def approved(checkout: Checkout, server: GitHub) -> str:
    """The head of a pull request of two commits, approved by bob, while main goes on."""
    checkout.write("infra/main.tf", "# changed again\n")
    head = checkout.commit()
    server.pull().head_sha, server.pull().commits = head, 2
    server.review("bob", "APPROVED", head)
    checkout.git("switch", "-q", "main")
    checkout.write("README.md", "# main goes on\n")
    checkout.commit()
    return head


def merge(checkout: Checkout, server: GitHub, how: str, *, evil: bool = False) -> None:
    """Merge the pull request as GitHub does, and check the result out as a job on main does."""
    if how == "rebase":
        checkout.git("switch", "-q", "-c", "rebased", "change")
        checkout.git("rebase", "-q", "main")
    else:
        checkout.git("merge", "-q", *(["--squash"] if how == "squash" else ["--no-ff", "--no-commit"]), "change")
    if evil:
        checkout.write("infra/evil.tf", "# not reviewed\n")
    if how == "rebase" and evil:
        checkout.git("add", "-A")
        checkout.git("commit", "-q", "--amend", "--no-edit")
    elif how != "rebase":
        checkout.commit()
    checkout.git("switch", "-q", "-C", "main")
    checkout.git("update-ref", "refs/remotes/origin/main", "HEAD")
    server.merge(server.pull(), checkout.head)


@pytest.mark.parametrize("how", MERGES)
@pytest.mark.parametrize("number", ["1", None])
def test_after_the_merge_the_approvals_of_the_head_count(
    checkout: Checkout, server: GitHub, approved: str, how: str, number: str | None
) -> None:
    merge(checkout, server, how)
    done = checkout.read(pull_request=number)
    assert (done.counting, done.commit, done.source) == (("bob",), approved, "pull request 1")


@pytest.mark.parametrize("how", MERGES)
def test_a_merge_that_holds_more_than_what_was_approved_is_refused(
    checkout: Checkout, server: GitHub, approved: str, how: str
) -> None:
    merge(checkout, server, how, evil=True)
    with pytest.raises(Integrity, match="neither it nor git's merge of it into main"):
        checkout.read(pull_request=None)


def test_a_commit_that_was_pushed_past_the_pull_request_has_no_approvals(
    checkout: Checkout, server: GitHub, approved: str
) -> None:
    merge(checkout, server, "squash")
    checkout.write("infra/evil.tf", "# not reviewed\n")
    checkout.commit()
    checkout.git("update-ref", "refs/remotes/origin/main", "HEAD")
    assert checkout.read(pull_request=None) == NONE


def test_without_the_approved_commit_in_the_clone_nothing_counts(
    checkout: Checkout, server: GitHub, approved: str
) -> None:
    merge(checkout, server, "squash")
    server.pull().head_sha = OLD
    with pytest.raises(Integrity, match="the clone does not have the approved commit") as error:
        checkout.read(pull_request=None)
    assert error.value.fix == "git fetch origin pull/1/head"


def test_what_is_not_on_the_base_branch_is_nobody_s_merge(checkout: Checkout, server: GitHub) -> None:
    server.review("bob", "APPROVED", checkout.head)
    server.merge(server.pull(), checkout.head)
    assert checkout.read(pull_request=None) == NONE
    assert server.seen == []


@pytest.mark.parametrize("change", [{"merged_at": None}, {"merge_commit": OLD}])
def test_a_pull_request_that_only_holds_the_commit_is_not_its_merge(
    checkout: Checkout, server: GitHub, approved: str, change: dict[str, Any]
) -> None:
    merge(checkout, server, "squash")
    for name, value in change.items():
        setattr(server.pull(), name, value)
    assert checkout.read(pull_request=None) == NONE


def test_two_pull_requests_of_one_merge_must_be_told_apart(checkout: Checkout, server: GitHub, approved: str) -> None:
    merge(checkout, server, "squash")
    server.merge(server.propose(approved), checkout.head)
    with pytest.raises(BadInput, match="1, 2 say that they were merged as one commit"):
        checkout.read(pull_request=None)


def test_a_checkout_of_another_commit_is_refused(checkout: Checkout, server: GitHub) -> None:
    server.review("bob", "APPROVED", checkout.head)
    checkout.write("infra/evil.tf", "# not reviewed\n")
    checkout.commit()
    with pytest.raises(Integrity, match=r"the head of pull request 1 is .*neither it nor git's merge of it into main"):
        checkout.read()


def test_approvals_are_for_a_commit_and_not_for_what_was_written_since(checkout: Checkout, server: GitHub) -> None:
    server.review("bob", "APPROVED", checkout.head)
    checkout.write("infra/evil.tf", "# not committed\n")
    with pytest.raises(Integrity, match="uncommitted changes"):
        checkout.read()


@pytest.mark.parametrize(("merged", "counts"), [(True, True), (False, False)])
def test_a_closed_pull_request_counts_only_if_it_was_merged(
    checkout: Checkout, server: GitHub, merged: bool, counts: bool
) -> None:
    server.review("bob", "APPROVED", checkout.head)
    server.pull().state, server.pull().merged = "closed", merged
    if counts:
        assert checkout.read().counting == ("bob",)
    else:
        with pytest.raises(BadInput, match="is closed"):
            checkout.read()


# ---- what could not be checked is no approval --------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/repos/acme/fileflow", "/pulls/1", "/reviews", "/permission"])
@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 502])
def test_a_refusal_of_github_is_an_error(checkout: Checkout, server: GitHub, path: str, status: int) -> None:
    server.review("bob", "APPROVED", checkout.head)
    server.faults = [Fault(status=status, message="no", path=path)]
    with pytest.raises(RemoteFailed, match=f"GitHub answered {status}"):
        checkout.read()


def test_a_team_that_may_not_be_read_is_an_error(checkout: Checkout, server: GitHub) -> None:
    own(checkout, server, "* @acme/platform\n")
    server.review("bob", "APPROVED", checkout.head)
    server.faults = [Fault(status=403, message="Resource not accessible by integration", path="/teams/")]
    with pytest.raises(RemoteFailed) as error:
        checkout.read()
    assert "members of the organisation" in str(error.value.fix)


def test_a_short_failure_is_got_over(checkout: Checkout, server: GitHub) -> None:
    server.review("bob", "APPROVED", checkout.head)
    server.faults = [Fault(status=502, message="Bad Gateway", times=1, path="/reviews")]
    assert checkout.read().counting == ("bob",)


@pytest.mark.parametrize("body", ["<html>", "[]", "{}", "null", '[{"state": "APPROVED"}]'])
def test_an_answer_that_is_not_github_s_is_no_approval(checkout: Checkout, server: GitHub, body: str) -> None:
    server.review("bob", "APPROVED", checkout.head)
    server.faults = [Fault(path="/pulls/1/reviews", status=200, body=body.encode())]
    try:
        assert checkout.read().counting == ()
    except RemoteFailed as failed:
        assert "unusable response" in failed.message or "GitHub answered" in failed.message


def test_the_next_page_elsewhere_is_not_followed(checkout: Checkout, server: GitHub) -> None:
    server.page_size = 1
    server.review("bob", "APPROVED", checkout.head)
    server.review("carol", "APPROVED", checkout.head)
    with serving() as thief:
        server.page_address = thief.url
        with pytest.raises(RemoteFailed, match="unusable response"):
            checkout.read()
        assert thief.seen == []


@pytest.mark.parametrize("missing", ["pull request", "token"])
def test_without_a_pull_request_or_token_nobody_is_asked(
    checkout: Checkout, server: GitHub, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    if missing == "token":
        monkeypatch.delenv("GITHUB_TOKEN")
    assert checkout.read(pull_request="1" if missing == "token" else None) == NONE
    assert server.seen == []


# ---- a file ------------------------------------------------------------------------------------------------------


def written(checkout: Checkout, *reviews: dict[str, Any], **change: Any) -> Path:
    """A file of approvals beside the checkout."""
    about = {
        "commit": checkout.head,
        "permission": "write",
        "state": "APPROVED",
        "submitted_at": "2026-11-26T09:00:00Z",
    }
    document = {
        "schema_version": 1,
        "commit": checkout.head,
        "author": "alice",
        "reviews": [{**about, **review} for review in reviews],
        **change,
    }
    path = checkout.root.parent / "approvals.json"
    path.write_text(json.dumps(document))
    return path


def test_the_reviews_of_a_file_are_judged_alike(checkout: Checkout, server: GitHub) -> None:
    file = written(
        checkout,
        {"user": "bob"},
        {"user": "alice"},
        {"user": "carol", "permission": "read"},
        {"user": "dave", "commit": OLD},
        {"user": "erin"},
        {"user": "erin", "state": "CHANGES_REQUESTED", "submitted_at": "2026-11-26T18:30:00+09:00"},
        {"user": "renovate[bot]", "permission": "admin"},
    )
    done = checkout.read(file=file)
    assert (done.counting, done.source) == (("bob",), str(file))
    assert {name for name, _ in done.not_counted} == {"alice", "carol", "dave", "erin", "renovate[bot]"}
    assert server.seen == []


def test_a_file_may_be_yaml(checkout: Checkout) -> None:
    file = checkout.root.parent / "approvals.yaml"
    file.write_text(
        f"schema_version: 1\ncommit: {checkout.head}\nauthor: alice\nreviews:\n- user: bob\n  state: APPROVED\n"
        f"  commit: {checkout.head}\n  permission: write\n  submitted_at: 2026-11-26T09:00:00Z\n"
    )
    assert checkout.read(file=file).counting == ("bob",)


@pytest.mark.parametrize("teams", [["acme/platform"], []])
def test_the_owners_are_asked_for_of_a_file_too(checkout: Checkout, server: GitHub, teams: list[str]) -> None:
    own(checkout, server, "/infra/ @acme/platform\n")
    done = checkout.read(file=written(checkout, {"user": "bob", "teams": teams}))
    assert bool(done.counting) is bool(teams)
    assert checkout.read(file=written(checkout, {"user": "bob"}, files=["README.md"])).counting == ("bob",)


def test_a_file_about_another_commit_is_refused(checkout: Checkout) -> None:
    with pytest.raises(Integrity, match="is about bbbbbbbbbbbb"):
        checkout.read(file=written(checkout, {"user": "bob"}, commit=OLD))


def test_a_change_cannot_bring_its_own_approvals(checkout: Checkout) -> None:
    checkout.write("approvals.json", written(checkout, {"user": "bob"}).read_text())
    checkout.commit()
    with pytest.raises(BadInput, match="could have written it"):
        checkout.read(file=checkout.root / "approvals.json")


def test_nor_can_a_submodule_or_a_draft_of_it_bring_them(checkout: Checkout) -> None:
    inner = Checkout(checkout.root / "inner", checkout.project)
    inner.root.mkdir()
    inner.git("init", "-q")
    inner.write("approvals.json", written(checkout, {"user": "bob"}).read_text())
    inner.commit()
    with pytest.raises(BadInput, match="could have written it"):
        checkout.read(file=inner.root / "approvals.json")


def test_a_file_about_a_commit_with_the_same_files_counts(checkout: Checkout) -> None:
    file = written(checkout, {"user": "bob"})
    checkout.git("commit", "-q", "--amend", "-m", "the same change, once more")
    assert checkout.read(file=file).counting == ("bob",)
    checkout.write("infra/main.tf", "# not reviewed\n")
    checkout.commit()
    with pytest.raises(Integrity, match="with other files"):
        checkout.read(file=file)


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": None},
        {"author": ""},
        {"commit": "HEAD"},
        {"reviews": {}},
        {"reviews": [{"user": "bob"}]},
        {"approved": ["bob"]},
    ],
)
def test_a_file_that_does_not_fit_is_refused(checkout: Checkout, change: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        checkout.read(file=written(checkout, **change))


@pytest.mark.parametrize("at", ["yesterday", "2026-11-26T09:00:00", "2026-13-26T09:00:00Z"])
def test_a_review_without_a_time_is_refused(checkout: Checkout, at: str) -> None:
    with pytest.raises(BadInput):
        checkout.read(file=written(checkout, {"user": "bob", "submitted_at": at}))


def test_without_a_base_a_file_must_say_what_changes_if_files_have_owners(
    checkout: Checkout, server: GitHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    base = tmp_path / "base"
    (base / ".github").mkdir(parents=True)
    (base / ".github" / "CODEOWNERS").write_text("* @bob\n")
    monkeypatch.setenv("INFRAGATE_TRUSTED_ROOT", str(base))
    with pytest.raises(BadInput, match="which files change"):
        checkout.read(file=written(checkout, {"user": "bob"}))
    assert checkout.read(file=written(checkout, {"user": "bob"}, files=["a"])).counting == ("bob",)
