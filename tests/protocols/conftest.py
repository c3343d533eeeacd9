from __future__ import annotations

from typing import Any

import pytest

from tests.protocols import framing_twins


@pytest.fixture(scope="module", params=framing_twins.KINDS)
def basic(request: Any) -> Any:
    """
    L{twisted.protocols.basic}, of each twin and with receivers derived from the
    compiled ones.
    """
    return framing_twins.ofKind(request.param)
