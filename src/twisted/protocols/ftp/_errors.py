"""
What goes wrong in FTP.

Some are called as errors of Python are; see that you get the right ones.
"""

from __future__ import annotations

import errno
from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.protocols.ftp import _replies as replies


class InvalidPath(Exception):
    """A path leads out of what may be seen."""


class FTPCmdError(Exception):
    """
    A command failed, and the client is told so.

    @cvar errorCode: the key of the reply.
    @ivar errorMessage: what goes into its text.
    """

    errorCode: str

    def __init__(self, *msg: Any) -> None:
        Exception.__init__(self, *msg)
        self.errorMessage = msg

    def response(self) -> str:
        """
        @return: the line to reply.
        """
        return replies.render(self.errorCode, self.errorMessage)


class FileNotFoundError(FTPCmdError):
    """There is no such file."""

    errorCode = replies.FILE_NOT_FOUND


class AnonUserDeniedError(FTPCmdError):
    """Anonymous users may not change anything."""

    errorCode = replies.ANON_USER_DENIED


class PermissionDeniedError(FTPCmdError):
    """The user may not do that."""

    errorCode = replies.PERMISSION_DENIED


class IsNotADirectoryError(FTPCmdError):
    """It is something else than a directory."""

    errorCode = replies.IS_NOT_A_DIR


class FileExistsError(FTPCmdError):
    """It is there already."""

    errorCode = replies.FILE_EXISTS


class IsADirectoryError(FTPCmdError):
    """It is a directory."""

    errorCode = replies.IS_A_DIR


class CmdSyntaxError(FTPCmdError):
    """The command is written wrongly."""

    errorCode = replies.SYNTAX_ERR


class CmdArgSyntaxError(FTPCmdError):
    """The command's argument is written wrongly."""

    errorCode = replies.SYNTAX_ERR_IN_ARGS


class CmdNotImplementedError(FTPCmdError):
    """There is no such command here."""

    errorCode = replies.CMD_NOT_IMPLMNTD


class CmdNotImplementedForArgError(FTPCmdError):
    """The command is there, but not with this argument."""

    errorCode = replies.CMD_NOT_IMPLMNTD_FOR_PARAM


class PASVIPv6NotImplementedError(FTPCmdError):
    """PASV cannot tell an address of IPv6."""

    errorCode = replies.PASV_IPV6_NOT_IMPLEMENTED


class UnsupportedNetworkProtocolError(FTPCmdError):
    """The data cannot come by that protocol."""

    errorCode = replies.UNSUPPORTED_NETWORK_PROTOCOL


class BadCmdSequenceError(FTPCmdError):
    """The command does not belong here."""

    errorCode = replies.BAD_CMD_SEQ


class AuthorizationError(FTPCmdError):
    """The user has not been let in."""

    errorCode = replies.AUTH_FAILURE


class PortConnectionError(Exception):
    """There is no data connection."""


class FTPError(Exception):
    """What clients see go wrong."""


class ConnectionLost(FTPError):
    """The connection to the server is lost."""


class CommandFailed(FTPError):
    """The server said that the command has failed; its lines are the argument."""


class BadResponse(FTPError):
    """The server said what no server says; its lines are the argument."""


class UnexpectedResponse(FTPError):
    """The server said what this command is not answered by."""


class UnexpectedData(FTPError):
    """Data came where there should be none."""


_OF_SYSTEM: dict[int, type[FTPCmdError]] = {
    errno.ENOENT: FileNotFoundError,
    errno.EPERM: PermissionDeniedError,
    errno.EACCES: PermissionDeniedError,
    errno.EROFS: PermissionDeniedError,
    errno.ENOTDIR: IsNotADirectoryError,
    errno.EEXIST: FileExistsError,
    errno.ENOTEMPTY: FileExistsError,
    errno.EISDIR: IsADirectoryError,
}


def errnoToFailure(e: int, path: Any) -> Deferred[Any]:
    """
    Translate the number of an error of the system.

    @param e: the number.
    @param path: what it happened to.
    @return: fails with an L{FTPCmdError}, or with the exception that is being
        handled if there is none for the number.
    """
    known = _OF_SYSTEM.get(e)
    return fail() if known is None else fail(known(path))
