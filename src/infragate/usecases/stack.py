"""A Stack: one Terraform root in one Environment, in the checkout or a draft, under one session."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from infragate.adapters import git
from infragate.adapters.local import change_set, files, own_folder, settings
from infragate.adapters.modules import clone_settings, module_agreement, module_list
from infragate.adapters.process import isolation
from infragate.adapters.terraform import init_stamp, provider_source
from infragate.adapters.terraform.cli import Terraform
from infragate.adapters.terraform.provider_source import LOCK_FILE
from infragate.adapters.tools.tool_store import Located
from infragate.domain.command import Advice, Command, Say, advice
from infragate.domain.environment import Environment
from infragate.domain.errors import BadInput, Integrity
from infragate.domain.finding import Finding
from infragate.domain.isolation import Isolation
from infragate.domain.shortening import cut
from infragate.domain.terraform.terraform_messages import AGAIN
from infragate.usecases import caller_values, judge_configuration, sensitive_variables, state_backend, tools_install
from infragate.usecases.judge_configuration import JudgedCode, JudgeRequest
from infragate.usecases.session import TRANSCRIPT, Session

ERRORED_STATE = "errored.tfstate"  # Terraform's name for a state that it could not save


@dataclass(frozen=True, slots=True, kw_only=True)
class Initialised:
    """How `Stack.init` ended.

    Attributes:
        ran: `terraform init` was run.
        warnings: of the code, and of init.
        judged: how the code of the Stack and of its modules was judged.
    """

    ran: bool
    warnings: tuple[Finding, ...]
    judged: JudgedCode


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The unit of `plan` and `apply`; `root` is the checkout or a draft."""

    session: Session
    root: Path

    @property
    def environment(self) -> Environment:
        return self.session.environment

    def of(self, environment: str) -> Stack:
        """The Stack of another Environment in the same folder, for its code and modules: no role is assumed for it."""
        other = self.session.project.environment(environment)
        return Stack(session=replace(self.session, environment=other), root=self.root)

    @property
    def say(self) -> Say:
        return self.session.say

    @property
    def folder(self) -> Path:
        """The folder of the code."""
        return self.root / self.environment.directory

    @property
    def local_folder(self) -> Path:
        """The folder for plans, notes and Terraform's data of this Environment in this cloud."""
        return self.session.folder(self.root)

    @cached_property
    def data_folder(self) -> Path:
        """The part of `local_folder` for this purpose."""
        return files.private_folder(self.local_folder / self.session.purpose)

    @property
    def terraform_data(self) -> Path:
        """TF_DATA_DIR: fetched modules, linked providers, the connected backend."""
        return self.data_folder / "terraform"

    @property
    def transcript(self) -> Path:
        """The file for Terraform's output during an apply."""
        return self.local_folder / TRANSCRIPT

    @cached_property
    def program(self) -> Located:
        """Terraform, in the pinned version."""
        return tools_install.ready("terraform", self.root, say=self.say)

    @cached_property
    def isolation(self) -> Isolation:
        """What keeps this code apart from the rest of the machine; that nothing does is said.

        Raises:
            BadInput, ToolFailed: there is none, and the run needs it.
        """
        return stated_isolation(self.session.warn)

    @cached_property
    def terraform(self) -> Terraform:
        """Terraform in this folder with the session's keys.

        Raises:
            BadInput: the folder is incomplete, a trusted root has no isolation, or the caller's environment sets a
                variable that belongs into the tfvars.
            Integrity: a change of pins was interrupted, or a role is in another account.
            ToolFailed: no Terraform.
            RemoteFailed: a role cannot be assumed.
        """
        _refuse_incomplete(self)
        _ = self.isolation
        change_set.refuse_interrupted(self.root)
        sensitive_variables.learn(self.folder, self.environment, root=self.root)
        given = caller_values.passed(self.folder, self.environment, root=self.root, warn=self.session.warn)
        return terraform_in(
            self.folder,
            root=self.root,
            program=self.program,
            data_folder=self.terraform_data,
            where=self.environment.directory,
            variables={**self.session.variables, **given},
            var_file=self.environment.var_file,
            again=Command("plan", env=self.environment.name),
        )

    def prepare(self) -> Terraform:
        """Find Terraform and assume the roles now, so that a failure comes before anything is written."""
        return self.terraform

    def init(self, *, anew: bool = True) -> Initialised:
        """Judge the code, fetch modules, judge them, and initialise providers and backend.

        Args:
            anew: run `terraform init` even if nothing that it depends on has changed since the last one.

        Raises:
            InfragateError: the class depends on Terraform's diagnostics.
            BadInput: the backend in the code differs from environments.yaml.
            Blocked: the code holds what it must not (docs/code-rules.md).
        """
        module_agreement.forget_stale(self.terraform_data, self.folder, root=self.root)
        state_backend.refuse_written(self.environment, self.folder, root=self.root)
        judged = self.judge()
        backend, stamp = state_backend.backend_settings(self.environment), self._init_stamp
        warnings = None if anew else init_stamp.kept(stamp, init_stamp.of(self.terraform, backend))
        if runs := warnings is None:
            init_stamp.keep(stamp, None)
            self.say("terraform init")
            warnings = self.terraform.init(backend, say=self.say)
            init_stamp.keep(stamp, init_stamp.of(self.terraform, backend), warnings)
        state_backend.refuse_another(self.environment, *self.terraform.backend())
        return Initialised(ran=runs, warnings=(*judged.warnings, *warnings), judged=judged)

    @property
    def _init_stamp(self) -> Path:
        return self.data_folder / "init.stamp"

    def forget_init(self) -> None:
        """Make the next `init` run."""
        init_stamp.keep(self._init_stamp, None)

    def judge(self) -> JudgedCode:
        """The Verdict over the code. Modules are fetched only for code that passed, and are then judged themselves.

        Raises:
            Blocked: the code holds what it must not. InfragateError: as `Terraform.get`.
        """
        data = self.terraform_data
        request = JudgeRequest(root=self.root, environment=self.environment)
        is_fetched = module_list.path(data).is_file()
        judged = judge_configuration.run(replace(request, data_folder=data) if is_fetched else request)
        judge_configuration.refuse(judged)
        if judged.calls and not is_fetched:
            self.say("terraform get")
            self.terraform.get()
            module_agreement.agreed_calls(data, self.folder, root=self.root)
            judged = judge_configuration.run(replace(request, data_folder=data))
            judge_configuration.refuse(judged)
        return judged


