"""`changed` over real repositories: merges, renames, deletions, shallow clones, odd names."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit import projects

from infragate.adapters import git, git_merge
from infragate.domain.errors import BadInput
from infragate.domain.modules.module_lock import ModuleLock, ModulePin
from infragate.usecases import changed
from infragate.usecases.changed import ChangedRequest, ChangedResult

IDENTITY = ("-c", "user.name=test", "-c", "user.email=test", "-c", "protocol.file.allow=always")
ALL = ("dev", "prod")
Reason = tuple[str | None, str, str]


def pin(module: str, ref: str, *stacks: str) -> ModulePin:
    return ModulePin(
        source=f"https://example.org/infra.git//modules/{module}",
        ref=ref,
        commit="1" * 40,
        tree=f"sha256:{'2' * 64}",
        stacks=tuple(f"infra/envs/{stack}" for stack in stacks),
    )


def settings(**changes: Any) -> str:
    return yaml.safe_dump({**projects.document(), **changes}, sort_keys=False)


FILES = {
    "infra/environments.yaml": settings(),
    "infra/envs/dev/main.tf": 'module "m" {\n  source = "../../../lib/m"\n}\n',
    "infra/envs/dev/dev.tfvars": "a = 1\n",
    "infra/envs/prod/main.tf": 'locals {\n  hosts = file("${path.module}/../../hosts.json")\n}\n',
    "infra/envs/prod/run.sh": "true\n",
    "infra/hosts.json": "{}\n",
    "infra/shared.tfvars": "b = 1\n",
    "infra/modules.lock": ModuleLock(pins=(pin("rds", "v1.0.0", "dev"), pin("sg", "v1.0.0", "dev", "prod"))).text(),
    "lib/m/main.tf": 'module "inner" {\n  source = "../inner"\n}\n',
    "lib/inner/main.tf": "terraform {}\n",
    "modules/rds/main.tf": "terraform {}\n",
    "policy/gate.yaml": "schema_version: 1\n",
    "README.md": "# readme\n",
}


@dataclass(frozen=True, slots=True)
class Checkout:
    """A clone on the branch `change`; its base is origin/main."""

    root: Path

    def git(self, *args: str) -> str:
        return git.run(self.root, *IDENTITY, *args).strip()

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=x")

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def changing(self, name: str, text: str) -> None:
        self.write(name, text)
        self.commit()

    def found(self, base: str = "origin/main") -> ChangedResult:
        return changed.run(ChangedRequest(root=self.root, base=base))

    def reasons(self) -> list[Reason]:
        return [(reason.environment, reason.rule, reason.file) for reason in self.found().reasons]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git reads no configuration of the person who runs the tests."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_CONFIG_HOME", "INFRAGATE_TRUSTED_ROOT", "INFRAGATE_ROOT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`origin.git` and a clone of it."""
    folder = tmp_path_factory.mktemp("changed")
    git.run(folder, "init", "--quiet", "--initial-branch=main", "clone")
    made = Checkout(folder / "clone")
    for name, text in FILES.items():
        made.write(name, text)
    made.commit()
    made.git("clone", "--quiet", "--bare", str(made.root), str(folder / "origin.git"))
    made.git("remote", "add", "origin", "../origin.git")  # copies of both fit together
    made.git("fetch", "--quiet", "origin")
    made.git("switch", "--quiet", "--create", "change")
    return folder


@pytest.fixture
def checkout(template: Path, tmp_path: Path) -> Checkout:
    shutil.copytree(template, tmp_path / "world", symlinks=True)
    return Checkout(tmp_path / "world" / "clone")


# ---- what a file touches ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("infra/envs/dev/main.tf", ("dev", "stack")),
        ("infra/envs/dev/dev.tfvars", ("dev", "stack")),
        ("infra/envs/dev/.terraform.lock.hcl", ("dev", "stack")),
        ("infra/envs/dev/deep/er/file.txt", ("dev", "stack")),
        ("infra/envs/dev/line\nbreak \u00fc '\"$(id).tf.txt", ("dev", "stack")),
        ("lib/m/other.txt", ("dev", "module")),
        ("lib/inner/main.tf", ("dev", "module")),
        ("infra/hosts.json", ("prod", "file")),
        ("infra/shared.tfvars", (None, "values")),
        ("infra/new/more.tfvars.json", (None, "values")),
        ("policy/gate.yaml", (None, "policy")),
        ("policy/rego/new.rego", (None, "policy")),
        (".gitattributes", (None, "git")),
    ],
)
def test_a_file_touches_those_that_read_it(checkout: Checkout, name: str, reason: tuple[str | None, str]) -> None:
    checkout.changing(name, "# changed\n")
    found = checkout.found()
    assert checkout.reasons() == [(*reason, name)]
    assert found.environments == (ALL if reason[0] is None else (reason[0],))
    assert found.everything is (reason[0] is None)


