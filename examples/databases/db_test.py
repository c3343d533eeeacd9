"""Looks up a name without blocking.  Usage: db_test.py [DATABASE]   (see db_transaction_test.py)"""

import sys

from twisted.enterprise import adbapi
from twisted.internet import defer, reactor

dbpool = adbapi.ConnectionPool("sqlite3", sys.argv[1] if len(sys.argv) > 1 else "users.db")


def getName(email: str) -> "defer.Deferred[list[tuple[str]]]":
    return dbpool.runQuery("SELECT name FROM users WHERE email = ?", (email,))


def printResults(results: list[tuple[str]]) -> None:
    for elt in results:
        print(elt[0])


def finish() -> None:
    dbpool.close()
    reactor.stop()


d = getName("jane@foo.com")
d.addCallback(printResults)

reactor.callLater(1, finish)
reactor.run()
