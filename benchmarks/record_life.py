"""Records which rights the life of an Environment uses, as the emulator judges them: create, change, change back, destroy.

Everything goes through the verbs, on a copy of the checkout with a sandbox of its own, under the real roles and with
IAM enforced. The record, `tests/data/life.json`, is what the pipeline's policies are held against in every test run
(tests/unit/domain/test_recorded_life.py). Takes about eight minutes, most of it RDS's waiting times:

    .venv/bin/python benchmarks/record_life.py
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "tests" / "data" / "life.json"
STACK = Path("infra") / "envs" / "dev"
PURPOSES = {"fileflow-dev-plan": "plan", "fileflow-dev-apply": "apply"}
STATE_PURPOSES = {"fileflow-dev-state-plan": "state-plan", "fileflow-dev-state-apply": "state-apply"}
# Stays when everything else is changed back, so that the end leaves a snapshot.
FINAL_SNAPSHOT = {"skip_final_snapshot   = true": "skip_final_snapshot   = false"}
# Makes the target group anew, which would hide what a change of it needs.
PORT = {"port               = 8080": "port               = 8081"}
# Every setting of dev that can change in place, or by making a part anew; old text -> new text.
SETTINGS = {
    'service_version = "1.2"': 'service_version = "1.3"',
    'allowed_cidrs = ["0.0.0.0/0"]': 'allowed_cidrs = ["10.0.0.0/8", "172.16.0.0/12"]',
    "port          = 443": "port          = 8443",
    "TLS13-1-2-2021-06": "TLS13-1-2-Res-2021-06",
    "cpu                = 256": "cpu                = 512",
    "memory             = 512": "memory             = 1024",
    "desired_count      = 2": "desired_count      = 3",
    '"/health"': '"/healthz"',
    "log_retention_days = 30": "log_retention_days = 60",
    'LOG_LEVEL = "debug"': 'LOG_LEVEL = "info"',
    '  SIGNING_KEY = { secret = "fileflow/dev/app", json_key = "signing_key" }\n': "",
    "allocated_storage     = 20": "allocated_storage     = 30",
    "db.t4g.micro": "db.t4g.small",
    "multi_az              = false": "multi_az              = true",
    "backup_retention_days = 7": "backup_retention_days = 8",
    "17:00-18:00": "16:00-17:00",
    "deletion_protection = false\n": "deletion_protection = true\n",
    "deletion_protection   = false": "deletion_protection   = true",
    **FINAL_SNAPSHOT,
    "log_min_duration_statement": "log_lock_waits",
    '"500"': '"1"',
    "rds_connections = 80": "rds_connections = 90",
    "fileflow-alerts-dev": "fileflow-alerts",
}
# The same for what dev's root gives the modules by itself.
CODE = {
    "    owner   = var.owner\n": '    owner   = var.owner\n    trial   = "yes"\n',
    "  subnet_ids          = data.aws_subnets.public.ids\n": "  subnet_ids          = data.aws_subnets.private.ids\n",
    "[module.sg_alb.id]": "[module.sg_alb.id, module.sg_app.id]",
    "  access_logs         = var.load_balancer.access_logs\n": (
        "  access_logs         = var.load_balancer.access_logs\n  idle_timeout        = 90\n  deregistration_delay = 20\n"
    ),
    "  subnet_ids                = data.aws_subnets.private.ids\n": (
        "  subnet_ids                = data.aws_subnets.public.ids\n"
    ),
    "  subnet_ids            = data.aws_subnets.private.ids\n": (
        "  subnet_ids            = concat(data.aws_subnets.private.ids, data.aws_subnets.public.ids)\n"
    ),
    "[module.sg_db.id]": "[module.sg_db.id, module.sg_app.id]",
    '"HTTPS", from_port': '"HTTPS from there", from_port',
    "  task_statements = [{": "  task_statements = true ? [] : [{",
}


def main() -> int:
    """Live, and write down what it took."""
    with _checkout() as root:
        life = Life(root)
        life.step("create")
        life.step("again")
        life.look()
        life.rewrite(SETTINGS, CODE)
        life.step("change")
        life.rewrite({**SETTINGS, **PORT}, CODE)
        life.step("replace")
        life.rewrite(FINAL_SNAPSHOT, {})
        life.step("change back")
        life.step("destroy", "--destroy")
        denied = [call for call in life.calls if not call["allowed"]]
        for call in denied:
            print("denied:", call["step"], call["role"], call["action"], call["resource"], call["reason"])
        if life.failed or denied:
            print("this was not a whole life: nothing is recorded")
            return 1
        _write(life.calls)
    return 0


class Life:
    """One Environment in one sandbox; `calls` are all decisions about its roles so far."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.calls: list[dict[str, Any]] = []
        self.seen, self.failed = 0, False
        self.original = {name: (root / STACK / name).read_text() for name in ("dev.tfvars", "main.tf")}

    def step(self, name: str, *options: str) -> None:
        """Plan, and apply when something changes."""
        began = time.monotonic()
        planned = _infragate(self.root, "plan", "--env", "dev", "--detailed-exitcode", *options)
        if planned == 2:
            planned = _infragate(self.root, "apply", "--env", "dev")
        self.failed = self.failed or planned not in (0, 2)
        self._collect(name)
        print(f"== {name}: ended {planned} after {time.monotonic() - began:.0f} s", flush=True)

    def look(self) -> None:
        """Smoke and doctor, whatever they find: no task ever registers in the emulator."""
        for verb in ("smoke", "doctor"):
            _infragate(self.root, verb, "--env", "dev")
        self._collect("look")

    def rewrite(self, settings: dict[str, str], code: dict[str, str]) -> None:
        """The stack as it was, but for these changes."""
        for name, edits in (("dev.tfvars", settings), ("main.tf", code)):
            text = self.original[name]
            for old, new in edits.items():
                if old not in text:
                    raise SystemExit(f"{name} has no {old!r}: correct this script")
                text = text.replace(old, new)
            (self.root / STACK / name).write_text(text)

    def _collect(self, step: str) -> None:
        document = _sandbox(self.root, f"/emulator/calls?since={self.seen}")
        if document["lost"]:
            raise SystemExit(f"{document['lost']} decisions are lost: record in smaller steps")
        self.seen = document["next"]
        for call in document["calls"]:
            purpose = {**PURPOSES, **STATE_PURPOSES}.get(call["role"].rpartition("/")[2])
            if purpose:
                self.calls.append({**call, "purpose": purpose, "step": step})