@pytest.mark.parametrize(
    "name", ["README.md", "infra/envs/devel/main.tf", "docs/a.md", "lib/other/main.tf", "policy2/x"]
)
def test_another_file_touches_nothing(checkout: Checkout, name: str) -> None:
    checkout.changing(name, "# changed\n")
    assert (checkout.found().environments, checkout.found().reasons) == ((), ())


def test_no_commit_touches_nothing(checkout: Checkout) -> None:
    found = checkout.found()
    assert (found.environments, found.modules, found.base, found.head) == (
        (),
        (),
        found.head,
        checkout.git("rev-parse", "HEAD"),
    )


def test_a_published_module_is_named_and_touches_no_environment_that_pins_a_release(checkout: Checkout) -> None:
    checkout.changing("modules/rds/main.tf", "# changed\n")
    assert (checkout.found().environments, checkout.found().modules) == ((), ("rds",))


def test_a_published_module_that_is_removed_is_not_named(checkout: Checkout) -> None:
    checkout.git("rm", "-r", "--quiet", "modules/rds")
    checkout.commit()
    assert checkout.found().modules == ()


def test_a_file_whose_name_is_no_text_is_seen(checkout: Checkout) -> None:
    folder = str(checkout.root / "infra/envs/prod").encode()
    Path(folder.decode(), "x").touch()
    (checkout.root / "infra/envs/prod/x").rename(Path((folder + b"/\xff.txt").decode(errors="surrogateescape")))
    checkout.commit()
    assert checkout.found().environments == ("prod",)


# ---- kinds of changes -------------------------------------------------------------------------------------------------


def test_a_deleted_file_touches_those_that_read_it(checkout: Checkout) -> None:
    (checkout.root / "infra/envs/dev/dev.tfvars").unlink()
    checkout.commit()
    assert checkout.reasons() == [("dev", "stack", "infra/envs/dev/dev.tfvars")]


def test_a_moved_file_touches_where_it_was_and_where_it_is(checkout: Checkout) -> None:
    checkout.git("config", "diff.renames", "copies")
    checkout.git("mv", "infra/envs/prod/run.sh", "infra/envs/dev/run.sh")
    checkout.commit()
    assert checkout.reasons() == [
        ("dev", "stack", "infra/envs/dev/run.sh"),
        ("prod", "stack", "infra/envs/prod/run.sh"),
    ]


def test_a_mode_alone_is_a_change(checkout: Checkout) -> None:
    (checkout.root / "infra/envs/prod/run.sh").chmod(0o755)
    checkout.commit()
    assert checkout.reasons() == [("prod", "stack", "infra/envs/prod/run.sh")]


def test_a_file_behind_a_link_touches_the_stack_with_the_link(checkout: Checkout) -> None:
    checkout.write("lib/common.tf", "terraform {}\n")
    (checkout.root / "infra/envs/prod/common.tf").symlink_to("../../../lib/common.tf")
    checkout.commit()
    checkout.git("push", "--quiet", "origin", "HEAD:main")
    checkout.git("fetch", "--quiet", "origin")
    checkout.changing("lib/common.tf", "terraform {\n}\n")
    assert checkout.reasons() == [("prod", "file", "lib/common.tf")]


def test_a_stack_whose_folder_is_a_link_is_touched_where_the_link_leads(checkout: Checkout) -> None:
    checkout.git("mv", "infra/envs/prod", "stacks")
    (checkout.root / "infra/envs/prod").symlink_to("../../stacks")
    checkout.write("stacks/main.tf", "terraform {}\n")
    checkout.commit()
    checkout.git("push", "--quiet", "origin", "HEAD:main")
    checkout.git("fetch", "--quiet", "origin")
    checkout.changing("stacks/run.sh", "false\n")
    assert checkout.reasons() == [("prod", "file", "stacks/run.sh")]


