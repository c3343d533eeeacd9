"""Every work of L{benchmarks.works}, on both twins, for pytest-benchmark."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.kits import Kit
from benchmarks.works import WORKS


@pytest.mark.parametrize("name", WORKS)
def test_work(benchmark: Any, kit: Kit, name: str) -> None:
    """One group per work, so that the twins stand side by side."""
    work = WORKS[name]
    benchmark.group = name
    benchmark.extra_info["operations"] = work.operations
    benchmark.extra_info["operation"] = work.says
    benchmark(work.make(kit))
