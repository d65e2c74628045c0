"""The flags of the verbs that write entries into the register of exceptions."""

from __future__ import annotations

from infragate.tasks.questions import Questions
from infragate.tasks.run import Run

DAYS = 30
HELP = {
    "reason": "Required; a terminal asks for it. Why the complaint does not hold here, or not yet.",
    "days": "For how many days from today, 90 at most.",
    "until": "The last day (2027-01-31), instead of --days.",
    "owner": "Who answers for it: an e-mail address, a GitHub name, @org/team; default: git's user.email.",
    "link": "The page where it was agreed; default: the pull request of this run.",
    "open_pr": "Push a branch from the base branch and open the pull request (needs GITHUB_TOKEN); no file here changes.",
}


def reason(run: Run, question: str) -> str:
    """What a person answers to a question.

    Raises:
        BadInput: there is nobody to ask.
    """
    from infragate.domain.errors import BadInput

    questions = Questions.of(run.printer)
    if not questions.possible:
        raise BadInput(f"{run.verb}: --reason is required", where="command line", fix="add --reason")
    return questions.ask(question)
