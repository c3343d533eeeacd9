"""
What Deferreds and framers hold is found by the collector of cycles, freed when
nobody needs it, and counted right: each in a process of its own, so that
nothing else moves the counts.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

BEGIN = """
import gc, sys, weakref
from twisted.internet import defer
from twisted.protocols import basic
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

class Canary:
    "Something that is referred to, and called."
    def __call__(self, *args, **kw):
        return None
"""

CYCLES = {
    "a callback": """
d = defer.Deferred()
c = Canary(); c.back = d
d.addCallback(c)
""",
    "arguments": """
d = defer.Deferred()
c = Canary(); c.back = d
d.addCallbacks(print, print, (c,), {"c": c}, (c,), {"c": c})
""",
    "many callbacks": """
d = defer.Deferred()
c = Canary(); c.back = d
for _ in range(100):
    d.addBoth(c, c, c=c)
""",
    "the result": """
c = Canary()
d = defer.succeed(c); c.back = d
""",
    "the canceller": """
c = Canary()
d = defer.Deferred(c); c.back = d
""",
    "an attribute": """
c = Canary()
d = defer.Deferred(); d.own = c; c.back = d
""",
    "one that waits for another": """
c = Canary()
inner = defer.Deferred()
d = defer.succeed(c).addCallback(lambda c: inner)
d.addCallback(c); c.back = d; inner.back = d
del inner
""",
    "a generator that waits for its own outcome": """
@defer.inlineCallbacks
def work(c):
    yield waits
    return c
c = Canary()
waits = defer.Deferred()
waits.outcome = work(c)
del waits
""",
    "a coroutine that waits": """
async def work(c, waits):
    await waits
    return c
c = Canary()
waits = defer.Deferred()
waits.outcome = defer.ensureDeferred(work(c, waits))
del waits
""",
    "a list": """
c = Canary()
parts = [defer.Deferred() for _ in range(3)]
whole = defer.DeferredList(parts)
whole.addCallback(c)
parts[0].back = whole
del parts, whole
""",
    "a line receiver and its transport": """
r = basic.LineReceiver()
r.makeConnection(StringTransport())
c = r.transport.c = Canary()
r.transport.protocol = r
r.dataReceived(b"rest")
del r
""",
    "what a receiver was given for attributes": """
class Odd(bytes):
    pass
r = basic.Int32StringReceiver()
c = r.MAX_LENGTH = Canary(); c.back = r
del r
""",
}

LOOPS = {
    "callbacks": """
d = defer.Deferred()
for _ in range(20):
    d.addCallbacks(c, c, (c,), {"c": c}, (c,), {"c": c})
    d.addBoth(c, c, c=c)
d.callback(c)
""",
    "failures": """
def bad(r, *a):
    raise ZeroDivisionError
d = defer.Deferred().addCallback(bad, c).addErrback(lambda f: f.trap(ZeroDivisionError))
d.callback(c)
defer.fail(ValueError(c)).addErrback(lambda f: None)
""",
    "never fired": """
d = defer.Deferred(c)
d.addCallback(c, c)
d.addCallback(c, c)
d.addCallback(c, c)
""",
    "chains": """
inner = defer.Deferred()
d = defer.succeed(c).addCallback(lambda r: inner).addCallback(c)
inner.callback(c)
defer.Deferred().chainDeferred(d)
""",
    "generators": """
@defer.inlineCallbacks
def work(*waits):
    for w in waits:
        try:
            yield w
        except ValueError:
            pass
    return c
late, never = defer.Deferred(), defer.Deferred()
work(defer.succeed(c), late, defer.fail(ValueError(c)), work())
late.callback(c)
work(never).addErrback(lambda f: None).cancel()
""",
    "coroutines": """
async def work(*waits):
    for w in waits:
        try:
            await w
        except ValueError:
            pass
    return c
late, failing = defer.Deferred(), defer.Deferred()
defer.ensureDeferred(work(defer.succeed(c), late, failing, defer.fail(ValueError(c))))
late.callback(c)
failing.errback(ValueError(c))
""",
    "lists": """
parts = [defer.Deferred() for _ in range(5)]
defer.gatherResults(parts).addCallback(c)
defer.DeferredList(parts, consumeErrors=True)
for p in parts:
    p.callback(c)