def terraform_in(
    folder: Path,
    *,
    root: Path,
    program: Located,
    data_folder: Path,
    where: str,
    variables: Mapping[str, str],
    var_file: str = "",
    again: Advice = AGAIN,
    backend_folder: Path | None = None,
) -> Terraform:
    """Terraform on a root folder, with the environment variables of every run.

    Args:
        root: the checkout, whose other folders may hold modules.
        data_folder: TF_DATA_DIR; the generated CLI configuration is beside it.
        where: name of the folder in messages.
        variables: of the cloud and the AWS profiles.
        var_file: the tfvars file in `folder`; "" for none.
        again: the command that repeats a failed run.
        backend_folder: where a local backend keeps its state; None for none.
    """
    return Terraform(
        program=program.path,
        folder=folder,
        root=root,
        environment=_terraform_environment(folder, data_folder, variables),
        where=where,
        var_file=var_file,
        again=again,
        backend_folder=backend_folder,
    )


def _terraform_environment(folder: Path, data_folder: Path, variables: Mapping[str, str]) -> dict[str, str]:
    own = {
        "TF_DATA_DIR": str(data_folder),
        "TF_CLI_CONFIG_FILE": str(provider_source.cli_file(folder, data_folder.parent)),
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        # The data folder remembers a workspace; another one would use another state key.
        "TF_WORKSPACE": "default",
        "CHECKPOINT_DISABLE": "1",
        # Go collects garbage less often: most of Terraform's work is reading the schemas of providers, once a run.
        # Measured with AWS 5.100.0: a third less CPU for plan, a quarter for show, 20% more memory.
        "GOGC": "400",
        **settings.subset(("GOGC", "GOMEMLIMIT")),  # who has set them knows how much memory there is
    }
    cloning = clone_settings.variables(data_folder.parent / "git-template", variables)
    return settings.child_environment(**{**cloning, **own})


