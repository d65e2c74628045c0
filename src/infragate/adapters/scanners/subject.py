"""What the engines judge: the code of a Stack, a plan of it, or both."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

from infragate.adapters.scanners.code_view import SharedView
from infragate.domain.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The code and the plan of one run of the gate.

    Attributes:
        root: the checkout; a plan without code needs none.
        pins: the trusted folder whose `policy/tools/tools.lock` pins the programs.
        folder: the Stack's; None if only a plan is judged.
        data: TF_DATA_DIR with the fetched modules.
        var_file: the Environment's tfvars file.
        plan_json: a private copy: UTF-8, one valid plan document.
        document: its content, parsed.
        plan_digest: sha256 of the bytes of `plan_json`.
        code_digest: of the code files; "" without code.
        managed: how many managed resources the plan leaves, in all modules.
        scratch: a private folder of this run; each engine makes its own inside.
        environment: the Environment's name, if there is one.
        policy: root of the trusted policy bundle, with `policy/rego` and `policy/gate.yaml` below it.
        timeout: of each engine, in seconds.
        view: the copy of the code that engines read.
        stop: set when the run is interrupted: engines run in threads, which receive no signal, and end their programs.
    """

    root: Path
    pins: Path
    folder: Path | None
    data: Path | None
    var_file: Path | None
    plan_json: Path
    plan: Plan
    document: Any = field(repr=False)
    plan_digest: str
    code_digest: str
    managed: int
    scratch: Path
    environment: str | None
    policy: Path
    timeout: float
    view: SharedView = field(default_factory=SharedView, repr=False, compare=False)
    stop: Event = field(default_factory=Event, repr=False, compare=False)
