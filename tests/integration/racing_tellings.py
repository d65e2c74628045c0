"""Processes that tell of the same drift at the same moment: `python racing_tellings.py NUMBER ENDPOINT`.

Each is a process with a token of its own, forked after what takes long to import and to make. What went wrong is on
stderr.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from pathlib import Path

from infragate.adapters.aws import aws_api
from infragate.adapters.aws.drift_records import DriftRecords
from infragate.adapters.github import github_retry
from infragate.adapters.local import environments_file
from infragate.adapters.slack import slack_http
from infragate.domain.cloud import Cloud, Credentials
from infragate.domain.drift.report import DriftReport
from infragate.report import drift_texts
from infragate.usecases.drift import telling
from infragate.usecases.drift.telling import TellRequest

KEYS = Credentials(access_key="AKIA", secret_key="x")


def main(number: int, endpoint: str, report: DriftReport, root: Path) -> None:
    project = environments_file.load(root)
    cloud = Cloud(name="aws", endpoint=endpoint, caller=KEYS)
    records = DriftRecords(project=project, cloud=cloud, credentials=KEYS, warn=_warn)
    aws_api.client("s3", cloud=cloud, region=project.state.region, credentials=KEYS)  # kept; it has not connected
    began = time.monotonic() + 0.2
    children = [child for racer in range(number) for child in [os.fork() or _race(racer, records, report, root, began)]]
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    sys.stdout.write(" ".join(map(str, codes)))


def _race(racer: int, records: DriftRecords, report: DriftReport, root: Path, began: float) -> int:
    """Never comes back: the process ends."""
    code = 1
    try:
        github_retry.PAUSE = slack_http.PAUSE = 0.02
        os.environ["GITHUB_TOKEN"] += f"-{racer}"
        request = TellRequest(
            root=root,
            project=records.project,
            records=records,
            run=f"run-{racer}",
            texts=drift_texts.of_run(None),
            warn=_warn,
        )
        time.sleep(max(0.0, began - time.monotonic()))
        telling.tell(report, request)
        code = 0
    except Exception:
        sys.stderr.write(traceback.format_exc())
    finally:
        os._exit(code)


def _warn(text: object) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    from tests.unit.drift_values import report

    main(int(sys.argv[1]), sys.argv[2], report(), Path(os.environ["INFRAGATE_ROOT"]))
