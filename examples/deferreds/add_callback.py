"""A Deferred, one callback, and the result that sets it off."""

from twisted.internet.defer import Deferred


def myCallback(result: str) -> None:
    print(result)


d: "Deferred[str]" = Deferred()
d.addCallback(myCallback)
d.callback("Triggering callback.")
