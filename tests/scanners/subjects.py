"""Subjects for engines: the example's Stacks as they are in this repository, over the plans recorded from them."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from infragate.adapters.scanners.subject import Subject
from infragate.domain import plan as plans
from infragate.domain import plan_json

ROOT = Path(__file__).parents[2]
PLANS = ROOT / "tests" / "data" / "plans"
CALLS = {
    **{name: name for name in ("alarms", "alb", "ecs_service", "iam", "rds")},
    **{f"sg_{place}": "sg" for place in ("alb", "app", "db")},
}


def fileflow(tmp_path: Path, environment: str, *, timeout: float = 60.0) -> Subject:
    """The example's Stack with its modules fetched, and the recorded plan of it."""
    root = tmp_path / "checkout"
    shutil.copytree(ROOT / "infra", root / "infra")
    folder = root / "infra" / "envs" / environment
    return subject(
        tmp_path,
        (PLANS / f"fileflow-{environment}.json").read_bytes(),
        root=root,
        trusted=ROOT,
        folder=folder,
        data=fetched(tmp_path / "data"),
        var_file=folder / f"{environment}.tfvars",
        environment=environment,
        timeout=timeout,
    )


def fetched(data: Path) -> Path:
    """Terraform's data folder, with the example's modules in it."""
    rows = [{"Key": "", "Source": "", "Dir": "."}]
    for key, name in CALLS.items():
        package = data / "modules" / key
        shutil.copytree(ROOT / "modules" / name, package / "modules" / name)
        source = f"git::https://github.com/org/infra.git//modules/{name}?ref=v0.6.1"
        rows.append({"Key": key, "Source": source, "Dir": str(package / "modules" / name)})
    (data / "modules" / "modules.json").write_text(json.dumps({"Modules": rows}))
    return data


def subject(
    tmp_path: Path,
    plan: bytes,
    *,
    root: Path,
    trusted: Path | None = None,
    folder: Path | None = None,
    data: Path | None = None,
    var_file: Path | None = None,
    environment: str | None = None,
    timeout: float = 60.0,
) -> Subject:
    """A Subject over the bytes of a plan; without `trusted` the checkout holds the policy and the pins."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700, exist_ok=True)
    copy = private / "plan.json"
    copy.write_bytes(plan)
    document = plan_json.parse(plan)
    return Subject(
        root=root,
        pins=trusted or root,
        folder=folder,
        data=data,
        var_file=var_file,
        plan_json=copy,
        plan=plans.read(document),
        document=document,
        plan_digest=hashlib.sha256(plan).hexdigest(),
        code_digest="c0de" if folder else "",
        managed=managed(document.get("planned_values", {}).get("root_module", {})),
        scratch=private / "scratch",
        environment=environment,
        policy=trusted or root,
        timeout=timeout,
    )


def managed(module: Any) -> int:
    """How many managed resources a module of the planned values holds."""
    own: int = sum(resource["mode"] == "managed" for resource in module.get("resources", []))
    return own + sum(map(managed, module.get("child_modules", [])))
