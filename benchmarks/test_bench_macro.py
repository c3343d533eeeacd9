"""
Servers in a second process under load, and the import, on both twins.

What pytest-benchmark times is the load's batch, by the wall; what says more is
in C{extra_info}: C{server_cpu_ns}, the server's CPU for an operation.
"""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from benchmarks import macro
from benchmarks.instructions import TWINS


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize("name", macro.LOADS)
def test_load(benchmark: Any, name: str, twin: str) -> None:
    """One batch of requests."""
    load = macro.LOADS[name]
    benchmark.group = name
    with macro.serving(load.kind, environment=TWINS[twin]) as server:
        with contextlib.ExitStack() as stack:
            batch = load.make(server, stack)
            done = batch()
            before, rounds = server.cpu(), []

            def counted() -> None:
                rounds.append(batch())

            benchmark.pedantic(counted, rounds=10)
            spent = server.cpu() - before
    assert rounds == [done] * len(rounds) and spent > 0
    benchmark.extra_info["operations"] = done
    benchmark.extra_info["server_cpu_ns"] = spent / sum(rounds)


@pytest.mark.parametrize("twin", TWINS)
def test_import(benchmark: Any, twin: str) -> None:
    """A process that imports the reactor and ends."""
    benchmark.group = "import/reactor"
    cpu: list[float] = []
    benchmark.pedantic(
        lambda: cpu.append(macro.importTime(environment=TWINS[twin], repeats=1)), rounds=3
    )
    benchmark.extra_info["cpu_ns"] = min(cpu)