def test_a_local_module_that_is_gone_but_still_called_touches_its_caller(checkout: Checkout) -> None:
    checkout.git("rm", "-r", "--quiet", "lib/inner")
    checkout.commit()
    assert [(reason.environment, reason.rule) for reason in checkout.found().reasons] == [("dev", "unreadable")]


def test_code_that_cannot_be_read_touches_its_environment(checkout: Checkout) -> None:
    checkout.changing("lib/m/main.tf", "module {{{\n")
    (reason,) = checkout.found().reasons
    assert (reason.environment, reason.rule) == ("dev", "unreadable")
    assert "lib/m/main.tf" in reason.detail


def test_a_submodule_touches_the_stack_that_it_is_in_whatever_gitmodules_says(checkout: Checkout) -> None:
    other = Checkout(checkout.root.parent / "other")
    git.run(checkout.root.parent, "init", "--quiet", "--initial-branch=main", "other")
    other.changing("a.txt", "a\n")
    checkout.git("submodule", "--quiet", "add", str(other.root), "infra/envs/dev/sub")
    checkout.git("config", "--file", ".gitmodules", "submodule.infra/envs/dev/sub.ignore", "all")
    checkout.commit()
    checkout.git("push", "--quiet", "origin", "HEAD:main")
    checkout.git("fetch", "--quiet", "origin")
    other.changing("a.txt", "b\n")
    sub = Checkout(checkout.root / "infra/envs/dev/sub")
    sub.git("pull", "--quiet", str(other.root), "main")
    checkout.git("add", "--force", "infra/envs/dev/sub")
    checkout.commit()
    assert checkout.reasons() == [("dev", "stack", "infra/envs/dev/sub")]


# ---- pins and settings ------------------------------------------------------------------------------------------------


def test_a_pin_touches_only_the_environments_that_use_it(checkout: Checkout) -> None:
    pins = (pin("rds", "v1.1.0", "dev"), pin("sg", "v1.0.0", "dev", "prod"))
    checkout.changing("infra/modules.lock", ModuleLock(pins=pins).text())
    found = checkout.found()
    assert found.environments == ("dev",)
    assert [reason.detail for reason in found.reasons] == [
        "https://example.org/infra.git//modules/rds v1.0.0",
        "https://example.org/infra.git//modules/rds v1.1.0",
    ]


def test_another_form_of_the_same_pins_touches_nothing(checkout: Checkout) -> None:
    text = json.dumps(json.loads(FILES["infra/modules.lock"]))
    checkout.changing("infra/modules.lock", text)
    assert checkout.found().environments == ()


OLD_FORMAT = FILES["infra/modules.lock"].replace('"schema_version": 2', '"schema_version": 1')


@pytest.mark.parametrize("text", ["<<<<<<<\n", "{}", OLD_FORMAT], ids=["merge", "empty", "old format"])
def test_a_lock_that_cannot_be_compared_touches_everything(checkout: Checkout, text: str) -> None:
    checkout.changing("infra/modules.lock", text)
    assert checkout.found().environments == ALL


def test_a_lock_that_is_removed_touches_those_that_it_pinned(checkout: Checkout) -> None:
    (checkout.root / "infra/modules.lock").unlink()
    checkout.commit()
    assert checkout.found().environments == ALL


def test_a_setting_of_one_environment_touches_it(checkout: Checkout) -> None:
    environments = projects.document()["environments"]
    environments["prod"]["region"] = "eu-central-1"
    checkout.changing("infra/environments.yaml", settings(environments=environments))
    assert checkout.reasons() == [("prod", "settings", "infra/environments.yaml")]


def test_a_setting_of_all_touches_everything(checkout: Checkout) -> None:
    checkout.changing("infra/environments.yaml", settings(region="eu-central-1"))
    assert (None, "settings", "infra/environments.yaml") in checkout.reasons()
    assert checkout.found().environments == ALL


def test_a_comment_or_a_front_door_touches_nothing(checkout: Checkout) -> None:
    text = "# a comment\n" + settings(atlantis={"url": "https://a.example"})
    checkout.changing("infra/environments.yaml", text)
    assert checkout.found().environments == ()


def test_a_new_environment_is_touched_once_it_has_a_stack(checkout: Checkout) -> None:
    environments = {**projects.document()["environments"], "qa": {"account_id": "4" * 12}}
    checkout.changing("infra/environments.yaml", settings(environments=environments))
    assert checkout.found().environments == ()
    assert checkout.reasons() == [("qa", "settings", "infra/environments.yaml")]
    checkout.changing("infra/envs/qa/main.tf", "terraform {}\n")
    assert checkout.found().environments == ("qa",)


