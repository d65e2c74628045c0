"""`inv release-check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infragate.tasks.verb import Outcome, Run, verb

if TYPE_CHECKING:
    from infragate.report.printer import Printer


@verb(
    name="release-check",
    help={
        "version": "Version to judge (v0.8.0); default: the newest one that modules/CHANGELOG.md names.",
        "write": "Write modules/releases/VERSION.patch when nothing stands against it.",
    },
    sandbox=False,
)
def release_check(run: Run, version: str = "", write: bool = False) -> Outcome:
    """Does the version of the modules fit what has changed, and is it said? Ends 8 when not.

    Compares modules/ with its newest release; a version that is released already, with the release before it.
    Example: inv release-check --version v0.7.0
    """
    from dataclasses import asdict

    from infragate.usecases.modules import release_check as usecase

    found = usecase.run(usecase.ReleaseCheckRequest(root=run.root, version=version or None, write=write))

    def shown(printer: Printer) -> None:
        if found.version is None:
            printer.line(f"nothing to release: modules/ is what {found.previous} is", "good")
            return
        printer.line(f"{found.version} after {found.previous or 'nothing'}")
        rows = [
            ("breaks" if one.breaking else "adds", one.module, one.kind, one.name, one.detail) for one in found.changes
        ]
        printer.table(
            ("", "module", "change", "name", "detail"),
            rows,
            ["warn" if one.breaking else "good" for one in found.changes],
        )
        for one in found.breaches:
            what = " ".join(part for part in (one.module, one.kind, one.name) if part)
            printer.line(f"breach: {what}: {one.detail}", "bad")
        if found.breaches:
            printer.line(f"{found.version} does NOT fit; the rules are in docs/module-releases.md", "bad")
        else:
            printer.line(f"{found.version} fits" + (f": {found.written} written" if found.written else ""), "good")

    result = {
        "version": str(found.version) if found.version else None,
        "previous": str(found.previous) if found.previous else None,
        "needed": str(found.needed) if found.needed else None,
        "changes": [asdict(one) for one in found.changes],
        "breaches": [asdict(one) for one in found.breaches],
        "written": found.written,
    }
    return Outcome(
        result=result,
        show=shown,
        status="blocked" if found.breaches else "ok",
        exit_code=8 if found.breaches else 0,
    )
