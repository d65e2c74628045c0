"""The real programs, installed as the product installs them."""

from __future__ import annotations

import pytest
from tests.scanners.subjects import ROOT

from infragate.usecases import tools_install

PROGRAMS = ("conftest", "opa", "tfsec", "trivy", "checkov")


@pytest.fixture(scope="session", autouse=True)
def _programs() -> None:
    """A first run builds and downloads them: some minutes."""
    tools_install.ensure(PROGRAMS, ROOT, say=lambda _line: None)
