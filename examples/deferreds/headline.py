"""
A headline arrives a second later and is dressed up, or is too long.

Usage: headline.py [HEADLINE]
"""

import sys

from twisted.internet import defer, reactor


class HeadlineRetriever:
    def processHeadline(self, headline: str) -> None:
        if len(headline) > 50:
            self.d.errback(f"The headline ``{headline}'' is too long!")
        else:
            self.d.callback(headline)

    def _toHTML(self, result: str) -> str:
        return f"<h1>{result}</h1>"

    def getHeadline(self, input: str) -> "defer.Deferred[str]":
        self.d: defer.Deferred[str] = defer.Deferred()
        reactor.callLater(1, self.processHeadline, input)
        self.d.addCallback(self._toHTML)
        return self.d


def printData(result: str) -> None:
    print(result)
    reactor.stop()


def printError(failure: object) -> None:
    print(failure)
    reactor.stop()


h = HeadlineRetriever()
d = h.getHeadline((sys.argv[1:] or ["Breaking News: Twisted Takes Us to the Moon!"])[0])
d.addCallbacks(printData, printError)
reactor.run()
