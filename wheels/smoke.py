"""
The smoke suite: does what was installed work?  Needs nothing but torsion.

    python smoke.py compiled|pure [PROGRAM WORD …]

Run by the interpreter of the environment that the wheel was installed into;
the words are how Python is started there, if not simply by its program.
Prints a line a check, and exits with 1 when one fails.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from collections.abc import Callable, Generator
from importlib import metadata
from typing import Any

from twisted import __file__ as where
from twisted import __version__, _accel
from twisted.internet import defer, endpoints, protocol, task
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.protocols.basic import Int32StringReceiver, LineReceiver

CHECKS: list[Callable[[Any], Any]] = []


def check(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    CHECKS.append(function)
    return function


@check
def itIsTheInstalledOne(reactor: Any) -> None:
    assert "site-packages" in where, where
    assert metadata.version("Twisted") == f"{__version__}+torsion"
    assert _accel.mixture is None, _accel.mixture


@check
def thePartsAreAsBuilt(reactor: Any) -> None:
    """What the record says was built runs; nothing else does."""
    record = json.loads(metadata.distribution("torsion").read_text("BUILD.json") or "{}")
    built = {part for part, name in _accel.PARTS.items() if name in record.get("built", ())}
    assert bool(built) == (sys.argv[1] == "compiled"), record
    runs = {choice.part for choice in _accel.report() if choice.compiled}
    assert runs == built, _accel.report()


@check
def aDeferredFires(reactor: Any) -> None:
    seen: list[object] = []
    first: Deferred[int] = Deferred()
    first.addCallback(lambda value: value + 1).addCallback(lambda value: 1 // (value - 2))
    first.addErrback(lambda failure: seen.append(failure.trap(ZeroDivisionError)))
    first.callback(1)
    assert seen == [ZeroDivisionError]


@check
@inlineCallbacks
def timersAndThreads(reactor: Any) -> Generator[Deferred[Any], Any, None]:
    now = reactor.seconds()
    yield task.deferLater(reactor, 0.05, lambda: None)
    assert reactor.seconds() - now >= 0.05
    woken: Deferred[str] = Deferred()
    threading.Thread(target=lambda: reactor.callFromThread(woken.callback, "awake")).start()
    assert (yield woken) == "awake"


class Lines(LineReceiver):
    def lineReceived(self, line: bytes) -> None:
        self.sendLine(line.upper())


class Asker(LineReceiver):
    def __init__(self, wanted: int) -> None:
        self.wanted, self.got = wanted, []
        self.done: Deferred[list[bytes]] = Deferred()

    got: list[bytes]

    def connectionMade(self) -> None:
        for number in range(self.wanted):
            self.sendLine(b"line %d" % number)

    def lineReceived(self, line: bytes) -> None:
        self.got.append(line)
        if len(self.got) == self.wanted:
            self.transport.loseConnection()

    def connectionLost(self, reason: Any = None) -> None:
        self.done.callback(self.got)


@check
@inlineCallbacks
def linesOverTCP(reactor: Any) -> Generator[Deferred[Any], Any, None]:
    server = endpoints.TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
    port = yield server.listen(protocol.Factory.forProtocol(Lines))
    client = endpoints.TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port)
    asker = yield endpoints.connectProtocol(client, Asker(1000))
    assert (yield asker.done) == [b"LINE %d" % number for number in range(1000)]
    yield port.stopListening()
    try:
        yield endpoints.connectProtocol(client, Asker(1))
    except Exception as error:
        assert "refused" in str(error), error
    else:
        raise AssertionError("connected to a closed port")


class Strings(Int32StringReceiver):
    def __init__(self) -> None:
        self.got: list[bytes] = []

    def stringReceived(self, string: bytes) -> None:
        self.got.append(string)


@check
def stringsInPieces(reactor: Any) -> None:
    receiver = Strings()
    for byte in b"\0\0\0\3abc\0\0\0\0\0\0\0\1d":
        receiver.dataReceived(bytes([byte]))
    assert receiver.got == [b"abc", b"", b"d"]


class Datagrams(protocol.DatagramProtocol):
    def __init__(self) -> None:
        self.got: Deferred[bytes] = Deferred()

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self.got.callback(datagram)


@check
@inlineCallbacks
def datagrams(reactor: Any) -> Generator[Deferred[Any], Any, None]:
    one, other = Datagrams(), Datagrams()
    ports = [reactor.listenUDP(0, each, interface="127.0.0.1") for each in (one, other)]
    one.transport.write(b"ping", ("127.0.0.1", ports[1].getHost().port))
    assert (yield other.got) == b"ping"
    for port in ports:
        yield port.stopListening()


@check
@inlineCallbacks
def aProcess(reactor: Any) -> Generator[Deferred[Any], Any, None]:
    if os.name == "nt":
        return
    # Late: not on every system.
    from twisted.internet.utils import getProcessOutput

    program, *words = sys.argv[2:] or [sys.executable]
    words += ["-c", "print(6 * 7)"]
    said = yield getProcessOutput(program, words, env=dict(os.environ))
    assert said == b"42\n", said


@inlineCallbacks
def main(reactor: Any) -> Generator[Deferred[Any], Any, None]:
    failed = 0
    for function in CHECKS:
        bounded = defer.maybeDeferred(function, reactor).addTimeout(20, reactor)
        try:
            yield bounded
        except BaseException:
            failed += 1
            print(f"FAILED  {function.__name__}\n{traceback.format_exc()}")
        else:
            print(f"ok      {function.__name__}")
    print(f"{len(CHECKS) - failed} passed, {failed} failed", flush=True)
    if failed:
        raise SystemExit(1)


if __name__ == "__main__":
    task.react(main)
