"""
try, except, else and finally, said twice: in order, and in callbacks.

Usage: try_except.py [PAGE]   (without a page, there is none to be had)
"""

import sys

from twisted.internet import defer, reactor

PAGE = sys.argv[1] if len(sys.argv) > 1 else None


def getpage_sync() -> str:
    if PAGE is None:
        raise LookupError("no page")
    return PAGE


def getpage_async() -> "defer.Deferred[str]":
    d: defer.Deferred[str] = defer.Deferred()
    reactor.callLater(0.05, lambda: d.callback(PAGE) if PAGE else d.errback(LookupError("no page")))
    return d


def translate(page: str) -> str:
    return page.upper()


def display(text: str | None) -> None:
    print("display:", text)


def unavailable(failure: object = None) -> None:
    print("unavailable")


def cleanup(result: object = None) -> None:
    print("cleanup", flush=True)


def synchronous() -> None:
    try:
        p = getpage_sync()
    except Exception:
        unavailable()
    else:
        t = translate(p)
        display(t)
    finally:
        cleanup()


def asynchronous() -> None:
    d = getpage_async()
    d.addCallbacks(translate, unavailable)
    d.addCallback(display)
    d.addBoth(cleanup)
    d.addBoth(lambda result: reactor.stop())


synchronous()
asynchronous()
reactor.run()
