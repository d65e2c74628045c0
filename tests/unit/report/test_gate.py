"""What a person sees of the gate."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit import gate_results
from tests.unit.gate_results import NO_LOGS

from infragate.report import gate


def test_a_complaint_about_many_resources_is_told_once_with_all_places(capsys: pytest.CaptureFixture[str]) -> None:
    other = replace(NO_LOGS, address="module.api.aws_lb.main", line=50)
    gate.show(gate_results.result(NO_LOGS, other, waivers=()), gate_results.printer())
    out = capsys.readouterr().out
    assert out.count(NO_LOGS.message) == 1
    assert "infra/envs/dev/main.tf:40 (module.alb.aws_lb.main)" in out
    assert "infra/envs/dev/main.tf:50 (module.api.aws_lb.main)" in out