def _write(calls: list[dict[str, Any]]) -> None:
    """One line for each right: whose, which action, on what kind of thing, in which steps."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for call in calls:
        if call["allowed"]:
            steps = found.setdefault((call["purpose"], call["action"], _kind(call["resource"])), [])
            if call["step"] not in steps:
                steps.append(call["step"])
    lines = [
        json.dumps({"purpose": purpose, "action": action, "resource": resource, "steps": steps})
        for (purpose, action, resource), steps in sorted(found.items())
    ]
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text("[\n" + ",\n".join(lines) + "\n]\n")
    print(f"{len(lines)} rights in {RECORD.relative_to(ROOT)}")


def _kind(resource: str) -> str:
    """A resource without what is made up by chance."""
    resource = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID", resource)
    resource = re.sub(r"((?:app/[\w-]+|targetgroup/[\w-]+)/)[0-9a-f]{16}", r"\1ID", resource)
    resource = re.sub(r"(listener/app/[\w-]+/ID/)[0-9a-f]{16}", r"\1ID", resource)
    resource = re.sub(r"\b((?:sg|sgr|vpc|subnet|rtb|igw|pl|eni)-)[0-9a-f]{8,17}\b", r"\1ID", resource)
    resource = re.sub(r"/\d{4}-?\d{2}-?\d{2}T[^/]*", "/TIME", resource)
    return re.sub(r"(hostedzone/|change/)\w+", r"\1ID", re.sub(r"(rds!db-|:secret:[\w/!-]+-)\w{6}$", r"\1ID", resource))


def _infragate(root: Path, *arguments: str) -> int:
    argv = [sys.executable, "-m", "infragate", *arguments, "--sandbox"]
    return subprocess.run(argv, cwd=root, env=_environment(root), stdout=sys.stderr, check=False).returncode


def _sandbox(root: Path, path: str) -> dict[str, Any]:
    argv = [sys.executable, "-m", "infragate", "sandbox-status", "--json"]
    done = subprocess.run(argv, cwd=root, env=_environment(root), capture_output=True, text=True, check=True)
    host = json.loads(done.stdout)["result"]["endpoint"].removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=60)
    connection.request("GET", path)
    found: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return found


def _environment(root: Path) -> dict[str, str]:
    return {**os.environ, "INFRAGATE_ROOT": str(root), "PYTHONPATH": str(ROOT / "src")}


@contextmanager
def _checkout() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        ignored = shutil.ignore_patterns(".terraform", "*.tfstate*")
        for name in ("infra", "modules", "policy"):
            shutil.copytree(ROOT / name, root / name, ignore=ignored)
        try:
            yield root
        finally:
            subprocess.run(
                [sys.executable, "-m", "infragate", "sandbox-down", "--wipe"], env=_environment(root), check=False
            )


if __name__ == "__main__":
    sys.exit(main())
