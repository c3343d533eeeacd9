from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.internet import deferred_twins


@pytest.fixture(scope="module", params=deferred_twins.KINDS)
def defer(request: Any) -> Iterator[Any]:
    """
    L{twisted.internet.defer}, of each twin and with Deferreds of subclasses of
    the compiled one.
    """
    with deferred_twins.ofKind(request.param) as made:
        yield made