first = defer.DeferredList([defer.fail(ValueError(c))], False, True, consumeErrors=True)
first.addErrback(lambda f: None)
defer.DeferredList([defer.Deferred(), defer.succeed(c)], fireOnOneCallback=True)
defer.maybeDeferred(c, c, c=c)
defer.maybeDeferred(int, "x").addErrback(lambda f: None)
""",
    "the view of what is to be done": """
d = defer.Deferred().addCallback(c, c)
d._callbacks = d._callbacks + d._callbacks
d.addCallback(c)
d._callbacks = []
""",
    "lines": """
class R(basic.LineReceiver):
    MAX_LENGTH = 5000
    def lineReceived(self, line):
        self.delimiter = b"\\n" if line.startswith(b"n") else b"\\r\\n"
        if line == b"raw":
            self.setRawMode()
        if line == b"bad":
            raise ValueError
    def rawDataReceived(self, data):
        self.setLineMode(data[4:])
r = R()
r.makeConnection(StringTransport())
for chunk in (b"a\\r\\nb\\r\\n" * 200, b"c", b"\\r\\nraw\\r\\nabcdn\\r\\n", b"x\\n", b"bad\\r\\n", b"y" * 6000):
    try:
        r.dataReceived(chunk)
    except ValueError:
        pass
r.sendLine(b"out")
""",
    "strings": """
class I(basic.Int16StringReceiver):
    def stringReceived(self, s):
        pass
class N(basic.NetstringReceiver):
    def stringReceived(self, s):
        pass
for kind, data in ((I, b"\\0\\3abc" * 300 + b"\\1"), (N, b"3:abc," * 300 + b"12:x")):
    r = kind()
    r.makeConnection(StringTransport())
    r.dataReceived(data)
    for i in range(0, 600, 7):
        r.dataReceived(data[i : i + 7])
""",
}


def run(program: str) -> None:
    """Run *program* in a fresh interpreter, which is to say nothing."""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", BEGIN + program],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ},
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def function(name: str, body: str) -> str:
    """Return the text of a function of *body*, which returns C{c}."""
    return f"def {name}():\n" + "".join(
        f"    {line}\n" for line in [*body.splitlines(), "return c"]
    )


def test_cyclesAreCollected() -> None:
    run(
        "".join(
            function("make", body)
            + f"ref = weakref.ref(make())\ngc.collect()\nassert ref() is None, {what!r}\n"
            for what, body in CYCLES.items()
        )
    )


COUNT = """
def count():
    gc.collect(); gc.collect()
    watched = (c, None, (), print, defer.Deferred, Failure, Canary)
    return [sys.getrefcount(each) for each in watched], sys.getallocatedblocks()

for _ in range(300): once()
before = count()
for _ in range(300): once()
after = count()
# Less is what was made when the interpreter began.
assert all(a - b < 60 for a, b in zip(after[0], before[0])), (what, before, after)
assert after[1] - before[1] < 150, (what, before, after)
"""


def test_countsStay() -> None:
    """
    Running something many times changes neither how often the objects it uses
    are referred to, nor how many blocks are allocated.
    """
    run(
        "c = Canary()\n"
        + "".join(
            function("once", body) + f"what = {what!r}\n" + COUNT for what, body in LOOPS.items()
        )
    )


@pytest.mark.parametrize(
    "chain",
    [
        # Each waits for the one before.
        "d = first = defer.Deferred()\n"
        "for _ in range(100_000):\n"
        "    d = defer.succeed(None).addCallback(lambda r, d=d: d)\n",
        # Each fires the one before when it is fired.
        "d = first = defer.Deferred()\n"
        "for _ in range(100_000):\n"
        "    new = defer.Deferred(); new.chainDeferred(d); d = new\n",
        # Each generator waits for the one before.
        "@defer.inlineCallbacks\n"
        "def wait(d):\n"
        "    return (yield d)\n"
        "d = first = defer.Deferred()\n"
        "for _ in range(100_000):\n"
        "    d = wait(d)\n",
        # Each list waits for the one before.
        "d = first = defer.Deferred()\n"
        "for _ in range(100_000):\n"
        "    d = defer.gatherResults([d])\n",
    ],
    ids=["waiting", "chained", "generators", "lists"],
)
def test_longChainsAreDroppedWithoutRecursion(chain: str) -> None:
    """What was never fired goes with all that waits for it."""
    run(chain + "del d, first\ngc.collect()\n")
