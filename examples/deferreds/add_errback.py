"""What is no exception is wrapped in one on its way to an errback."""

from twisted.internet.defer import Deferred


def myErrback(failure: object) -> None:
    print(failure)


d: "Deferred[str]" = Deferred()
d.addErrback(myErrback)
d.errback("Triggering errback.")
