"""
The server: who comes in, and the commands that move no data.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from twisted import copyright
from twisted.cred.credentials import Anonymous, UsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.protocols.basic import LineReceiver
from twisted.protocols.ftp import _errors as errors
from twisted.protocols.ftp import _replies as replies
from twisted.protocols.ftp._shell import IFTPShell
from twisted.protocols.ftp._transfers import Transfers
from twisted.protocols.policies import LimitTotalConnectionsFactory
from twisted.python.failure import Failure

#: How often one may try to log in over one connection.
_ATTEMPTS = 10


class FTP(Transfers):
    """
    A server of FTP (RFC 959), with the data connections of RFC 2428, sizes, times and
    restarts of RFC 3659, and names in UTF-8 (RFC 2640).

    @cvar FEATURES: what C{FEAT} tells.
    @ivar portal: lets users in, and gives them an L{IFTPShell}.
    @ivar shell: what has been given.
    """

    FEATURES = [
        "EPRT",
        "EPSV",
        "FEAT",
        "MDTM",
        "PASV",
        "REST STREAM",
        "SIZE",
        "TYPE A;I",
        "UTF8",
    ]

    _user: Any = None
    _fromName: list[str] | None = None
    _shownFrom = ""
    _failures = 0

    def ftp_USER(self, username: str) -> Any:
        """
        Begin to log in.
        """
        if not username:
            raise errors.CmdSyntaxError("USER requires an argument.")
        self._endSession()
        self._user = username
        self.state = self.INAUTH
        if self._isAnonymous():
            return replies.GUEST_NAME_OK_NEED_EMAIL
        return replies.USR_NAME_OK_NEED_PASS, username

    def _isAnonymous(self) -> bool:
        factory = self.factory
        return bool(factory.allowAnonymous) and self._user == factory.userAnonymous

    def ftp_PASS(self, password: str) -> Any:
        """
        Log in.
        """
        if self.state != self.INAUTH:
            raise errors.BadCmdSequenceError("USER required before PASS")
        guest = self._isAnonymous()
        credentials = Anonymous() if guest else UsernamePassword(self._user, password)  # type: ignore[arg-type]
        self._user = None
        done = replies.GUEST_LOGGED_IN_PROCEED if guest else replies.USR_LOGGED_IN_PROCEED
        return maybeDeferred(self.portal.login, credentials, None, IFTPShell).addCallbacks(
            self._welcome, self._turnAway, callbackArgs=(done,)
        )

    def _welcome(self, given: Any, key: str) -> str:
        interface, shell, logout = given
        assert interface is IFTPShell, f"the realm has given {interface!r}"
        self._logout = logout
        self.shell = shell
        self.workingDirectory = []
        self.state = self.AUTHED
        self._failures = 0
        return key

    def _turnAway(self, reason: Failure) -> Any:
        self.state = self.UNAUTH
        if not reason.check(UnauthorizedLogin):
            return reason
        self._failures += 1
        if self._failures >= _ATTEMPTS:
            self.transport.loseConnection()
        raise errors.AuthorizationError()

    def ftp_CWD(self, path: str) -> Deferred[Any]:
        """
        Go to a directory.
        """
        segments = self._resolve(path)

        def go(ignored: Any) -> str:
            self.workingDirectory = segments
            return replies.REQ_FILE_ACTN_COMPLETED_OK

        return self._asked(self.shell.access, path, segments).addCallback(go)

    def ftp_CDUP(self) -> Deferred[Any]:
        """
        Go to the directory above.
        """
        return self.ftp_CWD("..")

    def ftp_PWD(self) -> Any:
        """
        Tell where we are.
        """
        return replies.PWD_REPLY, _quoted("/" + "/".join(self.workingDirectory))

    def ftp_SIZE(self, path: str) -> Deferred[Any]:
        """
        Tell how many bytes a file has.
        """

        def tell(told: Any) -> Any:
            size, directory = told
            if directory:
                raise errors.IsADirectoryError(path)
            return replies.FILE_STATUS, str(size)

        keys = ("size", "directory")
        return self._asked(self.shell.stat, path, self._resolve(path), keys).addCallback(tell)

    def ftp_MDTM(self, path: str) -> Deferred[Any]:
        """
        Tell when a file was changed, by UTC.
        """

        def tell(told: Any) -> Any:
            return replies.FILE_STATUS, time.strftime("%Y%m%d%H%M%S", time.gmtime(told[0]))

        keys = ("modified",)
        return self._asked(self.shell.stat, path, self._resolve(path), keys).addCallback(tell)

    def ftp_MKD(self, path: str) -> Deferred[Any]:
        """
        Make a directory.
        """
        return self._asked(self.shell.makeDirectory, path, self._resolve(path)).addCallback(
            lambda ignored: (replies.MKD_REPLY, _quoted(path))
        )

    def ftp_RMD(self, path: str) -> Deferred[Any]:
        """
        Remove a directory.
        """
        return self._change(self.shell.removeDirectory, path)

    def ftp_DELE(self, path: str) -> Deferred[Any]:
        """
        Remove a file.
        """
        return self._change(self.shell.removeFile, path)

    def _change(self, what: Any, path: str) -> Deferred[Any]:
        return self._asked(what, path, self._resolve(path)).addCallback(
            lambda ignored: replies.REQ_FILE_ACTN_COMPLETED_OK
        )

    def ftp_RNFR(self, fromName: str) -> Any:
        """
        Say what is to be renamed.
        """
        self._fromName = self._resolve(fromName)
        self._shownFrom = fromName
        self.state = self.RENAMING
        return replies.REQ_FILE_ACTN_PENDING_FURTHER_INFO

    def ftp_RNTO(self, toName: str) -> Deferred[Any]:
        """
        Rename it.
        """
        before, self._fromName = self._fromName, None
        if before is None:
            raise errors.BadCmdSequenceError("RNFR required before RNTO")
        self.state = self.AUTHED
        after = self._resolve(toName)
        return self._asked(self.shell.rename, self._shownFrom, before, after).addCallback(
            lambda ignored: replies.REQ_FILE_ACTN_COMPLETED_OK
        )

    def ftp_SYST(self) -> Any:
        """
        Tell what listings look like.
        """
        return replies.NAME_SYS_TYPE

    def ftp_STRU(self, structure: str) -> Any:
        """
        Say how files are made up.

        @param structure: must be C{"F"}: of bytes.
        """
        return self._only("F", structure)

    def ftp_MODE(self, mode: str) -> Any:
        """
        Say how data is packed.

        @param mode: must be C{"S"}: not at all.
        """
        return self._only("S", mode)

    def _only(self, known: str, given: str) -> str:
        if given.upper() != known:
            raise errors.CmdNotImplementedForArgError(given)
        return replies.CMD_OK

    def ftp_ALLO(self, size: str) -> Any:
        """
        Need no space set aside.
        """
        return replies.CMD_NOT_IMPLMNTD_SUPERFLUOUS

    def ftp_ACCT(self, account: str) -> Any:
        """
        Need no account.
        """
        return replies.CMD_NOT_IMPLMNTD_SUPERFLUOUS

    def ftp_NOOP(self) -> Any:
        """
        Do nothing.
        """
        return replies.CMD_OK

    def ftp_STAT(self) -> Any:
        """
        Be there.
        """
        return replies.SYS_STATUS_OR_HELP_REPLY

    def ftp_HELP(self, command: str = "") -> Any:
        """
        Tell which commands there are.
        """
        names = sorted(name[4:] for name in dir(self) if name.startswith("ftp_"))
        return replies.HELP_MSG, " ".join(names)

    def ftp_FEAT(self) -> Any:
        """
        Tell what else than RFC 959 there is (RFC 2389).
        """
        first, last = replies.RESPONSE[replies.FEAT_OK]
        for line in (first, *(f" {feature}" for feature in self.FEATURES), last):
            self.sendLine(line)

    def ftp_OPTS(self, option: str) -> Any:
        """
        Choose an option: there is C{UTF8}, which is on anyway.
        """
        if option.upper() in ("UTF8", "UTF8 ON"):
            return replies.CMD_OK
        return replies.OPTS_NOT_IMPLEMENTED, option

    def ftp_QUIT(self) -> Any:
        """
        Say goodbye.
        """
        self.reply(replies.GOODBYE_MSG)
        self.transport.loseConnection()
        self.disconnected = True


def _quoted(path: str) -> str:
    """Write a path for within quotation marks (RFC 959, appendix II)."""
    return path.replace('"', '""')


class FTPOverflowProtocol(LineReceiver):
    """
    Tells those for whom there is no place.
    """

    _encoding = "latin-1"

    def connectionMade(self) -> None:
        """Tell, and close the connection."""
        self.sendLine(replies.render(replies.TOO_MANY_CONNECTIONS, ()).encode(self._encoding))
        assert self.transport is not None
        self.transport.loseConnection()


class FTPFactory(LimitTotalConnectionsFactory):
    """
    Makes servers.

    @ivar allowAnonymous: whether somebody without a password may come, if the portal
        lets anonymous users in.
    @ivar userAnonymous: what they are called.
    @ivar timeOut: after how many idle seconds a connection is closed; L{None} for
        never.
    @ivar welcomeMessage: how clients are greeted.
    @ivar passivePortRange: the ports that they may be told to come to for data.
    """

    protocol = FTP
    overflowProtocol = FTPOverflowProtocol
    allowAnonymous = True
    userAnonymous = "anonymous"
    timeOut: float | None = 600
    welcomeMessage = f"Twisted {copyright.version} FTP Server"
    passivePortRange: Iterable[int] = range(1)

    def __init__(self, portal: Any = None, userAnonymous: str = "anonymous") -> None:
        """
        @param portal: lets users in.
        """
        self.portal = portal
        self.userAnonymous = userAnonymous
        self.instances: list[Any] = []

    def buildProtocol(self, addr: Any) -> Any:
        """
        Make a server, or somebody who says that there are too many.
        """
        made = super().buildProtocol(addr)
        server = getattr(made, "wrappedProtocol", None)
        if isinstance(server, Transfers):
            server.portal = self.portal
            server.timeOut = self.timeOut
            server.passivePortRange = self.passivePortRange
        return made

    def stopFactory(self) -> None:
        """Do nothing: those who are there may stay."""
        super().stopFactory()
