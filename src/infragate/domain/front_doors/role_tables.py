"""The tables of accounts and roles in docs/roles.md."""

from __future__ import annotations

from infragate.domain.environment import PURPOSES, Project

PAGE = "docs/roles.md"


def text(project: Project) -> str:
    """Each Environment with its account and roles, its state roles in the state account, and the role of drift."""
    roles = [
        (
            environment.name,
            f"`{environment.directory}`",
            f"`{environment.account_id}`",
            *(f"`{environment.prefix}-{purpose}`" for purpose in PURPOSES),
        )
        for environment in project.environments
    ]
    state = [
        (environment.name, *(f"`{environment.prefix}-state-{purpose}`" for purpose in PURPOSES))
        for environment in project.environments
    ]
    tables = (
        _table(("environment", "directory", "account", *PURPOSES), roles),
        _table(("state roles of", *PURPOSES), state),
        _table(("role of no environment", "account"), [(f"`{project.drift_role}`", f"`{project.state.account_id}`")]),
    )
    return "\n\n".join(tables)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [" | ".join(row) for row in (head, *rows)]
    return "\n".join([f"| {lines[0]} |", f"|{'---|' * len(head)}", *(f"| {line} |" for line in lines[1:])])
