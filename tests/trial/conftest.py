from __future__ import annotations

import os

import pytest

from tests.trial import support


@pytest.fixture(scope="session", autouse=True)
def compiled(tmp_path_factory: pytest.TempPathFactory) -> None:
    """One place for compiled modules, for all runs of trial."""
    support.COMPILED = os.fspath(tmp_path_factory.mktemp("compiled"))
