"""
The pollers in C do what C{poll(2)} says of the same descriptors, whatever is done
to them in whatever order.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or shutil.which(os.environ.get("CC", "cc")) is None,
    reason="it takes Linux and a C compiler",
)

poller_binding = pytest.importorskip("tests.ext.poller_binding", reason="cffi is not here")
READ, WRITE, GONE = 1, 2, 4


@pytest.fixture(scope="module", params=["epoll", "kqueue"])
def binding(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    if not Path(poller_binding.HEADER).exists():
        pytest.skip("the sources in _ext are not here")
    return poller_binding.build(request.param, tmp_path_factory.mktemp("bound"))


@contextlib.contextmanager
def opened(binding: Any) -> Iterator[Any]:
    poller = poller_binding.Poller(binding)
    try:
        yield poller
    finally:
        poller.close()


class World:
    """
    Some pairs of sockets, of which a poller watches one half, and what C{poll}
    says of these.
    """

    def __init__(self, poller: Any, count: int) -> None:
        self.poller = poller
        self.pairs = [socket.socketpair() for _ in range(count)]
        for ends in self.pairs:
            for end in ends:
                end.setblocking(False)
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self.interest = [0] * count
        self.tokens = [0] * count
        self.given = 0

    def close(self) -> None:
        for ends in self.pairs:
            for end in ends:
                end.close()

    def do(self, which: int, action: str, interest: int) -> None:
        """Do something to the pair *which*."""
        mine, peer = self.pairs[which]
        if action == "watch":
            self.given += 1
            # Big ones, too: a token has 64 bits.
            self.tokens[which] = self.given | (self.given << 40)
            self.poller.watch(mine.fileno(), self.interest[which], interest, self.tokens[which])
            self.interest[which] = interest
        elif action == "forget" and self.interest[which]:
            self.poller.forget(mine.fileno())
            self.interest[which] = 0
        elif action == "send" and peer.fileno() >= 0:
            with contextlib.suppress(BlockingIOError):
                peer.send(b"x")
        elif action == "drain":
            with contextlib.suppress(BlockingIOError, ConnectionResetError):
                while mine.recv(65536):
                    pass
        elif action == "fill" and peer.fileno() >= 0:
            with contextlib.suppress(BlockingIOError):
                while True:
                    mine.send(b"x" * 4096)
        elif action == "take" and peer.fileno() >= 0:
            with contextlib.suppress(BlockingIOError):
                while peer.recv(65536):
                    pass
        elif action == "end":
            peer.close()

    def expected(self) -> dict[int, tuple[int, int]]:
        """Return for each token what must be told, and what may be."""
        told = {}
        for (mine, _), interest, token in zip(self.pairs, self.interest, self.tokens, strict=True):
            if not interest:
                continue
            judge = select.poll()
            judge.register(mine, select.POLLIN | select.POLLOUT)
            ((_, found),) = judge.poll(0) or [(0, 0)]
            if found & (select.POLLHUP | select.POLLERR):
                told[token] = 0, READ | WRITE | GONE
                continue
            events = (READ if found & select.POLLIN else 0) | (
                WRITE if found & select.POLLOUT else 0
            )
            if events & interest:
                told[token] = events & interest, events & interest
        return told


ACTIONS = ["watch", "watch", "forget", "send", "drain", "fill", "take", "end"]
steps = st.lists(
    st.tuples(
        st.integers(min_value=0, max_value=4),
        st.sampled_from(ACTIONS),
        st.sampled_from([READ, WRITE, READ | WRITE]),
    ),
    max_size=40,
)


@given(steps)
@settings(
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_programs(binding: Any, program: list[tuple[int, str, int]]) -> None:
    with opened(binding) as poller:
        world = World(poller, 5)
        try:
            for step in program:
                world.do(*step)
                expected = world.expected()
                told = poller.wait(0)
                assert told.keys() == expected.keys()
                for token, events in told.items():
                    least, most = expected[token]
                    assert events and events & least == least and not events & ~most
                if len(expected) > 1:
                    # Little room: no more than fits, and nothing that is not so.
                    few = poller.wait(0, 1)
                    assert len(few) == 1 and few.keys() <= expected.keys()
        finally:
            world.close()


def test_wakingFromAnotherThread(binding: Any) -> None:
    with opened(binding) as poller:
        waker = threading.Timer(0.05, poller.wake)
        waker.start()
        assert poller.wait(-1) == {}
        waker.join()
        # Many wakings before a wait are one; it is consumed then.
        for _ in range(1000):
            poller.wake()
        assert poller.wait(-1) == {}
        assert poller.wait(0) == {}


def test_aRegularFileIsAlwaysReady(binding: Any, tmp_path: Path) -> None:
    with opened(binding) as poller, open(tmp_path / "file", "wb") as file:
        with pytest.raises(OSError) as caught:
            poller.watch(file.fileno(), 0, READ, 1)
        assert caught.value.errno == errno.EPERM


def test_whatIsNotWatched(binding: Any) -> None:
    with opened(binding) as poller:
        mine, peer = socket.socketpair()
        with mine, peer:
            with pytest.raises(OSError) as caught:
                poller.forget(mine.fileno())
            assert caught.value.errno in (errno.ENOENT, errno.EBADF)
        with pytest.raises(OSError) as caught:
            poller.watch(mine.fileno(), 0, READ, 1)
        assert caught.value.errno == errno.EBADF


def test_theFacility(binding: Any) -> None:
    with opened(binding) as poller:
        assert poller.facility in binding.__name__
