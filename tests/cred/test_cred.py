"""
Who is let in, by whom, and what is kept from those who guess.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path
from typing import Any

import pytest
from zope.interface import Interface, implementer

from twisted.cred import checkers, credentials, error, strcred
from twisted.cred._secrets import inTypeOf, same
from twisted.cred.portal import IRealm, Portal
from twisted.internet.defer import Deferred, succeed


class IAvatar(Interface):
    pass


@implementer(IRealm)
class Realm:
    def __init__(self) -> None:
        self.left: list[Any] = []

    def requestAvatar(self, avatarId: Any, mind: Any, *interfaces: Any) -> Any:
        if IAvatar not in interfaces:
            raise NotImplementedError("there is no such avatar")
        return IAvatar, (avatarId, mind), lambda: self.left.append(avatarId)


def outcome(deferred: Deferred[Any]) -> Any:
    """What it has fired with, or the type of the error."""
    got: list[Any] = []
    deferred.addCallbacks(got.append, lambda reason: got.append(reason.type))
    assert len(got) == 1, "it has not fired"
    return got[0]


class TestPortal:
    def portal(self) -> Portal:
        users = checkers.InMemoryUsernamePasswordDatabaseDontUse(joe=b"secret")
        return Portal(Realm(), [users])

    def test_whoIsLetIn(self) -> None:
        given = credentials.UsernamePassword(b"joe", b"secret")
        interface, avatar, logout = outcome(self.portal().login(given, "mind", IAvatar))
        assert (interface, avatar) == (IAvatar, (b"joe", "mind"))
        logout()

    @pytest.mark.parametrize(
        ("name", "password"), [(b"joe", b"Secret"), (b"joe", b""), (b"ann", b"secret"), (b"", b"")]
    )
    def test_whoIsNot(self, name: bytes, password: bytes) -> None:
        given = credentials.UsernamePassword(name, password)
        assert outcome(self.portal().login(given, None, IAvatar)) is error.UnauthorizedLogin

    def test_credentialsThatNobodyKnows(self) -> None:
        assert outcome(self.portal().login(credentials.Anonymous(), None, IAvatar)) is (
            error.UnhandledCredentials
        )

    def test_anonymousUsers(self) -> None:
        portal = self.portal()
        portal.registerChecker(checkers.AllowAnonymousAccess(), credentials.IAnonymous)
        _, avatar, _ = outcome(portal.login(credentials.Anonymous(), None, IAvatar))
        assert avatar[0] is checkers.ANONYMOUS

    def test_avatarsThatThereAreNot(self) -> None:
        given = credentials.UsernamePassword(b"joe", b"secret")
        assert outcome(self.portal().login(given, None, Interface)) is NotImplementedError


class TestPasswordFiles:
    @pytest.mark.parametrize("cache", [False, True])
    def test_changesAreSeen(self, cache: bool, tmp_path: Path) -> None:
        file = tmp_path / "passwords"
        file.write_bytes(b"joe:one\nno password\n:\njoe:second line\n")
        checker = checkers.FilePasswordDB(os.fspath(file), cache=cache)
        ask = lambda password: outcome(  # noqa: E731
            checker.requestAvatarId(credentials.UsernamePassword(b"joe", password))
        )
        assert ask(b"one") == b"joe"
        assert ask(b"second line") is error.UnauthorizedLogin
        file.write_bytes(b"joe:another\n")
        assert ask(b"another") == b"joe"
        assert ask(b"one") is error.UnauthorizedLogin

    @pytest.mark.parametrize("asynchronous", [False, True])
    def test_hashes(self, asynchronous: bool, tmp_path: Path) -> None:
        def hashed(name: bytes, password: bytes, stored: bytes) -> Any:
            salt = stored[:2]
            made = salt + hashlib.sha256(salt + password).hexdigest().encode()
            return succeed(made) if asynchronous else made

        file = tmp_path / "passwords"
        stored = b"ab" + hashlib.sha256(b"absecret").hexdigest().encode()
        file.write_bytes(b"joe:" + stored + b"\n")
        checker = checkers.FilePasswordDB(os.fspath(file), hash=hashed)
        good = credentials.UsernamePassword(b"joe", b"secret")
        bad = credentials.UsernamePassword(b"joe", b"Secret")
        assert outcome(checker.requestAvatarId(good)) == b"joe"
        assert outcome(checker.requestAvatarId(bad)) is error.UnauthorizedLogin

    def test_aFileThatCannotBeRead(self, tmp_path: Path, events: list[Any]) -> None:
        checker = checkers.FilePasswordDB(os.fspath(tmp_path / "nothing"))
        given = credentials.UsernamePassword(b"joe", b"secret")
        # Who wants in is told no more than others; who runs the server is.
        assert outcome(checker.requestAvatarId(given)) is error.UnauthorizedLogin
        assert any("cannot read passwords" in str(event.get("log_format")) for event in events)

    def test_namesWithoutCase(self, tmp_path: Path) -> None:
        (tmp_path / "passwords").write_bytes(b"Joe;x;one\n")
        checker = checkers.FilePasswordDB(
            os.fspath(tmp_path / "passwords"), b";", 0, 2, caseSensitive=False
        )
        given = credentials.UsernamePassword(b"jOE", b"one")
        assert outcome(checker.requestAvatarId(given)) == b"joe"


class TestText:
    """Protocols of text and those of bytes, files and command lines, mean the same."""

    @pytest.mark.parametrize("user", ["joe", b"joe"])
    @pytest.mark.parametrize("password", ["s\xe9cret", "s\xe9cret".encode()])
    @pytest.mark.parametrize("stored", ["s\xe9cret", "s\xe9cret".encode()])
    def test_inMemory(self, user: Any, password: Any, stored: Any) -> None:
        checker = checkers.InMemoryUsernamePasswordDatabaseDontUse()
        checker.addUser("joe", stored)  # type: ignore[arg-type]
        given = credentials.UsernamePassword(user, password)
        assert outcome(checker.requestAvatarId(given)) == user
        wrong = credentials.UsernamePassword(user, password + password)
        assert outcome(checker.requestAvatarId(wrong)) is error.UnauthorizedLogin

    @pytest.mark.parametrize("given", ["secret", b"secret"])
    def test_inFiles(self, given: Any, tmp_path: Path) -> None:
        (tmp_path / "passwords").write_bytes(b"joe:secret\n")
        checker = checkers.FilePasswordDB(os.fspath(tmp_path / "passwords"))
        for name in ("joe", b"joe"):
            done = checker.requestAvatarId(credentials.UsernamePassword(name, given))  # type: ignore[arg-type]
            assert outcome(done) == b"joe"

    def test_onTheCommandLine(self) -> None:
        checker = strcred.makeChecker("memory:joe:secret")
        given = credentials.UsernamePassword(b"joe", b"secret")
        assert outcome(checker.requestAvatarId(given)) == b"joe"

    def test_otherTypesAreLeftAlone(self) -> None:
        given = credentials.UsernamePassword(b"", b"")
        assert inTypeOf(None, given) is None
        assert not same("a", b"a") and not same(None, None) and same(b"a", b"a")


class TestCramMD5:
    def test_whatIsAnswered(self) -> None:
        given: Any = credentials.CramMD5Credentials()
        challenge = given.getChallenge()
        answer = hmac.new(b"secret", challenge, "md5").hexdigest().encode()
        given.setResponse(b"joe " + answer)
        checker = checkers.InMemoryUsernamePasswordDatabaseDontUse(joe=b"secret")
        assert outcome(checker.requestAvatarId(given)) == b"joe"
        other: Any = credentials.CramMD5Credentials()
        assert other.getChallenge() != challenge
        other.setResponse(b"joe " + answer)
        assert outcome(checker.requestAvatarId(other)) is error.UnauthorizedLogin


class TestDigest:
    def factory(self) -> Any:
        return credentials.DigestCredentialFactory(b"md5", b"here")

    def answer(self, challenge: dict[str, bytes], **changes: bytes) -> bytes:
        fields = {
            "username": b"joe",
            "realm": b"here",
            "nonce": challenge["nonce"],
            "uri": b"/",
            "opaque": challenge["opaque"],
            "qop": b"auth",
            "nc": b"00000001",
            "cnonce": b"abc",
        }
        a1 = hashlib.md5(b"joe:here:secret").hexdigest()
        a2 = hashlib.md5(b"GET:/").hexdigest()
        parts = [a1, fields["nonce"].decode(), "00000001", "abc", "auth", a2]
        fields["response"] = hashlib.md5(":".join(parts).encode()).hexdigest().encode()
        fields.update(changes)
        return b", ".join(b'%s="%s"' % (name.encode(), value) for name, value in fields.items())

    def test_aRightAnswer(self) -> None:
        factory = self.factory()
        challenge = factory.getChallenge("10.0.0.1")
        given = factory.decode(self.answer(challenge), b"GET", "10.0.0.1")
        assert given.username == b"joe"
        assert given.checkPassword(b"secret") and not given.checkPassword(b"Secret")

    @pytest.mark.parametrize(
        "changes",
        [
            {"opaque": b""},
            {"opaque": b"abc"},
            {"opaque": b"abc-" + b"x" * 1000},
            {"nonce": b"other"},
            {"username": b""},
            {"nonce": b""},
        ],
    )
    def test_whatWasNotAsked(self, changes: dict[str, bytes]) -> None:
        factory = self.factory()
        answer = self.answer(factory.getChallenge("10.0.0.1"), **changes)
        with pytest.raises(error.LoginFailed):
            factory.decode(answer, b"GET", "10.0.0.1")

    def test_fromElsewhereAndTooLate(self) -> None:
        factory = self.factory()
        answer = self.answer(factory.getChallenge("10.0.0.1"))
        with pytest.raises(error.LoginFailed):
            factory.decode(answer, b"GET", "10.0.0.2")
        factory._getTime = lambda: 10**12
        with pytest.raises(error.LoginFailed):
            factory.decode(answer, b"GET", "10.0.0.1")


@pytest.mark.parametrize(
    ("description", "kind"),
    [
        ("nonsense", strcred.InvalidAuthType),
        ("nonsense:x", strcred.InvalidAuthType),
        ("memory:joe", strcred.InvalidAuthArgumentString),
        ("file", ValueError),
        ("file:", ValueError),
    ],
)
def test_descriptionsThatAreWrong(description: str, kind: Any) -> None:
    with pytest.raises(kind):
        strcred.makeChecker(description)