def stated_isolation(warn: Say) -> Isolation:
    """The isolation in force, after a warning if there is none.

    Raises:
        BadInput, ToolFailed: there is none, and the run needs it.
    """
    in_force = isolation.in_force()
    if in_force.mode == "none":
        warn("no isolation: the code of this checkout can reach all that you can (docs/isolation.md)")
    return in_force


def refused_warnings(stack: Stack, warnings: Sequence[Finding], *, strict: bool, done: str = "") -> BadInput | None:
    """The error for warnings in a strict run or Environment.

    Args:
        done: the start of the message if something was done all the same.
    """
    environment = stack.environment
    if not warnings or not (strict or environment.strict):
        return None
    why = "--strict" if strict else f"strict: true of {environment.name} in {stack.session.project.file}"
    more = f" (and {len(warnings) - 1} more)" if len(warnings) > 1 else ""
    error = BadInput(
        f"{done}warnings fail this run ({why}): {cut(warnings[0].message, 400)}{more}",
        where=warnings[0].where,
        fix=advice("correct it, then ", Command("plan", env=environment.name)),
    )
    error.listing(warnings)
    return error


def refuse_errored_state(stack: Stack) -> None:
    """Raise Integrity if an apply left an unsaved state: a plan would create its resources a second time."""
    if (error := errored_state(stack.root, stack.environment)) is not None:
        raise error


def errored_state(root: Path, environment: Environment) -> Integrity | None:
    """The error for a state that an apply could not save, or None."""
    where = f"{environment.directory}/{ERRORED_STATE}"
    if not os.path.lexists(root / where):
        own = own_folder.path(root)
        drafts = (own / "drafts").glob(f"*/{where}")  # of a killed rollback
        left = sorted((*drafts, *own.glob(f"*/{environment.name}/{own_folder.KEPT_STATES}")))
        if not left:
            return None
        where = str(left[0])
    elif git.tracks(root, where):
        return Integrity(
            "git tracks a state that an apply could not save; it came with a commit, not from an apply here",
            where=where,
            fix=f"do not push it: git rm --cached {where}, and ask who committed it",
        )
    return Integrity(
        "an earlier apply could not save its state: a plan or apply would use an old one",
        where=where,
        fix="docs/state-backend.md, 'errored.tfstate'",
    )


def _refuse_incomplete(stack: Stack) -> None:
    where, name = stack.environment.directory, stack.environment.name
    if not stack.folder.is_dir():
        if git.tracks(stack.root, where):
            raise BadInput(f"the folder of environment {name} is gone", where=where, fix=f"git checkout -- {where}")
        folders = [env.directory for env in stack.session.project.environments if (stack.root / env.directory).is_dir()]
        raise BadInput(
            f"environment {name} has no Stack yet: its folder in infra/environments.yaml does not exist",
            where=where,
            fix=f"write one like {folders[0]}, in a pull request" if folders else "write one, in a pull request",
        )
    for file, new in (
        (stack.environment.var_file, f"write {where}/{stack.environment.var_file} with a value for each variable"),
        (
            LOCK_FILE,
            (f"write one with: terraform -chdir={where} init -backend=false; then ", Command("providers-lock")),
        ),
    ):
        if not (stack.folder / file).is_file():
            tracked = git.tracks(stack.root, f"{where}/{file}")
            fix = f"git checkout -- {where}/{file}" if tracked else new
            raise BadInput(f"environment {name} has no {file}", where=where, fix=fix)
