"""The gate: engines over the plan and the code, one Verdict, bound to the plan by its Manifest."""
