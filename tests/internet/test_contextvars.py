"""
Context variables, through whatever is called later or elsewhere.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar, copy_context
from typing import Any

from tests.support import runReactor
from twisted.internet import defer, task
from twisted.internet.threads import blockingCallFromThread, deferToThreadPool

_variable: ContextVar[str] = ContextVar("_variable", default="none")


def test_whatIsCalledLaterSeesWhatWasWhenItWasAskedFor(reactor: Any) -> None:
    seen: dict[str, str] = {}

    def look(name: str) -> None:
        seen[name] = _variable.get()
        # Of no concern to anybody else.
        _variable.set(f"set by {name}")

    def ask() -> None:
        _variable.set("asked")
        reactor.callLater(0.001, look, "callLater")
        reactor.callFromThread(look, "callFromThread")
        reactor.callInThread(look, "callInThread")
        looping = task.LoopingCall(look, "LoopingCall")
        looping.clock = reactor
        looping.start(0.001, now=False)
        reactor.callLater(0.05, looping.stop)
        task.deferLater(reactor, 0.001, look, "deferLater")
        moved = reactor.callLater(10, look, "reset")
        moved.reset(0.001)

    reactor.callWhenRunning(copy_context().run, ask)
    reactor.callLater(0.1, reactor.stop)
    runReactor(reactor)
    assert seen == dict.fromkeys(
        ("callLater", "callFromThread", "callInThread", "deferLater", "reset"), "asked"
    ) | {"LoopingCall": seen["LoopingCall"]}
    assert seen["LoopingCall"] in ("asked", "set by LoopingCall")
    assert _variable.get() == "none"


def test_deferToThread(reactor: Any) -> None:
    """The function has the caller's, and so have the callbacks, but not what it set."""
    seen: list[str] = []

    def inThread() -> str:
        before = _variable.get()
        _variable.set("in the thread")
        return before

    def ask() -> None:
        _variable.set("asked")
        d = deferToThreadPool(reactor, reactor.getThreadPool(), inThread)
        d.addCallback(seen.append)
        d.addCallback(lambda _: seen.append(_variable.get()))
        d.addCallback(lambda _: reactor.stop())

    reactor.callWhenRunning(copy_context().run, ask)
    runReactor(reactor)
    assert seen == ["asked", "asked"]


def test_whatAThreadAsksForHasItsVariables(reactor: Any) -> None:
    seen: list[str] = []

    def other() -> None:
        _variable.set("the thread's")
        seen.append(blockingCallFromThread(reactor, _variable.get))
        reactor.callFromThread(reactor.stop)

    reactor.callWhenRunning(threading.Thread(target=other).start)
    runReactor(reactor)
    assert seen == ["the thread's"]


def test_aCoroutineHasAContextOfItsOwn(reactor: Any) -> None:
    """It keeps it over its waits, whoever fires what it waits for."""
    seen: list[str] = []
    wait: defer.Deferred[None] = defer.Deferred()

    async def coroutine() -> None:
        seen.append(_variable.get())
        _variable.set("the coroutine's")
        await wait
        seen.append(_variable.get())

    def ask() -> None:
        _variable.set("asked")
        defer.ensureDeferred(coroutine())
        seen.append(_variable.get())

    copy_context().run(ask)
    wait.callback(None)
    assert seen == ["asked", "asked", "the coroutine's"]


def test_callbacksRunInTheContextOfWhoFires() -> None:
    seen: list[str] = []
    d: defer.Deferred[None] = defer.Deferred()
    copy_context().run(
        lambda: (_variable.set("adding"), d.addCallback(lambda _: seen.append(_variable.get())))
    )
    copy_context().run(lambda: (_variable.set("firing"), d.callback(None)))
    assert seen == ["firing"]