def test_a_renamed_environment_is_touched_and_its_old_name_is_removed(checkout: Checkout) -> None:
    environments = projects.document()["environments"]
    renamed = {"live": environments.pop("prod"), **environments}
    checkout.changing("infra/environments.yaml", settings(environments=renamed))
    checkout.git("mv", "infra/envs/prod", "infra/envs/live")
    checkout.commit()
    assert checkout.found().environments == ("live",)
    assert ("prod", "removed", "infra/environments.yaml") in checkout.reasons()


def test_settings_that_could_not_be_read_before_touch_everything(checkout: Checkout) -> None:
    checkout.changing("infra/environments.yaml", "schema_version: 9\n")
    before = checkout.git("rev-parse", "HEAD")
    checkout.changing("infra/environments.yaml", settings())
    assert checkout.found(before).environments == ALL


def test_settings_that_cannot_be_read_now_are_bad_input(checkout: Checkout) -> None:
    checkout.changing("infra/environments.yaml", "schema_version: 9\n")
    with pytest.raises(BadInput):
        checkout.found()


# ---- histories --------------------------------------------------------------------------------------------------------


def advance(checkout: Checkout, name: str, text: str = "# base\n") -> None:
    """A commit of somebody else on origin/main."""
    branch = checkout.git("rev-parse", "--abbrev-ref", "HEAD")
    checkout.git("switch", "--quiet", "--detach", "origin/main")
    checkout.changing(name, text)
    checkout.git("push", "--quiet", "origin", "HEAD:main")
    checkout.git("fetch", "--quiet", "origin")
    checkout.git("switch", "--quiet", branch)


def test_what_others_changed_on_the_base_does_not_count(checkout: Checkout) -> None:
    checkout.changing("infra/envs/dev/a.txt", "a\n")
    advance(checkout, "infra/envs/prod/b.txt")
    assert checkout.found().environments == ("dev",)


def test_a_merge_of_the_base_into_the_branch_brings_nothing_of_the_base(checkout: Checkout) -> None:
    checkout.changing("infra/envs/dev/a.txt", "a\n")
    advance(checkout, "infra/envs/prod/b.txt")
    checkout.git("merge", "--quiet", "--no-edit", "origin/main")
    assert checkout.found().environments == ("dev",)


def test_the_merge_commit_of_a_job_counts_as_the_pull_request(checkout: Checkout) -> None:
    checkout.changing("infra/envs/dev/a.txt", "a\n")
    advance(checkout, "infra/envs/prod/b.txt")
    checkout.git("switch", "--quiet", "--detach", "origin/main")
    checkout.git("merge", "--quiet", "--no-ff", "--no-edit", "change")
    assert checkout.found().environments == ("dev",)


def test_undoing_what_the_base_has_is_a_change(checkout: Checkout) -> None:
    advance(checkout, "infra/envs/prod/run.sh", "changed\n")
    checkout.git("merge", "--quiet", "--no-edit", "origin/main")
    checkout.changing("infra/envs/prod/run.sh", FILES["infra/envs/prod/run.sh"])
    assert checkout.found().environments == ("prod",)


def test_after_merges_in_both_directions_every_start_counts(checkout: Checkout) -> None:
    checkout.changing("infra/envs/dev/a.txt", "a\n")
    one = checkout.head
    checkout.git("switch", "--quiet", "--create", "other", "origin/main")
    checkout.changing("infra/envs/prod/b.txt", "b\n")
    other = checkout.head
    checkout.git("merge", "--quiet", "--no-edit", one)
    checkout.git("push", "--quiet", "origin", "HEAD:main")
    checkout.git("switch", "--quiet", "change")
    checkout.git("merge", "--quiet", "--no-edit", other)
    checkout.git("fetch", "--quiet", "origin")
    assert checkout.found().environments == ALL


def test_changes_that_are_not_committed_are_counted_but_do_not_count(checkout: Checkout) -> None:
    checkout.write("infra/envs/dev/main.tf", "# edited\n")
    found = checkout.found()
    assert (found.environments, found.uncommitted) == ((), 1)


# ---- what cannot be known ---------------------------------------------------------------------------------------------


