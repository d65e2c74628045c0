"""`inv comment`."""

from __future__ import annotations

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb


@verb(
    sandbox=False,
    iterable=("document", "markdown"),
    help={
        "pull_request": "Its number; default: INFRAGATE_PULL_REQUEST.",
        "document": "A file that --report of plan, gate or cost-check wrote; may be given several times.",
        "markdown": "A file of Markdown to show as it is; may be given several times.",
        "key": "Names the comment: runs with the same key share one.",
    },
)
def comment(
    run: Run,
    pull_request: str = "",
    document: tuple[str, ...] = (),
    markdown: tuple[str, ...] = (),
    key: str = "pull-request",
) -> Outcome:
    """Write what plan, gate and cost-check reported as one comment on the pull request, or update that comment.

    Verdict first, then what changed since the last commit, findings, cost and changes. It needs GITHUB_TOKEN or a GitHub
    App (docs/github.md).
    Example: inv comment --pull-request 12 --document plan.json --document gate.json
    """
    from functools import partial
    from pathlib import Path

    from infragate.report import comment_post as report
    from infragate.usecases import comment as usecase

    number = usecase.pull_request(pull_request)
    reports = usecase.read(map(Path, document), map(Path, markdown))
    marker = report.marker(usecase.key(key))
    render = partial(report.markdown, reports, first_line=marker, page=usecase.page_of_run(), printer=run.printer)
    result = usecase.run(
        usecase.CommentRequest(
            project=run.project,
            pull_request=number,
            marker=marker,
            reports=reports,
            render=lambda present: render(present=present),
        )
    )
    return run.present(report, result, changes=result.posted.action != "unchanged")
