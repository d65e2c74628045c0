"""What a change can try against the gate that judges it: the name of each attack, and what holds it.

docs/security.md lists these rows; test_gate_attacks.py tries them.
"""

from __future__ import annotations

GATE_ATTACKS = {
    "gate-that-requires-less": "the policy is that of the base branch",
    "waiver-of-its-own": "the register is that of the base branch",
    "rego-rule-that-allows": "the rules are those of the base branch",
    "lock-of-other-policies": "the lock is that of the base branch",
    "lock-of-other-programs": "the pins are those of the base branch",
    "prices-of-its-own": "the price books are those of the base branch",
    "comment-that-skips-a-check": "no engine gets it, and it is shown",
    "policy-of-the-change-at-the-gate": "an apply is judged by the policy of the base branch",
    "policy-of-the-change-at-the-apply": "an apply takes only commits of the base branch as `--policy-ref`",
    "base-branch-of-the-change": "only some branches may judge, and a job's settings say which",
    "verdict-that-was-edited": "the seal of the Manifest covers each of its fields",
    "verdict-of-another-plan": "a Manifest names the digests of its plan",
    "plan-that-was-swapped": "a Manifest names the digests of its plan",
    "approvals-in-the-change": "a file that git tracks is refused",
    "approvals-of-another-commit": "approvals are for the files of one commit",
}
