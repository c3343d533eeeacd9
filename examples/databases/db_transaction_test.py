"""Makes a table in one transaction, and looks up a name.  Usage: db_transaction_test.py [DATABASE]"""

import sys
from typing import Any

from twisted.enterprise import adbapi
from twisted.internet import defer, reactor

dbpool = adbapi.ConnectionPool("sqlite3", sys.argv[1] if len(sys.argv) > 1 else "users.db")


def _createUsersTable(transaction: Any, users: list[tuple[str, str]]) -> None:
    transaction.execute("CREATE TABLE users (email TEXT, name TEXT)")
    for email, name in users:
        transaction.execute("INSERT INTO users (email, name) VALUES(?, ?)", (email, name))


def createUsersTable(users: list[tuple[str, str]]) -> "defer.Deferred[None]":
    return dbpool.runInteraction(_createUsersTable, users)


def getName(email: str) -> "defer.Deferred[list[tuple[str]]]":
    return dbpool.runQuery("SELECT name FROM users WHERE email = ?", (email,))


def printResults(results: list[tuple[str]]) -> None:
    for elt in results:
        print(elt[0])


def finish() -> None:
    dbpool.close()
    reactor.stop()


users = [("jane@foo.com", "Jane"), ("joel@foo.com", "Joel")]
d: Any = createUsersTable(users)
d.addCallback(lambda x: getName("jane@foo.com"))
d.addCallback(printResults)

reactor.callLater(1, finish)
reactor.run()
