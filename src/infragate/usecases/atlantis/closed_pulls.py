"""What steps have left on the server for pull requests that are closed: reports, logs, plans with their secrets.

Atlantis removes the clone of a closed pull request and knows nothing of infragate's folder for it. The next step of any
pull request of the repository removes that, but never the only copy of a state that could not be saved.
"""

from __future__ import annotations

from infragate.adapters.local import clock, own_folder
from infragate.domain.front_doors.atlantis_step import AtlantisStep

_DAY = 24 * 3600.0  # a step lasts a day at most
KEPT = 7 * _DAY  # for whoever looks at the report of an apply after the merge
KEPT_OPEN = 30 * _DAY  # for an open pull request without a new plan: the old one has expired


def sweep(step: AtlantisStep) -> None:
    """Record that the folder of this step's clone is in use; remove those of the repository that are no longer used."""
    own_folder.note_use(step.root)
    root = step.root.resolve()
    if root.parent.name != step.pull_request:  # not where Atlantis has its clones: REPOSITORY/NUMBER/WORKSPACE
        return
    now = clock.now().timestamp()
    for entry in own_folder.recorded():
        of_repository = entry.root.parent.parent == root.parent.parent and entry.root != root
        over = of_repository and now - entry.used > (KEPT_OPEN if entry.root.exists() else KEPT)
        if over and not own_folder.keeps_states(entry.folder):
            own_folder.remove(entry.folder)
