"""
Echoes for those who log in, by a first line of name and password.

Usage: echo_cred.py [PORT [CHECKER]], where CHECKER is memory (user, pass), file (of
passwords.txt), hash (of passwords.txt with SHA-256) or database (users.db).
"""

import hashlib
import sys
from typing import Any

from zope.interface import Interface, implementer

from twisted.cred import checkers, credentials, portal
from twisted.internet import protocol, reactor
from twisted.protocols import basic


class IProtocolAvatar(Interface):
    def logout() -> None:  # type: ignore[misc]
        """Clean up per-login resources allocated to this avatar."""


@implementer(IProtocolAvatar)
class EchoAvatar:
    def logout(self) -> None:
        pass


class Echo(basic.LineReceiver):
    portal: Any = None
    avatar: Any = None
    logout: Any = None
    delimiter = b"\n"
    makeCredentials: Any = credentials.UsernamePassword

    def connectionLost(self, reason: object) -> None:  # type: ignore[override]
        if self.logout:
            self.logout()
            self.avatar = None
            self.logout = None

    def lineReceived(self, line: bytes) -> None:
        if not self.avatar:
            username, _, password = line.strip().partition(b" ")
            self.tryLogin(username, password)
        else:
            self.sendLine(line)

    def tryLogin(self, username: bytes, password: bytes) -> None:
        given = self.makeCredentials(username, password)
        self.portal.login(given, None, IProtocolAvatar).addCallbacks(self._cbLogin, self._ebLogin)

    def _cbLogin(self, granted: Any) -> None:
        _interface, self.avatar, self.logout = granted
        self.sendLine(b"Login successful, please proceed.")

    def _ebLogin(self, failure: object) -> None:
        self.sendLine(b"Login denied, goodbye.")
        self.transport.loseConnection()


class EchoFactory(protocol.Factory):
    def __init__(self, portal: Any, makeCredentials: Any = credentials.UsernamePassword) -> None:
        self.portal = portal
        self.makeCredentials = makeCredentials

    def buildProtocol(self, addr: object) -> Echo:
        proto = Echo()
        proto.portal = self.portal
        proto.makeCredentials = self.makeCredentials
        return proto


@implementer(portal.IRealm)
class Realm:
    def requestAvatar(self, avatarId: object, mind: object, *interfaces: Any) -> Any:
        if IProtocolAvatar in interfaces:
            avatar = EchoAvatar()
            return IProtocolAvatar, avatar, avatar.logout
        raise NotImplementedError("This realm only supports the IProtocolAvatar interface.")


def hash(username: bytes, password: bytes, passwordHash: bytes) -> str:
    return hashlib.sha256(password).hexdigest()


def hashed(username: bytes, password: bytes) -> Any:
    made = hash(username, password, b"").encode()
    return credentials.UsernameHashedPassword(username, made)


def makeChecker(kind: str) -> Any:
    if kind == "file":
        return checkers.FilePasswordDB("passwords.txt")
    if kind == "hash":
        return checkers.FilePasswordDB("passwords.txt", hash=hash)
    if kind == "database":
        from db_checker import DBCredentialsChecker

        from twisted.enterprise import adbapi

        dbpool = adbapi.ConnectionPool("sqlite3", "users.db")
        return DBCredentialsChecker(
            dbpool.runQuery, query="SELECT username, password FROM users WHERE username = ?"
        )
    checker = checkers.InMemoryUsernamePasswordDatabaseDontUse()
    checker.addUser(b"user", b"pass")
    return checker


if __name__ == "__main__":
    number = sys.argv[1] if len(sys.argv) > 1 else "8000"
    kind = sys.argv[2] if len(sys.argv) > 2 else "memory"
    myPortal = portal.Portal(Realm())
    myPortal.registerChecker(makeChecker(kind))
    makeCredentials = hashed if kind == "database" else credentials.UsernamePassword
    port = reactor.listenTCP(int(number), EchoFactory(myPortal, makeCredentials))
    print("listening on", port.getHost().port, flush=True)
    reactor.run()
