"""`inv waiver-request`."""

from __future__ import annotations

from infragate.tasks import waiver_flags
from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb


@verb(
    name="waiver-request",
    help={
        "id": "The id of the complaint, as gate and check show it (CKV_AWS_18).",
        "address": "The address that it is about; * in it matches any text. This or --file is required.",
        "file": "The file that it is about.",
        "env": "Only in this Environment; default: in all.",
        **waiver_flags.HELP,
    },
)
def waiver_request(
    run: Run,
    id: str,  # noqa: A002 - the flag's name
    address: str = "",
    file: str = "",
    env: str = "",
    reason: str = "",
    days: int = waiver_flags.DAYS,
    until: str = "",
    owner: str = "",
    link: str = "",
    open_pr: bool = False,
) -> Outcome:
    """Ask for an exception to a rule: writes the entry into policy/waivers.yaml, and the text of its pull request.

    The waiver counts once the pull request is merged (docs/policy-exceptions.md).
    Example: inv waiver-request --id CKV_AWS_91 --address module.alb.aws_lb.this --env dev --reason "no access logs in dev"
    """
    from functools import partial

    from infragate.report import waiver_request as report
    from infragate.usecases.gate import waiver_request as usecase

    result = usecase.run(
        usecase.WaiverRequest(
            root=run.root,
            project=run.project,
            subjects=(usecase.WaiverSubject(id=id, address=address, file=file),),
            environment=env or None,
            reason=reason.strip() or waiver_flags.reason(run, f"Why does {id} not hold here, or not yet?"),
            days=days,
            until=until,
            owner=owner,
            link=link,
            describe=partial(report.markdown, clean=run.printer.clean) if open_pr else None,
        )
    )
    return run.present(report, result, changes=True)
