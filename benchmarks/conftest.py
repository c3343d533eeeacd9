"""The two twins, side by side in one process, for pytest-benchmark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.kits import Kit, present, pure
from twisted import _accel


@pytest.fixture(scope="session")
def kits() -> dict[str, Kit]:
    """The copies of the package there are: pure always, compiled if it was built."""
    found = {"pure": pure()}
    if any(choice.compiled for choice in _accel.report()):
        found["compiled"] = present()
    return found


@pytest.fixture(params=["compiled", "pure"])
def kit(request: Any, kits: dict[str, Kit]) -> Iterator[Kit]:
    """One of the twins, in place."""
    if request.param not in kits:
        pytest.skip("nothing is compiled here")
    found = kits[request.param]
    with found.active():
        yield found
