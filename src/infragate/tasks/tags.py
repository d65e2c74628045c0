"""`inv tags`."""

from __future__ import annotations

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb


@verb(help={}, break_glass=True)
def tags(run: Run, env: str) -> Outcome:
    """List the tags of every resource, in the state and in AWS. Ends 8 if a required tag is missing or differs.

    Resources are those of the Environment's state that can have tags. If the tags of one cannot be read from AWS, that
    is said, and it ends 4. Waivers of policy/waivers.yaml count.
    Example: inv tags --env dev --sandbox
    """
    from infragate.report import tags as report
    from infragate.tasks import arguments
    from infragate.usecases import tags as usecase

    with arguments.session(run, env, "plan") as session:
        result = usecase.run(usecase.TagsRequest(session=session))
    return run.decided(report, result, result.verdict)
