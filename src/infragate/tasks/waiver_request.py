"""`inv waiver-request`."""

from __future__ import annotations

from infragate.tasks.questions import Questions
from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb


@verb(
    name="waiver-request",
    help={
        "id": "The id of the complaint, as gate and check show it (CKV_AWS_18).",
        "address": "Whom it is about: an address, in which * matches any text. This or --file is required.",
        "file": "The file that it is about.",
        "env": "Only in this Environment; default: in all.",
        "reason": "Required; a terminal asks for it. Why the complaint does not hold here, or not yet.",
        "days": "For how many days from today, 90 at most.",
        "owner": "Who answers for it: an e-mail address, a GitHub name, @org/team; default: git's user.email.",
        "link": "The page where it was agreed; default: the pull request of this run.",
        "open_pr": "Push a branch of the base branch and open the pull request (needs GITHUB_TOKEN); no file here changes.",
    },
)
def waiver_request(
    run: Run,
    id: str,  # noqa: A002 - the flag's name
    address: str = "",
    file: str = "",
    env: str = "",
    reason: str = "",
    days: int = 30,
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
            id=id,
            address=address,
            file=file,
            environment=env or None,
            reason=reason.strip() or _reason(run, id),
            days=days,
            owner=owner,
            link=link,
            describe=partial(report.markdown, clean=run.printer.clean) if open_pr else None,
        )
    )
    return run.present(report, result, changes=True)


def _reason(run: Run, rule: str) -> str:
    from infragate.domain.errors import BadInput

    questions = Questions.of(run.printer)
    if not questions.possible:
        raise BadInput("waiver-request: --reason is required", where="command line", fix="add --reason")
    return questions.ask(f"Why does {rule} not hold here, or not yet?")
