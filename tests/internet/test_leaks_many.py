"""
A hundred thousand connections, Deferreds and framers leave nothing behind: each
kind in a process of its own, on each twin, with all warnings as errors.

What is looked at is what the system says of the process (its memory, its
descriptors) and what the interpreter does (blocks, references to what is shared).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.twins import isCompiled

ROOT = Path(__file__).parents[2]

BEGIN = """
import gc, os, sys, weakref

TIMES = 100_000
#: After so many all is there that is made once, and kept.
FIRST = 20_000

class Canary:
    "Is referred to by all that is made."
    def __call__(self, *args, **kw):
        return None

canary = Canary()
alive = weakref.WeakSet()

def count():
    gc.collect(); gc.collect()
    with open("/proc/self/statm") as statm:
        resident = int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return {
        "bytes": resident,
        "descriptors": len(os.listdir("/proc/self/fd")),
        "blocks": sys.getallocatedblocks(),
        "references": sys.getrefcount(canary),
        "None": sys.getrefcount(None),
        "alive": len(alive),
    }

#: How much more there may be, which is less than one for each hundred of them.
LEEWAY = {
    "bytes": 2 * 1024 * 1024, "descriptors": 0, "blocks": 800, "references": 0,
    "None": 800, "alive": 0,
}

def check(before, after):
    grown = {name: after[name] - before[name] for name in before}
    assert all(grown[name] <= LEEWAY[name] for name in grown), (grown, before, after)
"""

#: What makes one, in a circle with what refers to it.
MAKERS = {
    "deferreds": """
from twisted.internet import defer
from twisted.python.failure import Failure

@defer.inlineCallbacks
def wait(d):
    yield d

async def hold(d):
    await d

def one(number):
    d = defer.Deferred(canary)
    d.own = d
    d.addCallback(canary, d, d=d)
    d.addBoth(canary, d.addErrback)
    alive.add(d)
    kind = number % 6
    if kind == 0:
        d.callback(d.own is d)
    elif kind == 1:
        d.errback(Failure(KeyError(canary)))
        d.addErrback(canary)
    elif kind == 2:
        d.outcome = wait(d)
    elif kind == 3:
        d.outcome = defer.ensureDeferred(hold(d))
    elif kind == 4:
        d.outcome = defer.gatherResults([d, defer.succeed(canary)])
    else:
        d.outcome = defer.succeed(canary).addCallback(lambda r, d=d: d)
""",
    "framers": """
from twisted.protocols import basic
from twisted.internet.testing import StringTransport

KINDS = (
    basic.LineReceiver, basic.LineOnlyReceiver, basic.NetstringReceiver,
    basic.Int16StringReceiver,
)

def one(number):
    receiver = KINDS[number % 4]()
    receiver.own = receiver
    receiver.lineReceived = receiver.stringReceived = lambda data, back=receiver: None
    receiver.MAX_LENGTH = 1000 + number
    receiver.delimiter = b"%d" % number
    transport = StringTransport()
    transport.protocol = receiver
    receiver.makeConnection(transport)
    receiver.dataReceived(b"3:abc,\\0\\3abc%dhalf a line" % number)
    if number % 3 == 0:
        vars(receiver)["canary"] = canary
    alive.add(receiver)
    if number % 5 == 0:
        receiver.dataReceived(b"y" * 300)
""",
}

LOOP = """
for number in range(FIRST):
    one(number)
before = count()
for number in range(TIMES):
    one(number)
check(before, count())
"""

CONNECTIONS = """
import socket, struct, tempfile
from twisted.internet import defer, reactor
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver

class Lines(LineReceiver):
    def connectionMade(self):
        self.own = self
        alive.add(self)
        self.lost = defer.Deferred(canary)
        self.lost.addBoth(canary, self)

    def lineReceived(self, line):
        self.sendLine(line)
        if line == b"lose":
            self.transport.loseConnection()

    def connectionLost(self, reason):
        self.lost.callback(reason)
        reactor.callLater(0, ended)

factory = Factory.forProtocol(Lines)
factory.noisy = False
state = {"begun": 0, "ended": 0, "goal": 0}
WIDTH = 40
SAYS = (b"", b"half a line", b"line\\r\\n", b"line\\r\\nlose\\r\\nmore\\r\\n")

def begin():
    while state["begun"] < state["goal"] and state["begun"] - state["ended"] < WIDTH:
        number = state["begun"]
        state["begun"] += 1
        peer = socket.socket(socket.AF_UNIX)
        peer.connect(path)
        peer.sendall(SAYS[number % 4])
        peer.close()

def ended():
    state["ended"] += 1
    if state["ended"] < state["goal"]:
        begin()
    else:
        # When what ended last is let go.
        reactor.callLater(0.05, settled)

counts = []

def settled():
    counts.append(count())
    if len(counts) == 2:
        reactor.stop()
        return
    state["goal"] += TIMES
    begin()

with tempfile.TemporaryDirectory() as directory:
    path = os.path.join(directory, "socket")
    port = reactor.listenUNIX(path, factory, backlog=100)
    state["goal"] = FIRST
    reactor.callWhenRunning(begin)
    reactor.run()
check(*counts)
"""

MODES = ["compiled", "pure"] if isCompiled("deferred") else ["pure"]

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="memory is looked at in /proc"),
    pytest.mark.timeout(900),
]


def run(program: str, mode: str) -> None:
    """Run *program* in a fresh interpreter, which is to say nothing."""
    environment = {**os.environ, "PURE_PYTHON": "1" if mode == "pure" else ""}
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", BEGIN + program],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        timeout=800,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0 and not said, said[-3000:]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("what", MAKERS)
def test_circles(what: str, mode: str) -> None:
    """Each refers to itself by all ways there are, and is dropped."""
    run(MAKERS[what] + LOOP, mode)


@pytest.mark.parametrize("mode", MODES)
def test_connections(mode: str) -> None:
    """Each is lost in one way or the other, with a Deferred that it fires."""
    run(CONNECTIONS, mode)


def test_aLeakIsSeen() -> None:
    """One object kept of each hundred is too much."""
    leak = "kept = []\ndef one(number):\n    if not number % 100: kept.append([canary])\n"
    with pytest.raises(AssertionError, match="AssertionError.*blocks"):
        run(leak + LOOP, "pure")
