"""Runs jobs side by side in threads, whose child programs end with us."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

from infragate.adapters.process import signals

Answer = TypeVar("Answer")


def run(
    jobs: Mapping[str, Callable[[], Answer]], *, workers: int, done: Callable[[str, Answer], None]
) -> dict[str, Answer]:
    """Run all jobs, so many at a time; return the answer of each, in the order of the jobs.

    If a job fails, or a signal arrives, the others are ended, and their child programs with them.

    Args:
        done: called with each answer as it comes.
    """
    answers: dict[str, Answer] = {}
    with ThreadPoolExecutor(max_workers=max(1, workers)) as pool:
        try:
            running = {pool.submit(job): name for name, job in jobs.items()}
            for future in as_completed(running):
                name = running[future]
                answers[name] = future.result()
                done(name, answers[name])
        except BaseException as ended:
            with signals.passed_on(ended):
                pool.shutdown(cancel_futures=True)
            raise
    return {name: answers[name] for name in jobs}
