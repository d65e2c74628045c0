"""What a pull request can edit to pass itself on an Atlantis server: the name of each attempt, and what it comes to.

docs/security.md lists these rows; test_passing_oneself.py tries them.
"""

from __future__ import annotations

PASSING = {
    "a-gate-that-requires-less": "the policy is that of the base branch",
    "a-waiver-of-its-own": "the register is that of the base branch",
    "a-higher-cost-threshold": "the threshold is that of the base branch",
    "prices-of-its-own": "the price books are those of the base branch, and no settings of Infracost are read",
    "another-scanner": "the pins are those of the base branch, and no program of the clone is run",
    "an-account-of-its-own": "account, role, state and protection are those of the base branch",
    "tasks-that-end-with-0": "the server runs its own infragate, never the clone's",
    "projects-of-its-own": "folder, role and state follow from the folder, as the base branch knows it",
    "a-workflow-of-its-own": "the server has one workflow, and its rules",
    "owners-of-its-own": "the owners are those of the base branch",
    "settings-of-scanners": "hidden files reach no engine, and comments that skip a check are shown",
    "settings-of-infragate": "settings come from the server's environment",
    "a-prepared-plan": "the plan file is removed before the plan, and names a sealed plan of the server",
    "a-prepared-data-folder": "a `.terraform` that git tracks is refused",
    "rules-for-code-of-its-own": "the rules for code are those of the base branch",
    "a-lock-of-its-own-modules": "the content of a module is compared with its lock before anything is planned",
}
