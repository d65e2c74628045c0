"""`inv notify`."""

from __future__ import annotations

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb


@verb(
    sandbox=False,
    help={
        "test": "Send a message that says that it is a test.",
        "severity": "Into which channel: warning or critical.",
        "env": "Use the channels of this Environment, if it has its own.",
    },
)
def notify(run: Run, test: bool = False, severity: str = "warning", env: str = "") -> Outcome:
    """Send a test message to Slack, the way drift is told, and say where it went.

    It needs INFRAGATE_SLACK_TOKEN or INFRAGATE_SLACK_WEBHOOK (docs/drift-telling.md).
    Example: inv notify --test --severity critical
    """
    from infragate.domain.errors import BadInput
    from infragate.report import drift_message
    from infragate.report import notify as report
    from infragate.usecases import comment
    from infragate.usecases.drift import notify as usecase

    level = usecase.severity(severity)
    if not test:
        raise BadInput(
            "notify: nothing to send", where="command line", fix="add --test; real drift is reported by drift --tell"
        )
    message = drift_message.trial(run.project.service, level, page=comment.page_of_run())
    environment = run.project.environment(env) if env else None
    request = usecase.NotifyRequest(project=run.project, environment=environment, severity=level, message=message)
    return run.present(report, usecase.run(request))
