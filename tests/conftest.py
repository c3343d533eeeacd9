from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import REACTORS
from twisted.logger import globalLogPublisher


def clearedUp(made: Any) -> Iterator[Any]:
    """Give *made*, a reactor, to a test, and clear it up afterwards."""
    yield made
    for reader in list(made._internalReaders):
        made.removeReader(reader)
        reader.connectionLost(None)
    made._internalReaders.clear()
    made.disconnectAll()
    if made.threadpool is not None:
        made._stopThreadPool()
    close = getattr(made._loop, "close", None)
    if close is not None:
        close()
    queue = getattr(made, "_kq", None)
    if queue is not None:
        queue.close()
    host = getattr(made, "_asyncioEventloop", None)
    if host is not None:
        host.close()


@pytest.fixture(params=REACTORS, ids=lambda kind: kind.__name__)
def reactor(request: Any) -> Iterator[Any]:
    """A reactor of each kind, cleared up afterwards."""
    yield from clearedUp(request.param())


@pytest.fixture
def events() -> Iterator[list[Any]]:
    """The log events of the test."""
    found: list[Any] = []
    globalLogPublisher.addObserver(found.append)
    yield found
    globalLogPublisher.removeObserver(found.append)