def shallow(checkout: Checkout, depth: int, *, branches: str = "--no-single-branch") -> Checkout:
    """A clone of the pushed branch with the newest commits only."""
    checkout.git("push", "--quiet", "origin", "HEAD:refs/heads/change")
    origin, place = checkout.root.parent / "origin.git", checkout.root.parent / f"shallow-{depth}"
    checkout.git("clone", "--quiet", f"--depth={depth}", branches, "--branch=change", f"file://{origin}", str(place))
    return Checkout(place)


def refused(checkout: Checkout, base: str = "origin/main") -> BadInput:
    with pytest.raises(BadInput) as error:
        checkout.found(base)
    return error.value


def test_a_base_that_the_clone_does_not_have_is_bad_input_with_the_command_that_fetches_it(checkout: Checkout) -> None:
    checkout.changing("infra/envs/dev/a.txt", "a\n")
    error = refused(shallow(checkout, 1, branches="--single-branch"))
    assert error.fix == "git fetch origin +refs/heads/main:refs/remotes/origin/main"
    assert refused(checkout, "0" * 40).fix == f"git fetch origin {'0' * 40}"
    assert "origin/main" in str(refused(checkout, "--all").fix)


def test_the_command_cannot_be_made_to_do_something_else(checkout: Checkout) -> None:
    assert refused(checkout, "origin/$(id)").fix == "git fetch origin '+refs/heads/$(id):refs/remotes/origin/$(id)'"


def test_a_shallow_clone_without_the_start_is_bad_input_and_works_once_it_is_complete(checkout: Checkout) -> None:
    checkout.changing("infra/envs/dev/a.txt", "a\n")
    advance(checkout, "README.md")
    clone = shallow(checkout, 1)
    error = refused(clone)
    assert error.fix == "git fetch --unshallow origin"
    clone.git(*str(error.fix).split()[1:])
    assert clone.found().environments == ("dev",)


def test_a_shallow_clone_with_enough_history_is_enough(checkout: Checkout) -> None:
    advance(checkout, "README.md")
    advance(checkout, "README.md", "# second\n")
    checkout.git("merge", "--quiet", "--ff-only", "origin/main")
    checkout.changing("infra/envs/dev/a.txt", "a\n")
    advance(checkout, "infra/envs/prod/b.txt")
    assert shallow(checkout, 2).found().environments == ("dev",)


def test_a_shallow_checkout_of_a_merge_knows_its_first_parent(checkout: Checkout) -> None:
    checkout.changing("infra/envs/dev/a.txt", "a\n")
    advance(checkout, "infra/envs/prod/b.txt")
    checkout.git("switch", "--quiet", "--detach", "origin/main")
    checkout.git("merge", "--quiet", "--no-ff", "--no-edit", "change")
    assert shallow(checkout, 2).found("HEAD^1").environments == ("dev",)


def test_an_old_start_of_a_cut_history_is_not_believed(checkout: Checkout) -> None:
    """The branch undoes what its base has; compared with an older commit, which the clone takes for the start, it
    would change nothing.
    """
    advance(checkout, "infra/envs/prod/run.sh", "changed\n")
    checkout.changing("README.md", "# branch\n")
    checkout.git("switch", "--quiet", "--create", "side", "origin/main")
    checkout.commit()
    side = checkout.head
    checkout.git("switch", "--quiet", "change")
    checkout.git("merge", "--quiet", "--no-ff", "--no-edit", side)
    checkout.changing("infra/envs/prod/run.sh", FILES["infra/envs/prod/run.sh"])
    assert checkout.found().environments == ("prod",)
    checkout.write(".git/shallow", f"{side}\n")
    assert git_merge.base(checkout.root, "origin/main", "HEAD") == checkout.git("rev-parse", "origin/main^")
    assert refused(checkout).fix == "git fetch --unshallow origin"


def test_two_histories_without_a_common_commit_are_bad_input(checkout: Checkout) -> None:
    checkout.git("switch", "--quiet", "--orphan", "alone")
    for name, text in FILES.items():
        checkout.write(name, text)
    checkout.commit()
    assert "no common history" in refused(checkout).message


def test_outside_of_the_top_of_a_repository_nothing_is_known(checkout: Checkout, tmp_path: Path) -> None:
    assert "git repository" in refused(Checkout(tmp_path / "world")).message
    inner = checkout.root / "inner"
    shutil.copytree(checkout.root / "infra", inner / "infra")
    assert "git repository" in refused(Checkout(inner)).message
