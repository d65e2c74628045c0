"""$PLANFILE: a small file in the clone that names the judged plan by the digest of its Manifest.

Plan, JSON and Manifest themselves hold secrets and stay in our state folder. Atlantis removes the file when the plan must
not be applied any more (`atlantis unlock`, a new commit, a closed pull request), and without it there is no apply.
"""

from __future__ import annotations

import json

from infragate.adapters.local import files
from infragate.domain.errors import BadInput, Integrity
from infragate.domain.front_doors.atlantis_step import AtlantisStep
from infragate.usecases import plan_inputs
from infragate.usecases.stack import Stack

_AGAIN = "comment `atlantis plan`"


def write(step: AtlantisStep, stack: Stack) -> None:
    """Say that the last plan of the Stack may be applied for this step's commit."""
    document = {"schema_version": 1, "commit": step.commit, "manifest_sha256": _manifest(stack)}
    files.write(step.plan_file, json.dumps(document) + "\n", mode=0o600)


def check(step: AtlantisStep, stack: Stack) -> None:
    """Refuse an apply of anything but that plan.

    Raises:
        BadInput: there is no such file. Integrity: it names another plan than the last one, or another commit.
    """
    data = files.content(step.plan_file, limit=4096)
    if data is None:
        message = "there is no plan: it was discarded with its lock, or a commit was pushed since"
        raise BadInput(message, where="PLANFILE", fix=_AGAIN)
    try:
        document = json.loads(data)
        named = document["manifest_sha256"], document["commit"]
    except (ValueError, TypeError, LookupError, RecursionError):
        raise Integrity("the file of the plan was not written by infragate", where="PLANFILE", fix=_AGAIN) from None
    if named != (_manifest(stack), step.commit):
        raise Integrity("this is not the plan that was judged last", where="PLANFILE", fix=_AGAIN)


def _manifest(stack: Stack) -> str | None:
    path = plan_inputs.plan_files(stack).manifest
    return files.sha256(path) if path.is_file() else None
