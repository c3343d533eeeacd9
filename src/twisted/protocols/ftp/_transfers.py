"""
The commands of the server that move data.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks, maybeDeferred
from twisted.logger import Logger
from twisted.protocols.ftp import _errors as errors
from twisted.protocols.ftp import _replies as replies
from twisted.protocols.ftp._addresses import InvalidPath, _isGlobbingExpression, toSegments
from twisted.protocols.ftp._channels import Channels
from twisted.protocols.ftp._data import ASCIIConsumerWrapper, ReceivedText
from twisted.protocols.ftp._listing import KEYS, encodeName
from twisted.python.failure import Failure

_log = Logger()


def _withoutFlags(path: str) -> str:
    """
    Leave out what C{ls} would take for options, as many clients send C{LIST -al}.
    """
    while path.startswith("-"):
        path = path.partition(" ")[2].lstrip(" ")
    return path


class Transfers(Channels):
    """
    Sends and receives files and listings.

    @ivar binary: whether files are moved as they are, or as text.
    @ivar workingDirectory: the names that lead there.
    """

    binary = True
    workingDirectory: Sequence[str] = ()
    _restart = 0

    def _resolve(self, path: str) -> list[str]:
        """
        Return the names that lead to a path.

        @raise errors.FileNotFoundError: it leads out of what may be seen.
        """
        try:
            return toSegments(self.workingDirectory, path)
        except InvalidPath:
            raise errors.FileNotFoundError(path)

    def _takeRestart(self) -> int:
        """Return where the transfer begins; the next one begins at the beginning."""
        offset, self._restart = self._restart, 0
        return offset

    def _aborted(self, reason: Failure, dtp: Any) -> Any:
        """
        Say what ended a transfer before its time.

        @return: the key of a reply.
        """
        if getattr(dtp, "isConnected", True):
            # It was not the client who went away.
            _log.failure("An FTP transfer failed", failure=reason)
            abort = getattr(dtp, "abort", None)
            if abort is not None:
                abort()
        if isinstance(reason.value, errors.FTPCmdError):
            raise reason.value
        if isinstance(reason.value, OSError) and reason.value.errno == errno.ENOSPC:
            return replies.REQ_ACTN_ABRTD_INSUFF_STORAGE
        return replies.CNX_CLOSED_TXFR_ABORTED

    @inlineCallbacks
    def ftp_RETR(self, path: str) -> Any:
        """
        Send a file.
        """
        self._needChannel("RETR")
        offset = self._takeRestart()
        try:
            segments = self._resolve(path)
            reader = yield self._asked(self.shell.openForReading, path, segments)
            if offset:
                self._startAt(reader, offset)
            dtp = yield self._channel()
            try:
                yield reader.send(dtp if self.binary else ASCIIConsumerWrapper(dtp))
                yield dtp.whenLost()
            except Exception:
                return self._aborted(Failure(), dtp)
        finally:
            self._dataUsed = True
        return replies.TXFR_COMPLETE_OK

    def _startAt(self, file: Any, offset: int) -> None:
        startAt = getattr(file, "startAt", None)
        if startAt is None or not self.binary:
            raise errors.CmdNotImplementedForArgError(f"REST {offset}")
        startAt(offset)

    def ftp_STOR(self, path: str) -> Deferred[Any]:
        """
        Receive a file.
        """
        self._needChannel("STOR")
        offset = self._takeRestart()
        if offset:
            return self._receive(path, self._appender("REST"), offset)
        return self._receive(path, self.shell.openForWriting)

    def ftp_APPE(self, path: str) -> Deferred[Any]:
        """
        Receive what is added to a file.
        """
        self._needChannel("APPE")
        self._takeRestart()
        return self._receive(path, self._appender("APPE"))

    def _appender(self, command: str) -> Any:
        """
        Return the shell's method, which not every L{IFTPShell} has.
        """
        append = getattr(self.shell, "openForAppending", None)
        if append is not None:
            return append
        # Anonymous users are refused as they are by the other methods.
        if not hasattr(self.shell, "receive"):
            raise errors.CmdNotImplementedError(command)
        return lambda segments, *offset: self.shell.openForWriting(segments)

    @inlineCallbacks
    def _receive(self, path: str, opener: Any, *offset: int) -> Any:
        """
        @param opener: the method of the shell.
        """
        writer: Any = None
        dtp: Any = None
        try:
            segments = self._resolve(path)
            writer = yield self._asked(opener, path, segments, *offset)
            try:
                consumer = yield writer.receive()
            except Exception:
                return self._aborted(Failure(), None)
            dtp = yield self._channel()
            try:
                yield dtp.registerConsumer(consumer if self.binary else ReceivedText(consumer))
                closing, writer = writer, None
                yield closing.close()
            except Exception:
                return self._aborted(Failure(), dtp)
        finally:
            self._dataUsed = True
            if writer is not None:
                maybeDeferred(writer.close).addErrback(_notClosed)
        return replies.TXFR_COMPLETE_OK

    def ftp_REST(self, marker: str) -> Any:
        """
        Have the next transfer begin elsewhere than at the beginning (RFC 3659).

        @param marker: after how many bytes.
        """
        if not (marker.isascii() and marker.isdecimal()):
            raise errors.CmdArgSyntaxError(marker)
        self._restart = int(marker)
        return replies.REQ_FILE_ACTN_PENDING_FURTHER_INFO

    def ftp_ABOR(self) -> Any:
        """
        End a transfer; by now it has ended.
        """
        self._takeRestart()
        self.cleanupDTP()
        return replies.CLOSING_DATA_CNX

    @inlineCallbacks
    def ftp_LIST(self, path: str = "") -> Any:
        """
        Send what there is to tell of the files in a directory.

        @param path: by default, the directory we are in.
        """
        self._needChannel("LIST")
        wanted = _withoutFlags(path)
        try:
            segments = self._resolve(wanted)
            found = yield self._asked(self.shell.list, wanted, segments, KEYS)
            dtp = yield self._channel()
            for name, attributes in found:
                dtp.sendListResponse(name, attributes)
            return (yield self._endListing(dtp))
        finally:
            self._dataUsed = True

    @inlineCallbacks
    def ftp_NLST(self, path: str) -> Any:
        """
        Send the names of the files in a directory.

        @param path: may end with a pattern, by which they are chosen then.
        """
        self._needChannel("NLST")
        try:
            found = yield self._names(_withoutFlags(path))
            dtp = yield self._channel()
            for name in found:
                dtp.sendLine(encodeName(name))
            return (yield self._endListing(dtp))
        finally:
            self._dataUsed = True

    @inlineCallbacks
    def _names(self, path: str) -> Any:
        """
        @return: the names; none of what is not there.
        """
        segments = self._resolve(path)
        pattern = segments.pop() if _isGlobbingExpression(segments) else None
        try:
            found = yield self._asked(self.shell.list, path, segments)
        except errors.FTPCmdError as error:
            if not isinstance(error, errors.FileNotFoundError | errors.IsNotADirectoryError):
                raise
            return []
        names = [name for name, attributes in found]
        if pattern is None:
            return names
        return [name for name in names if fnmatchcase(_asText(name), pattern)]

    @inlineCallbacks
    def _endListing(self, dtp: Any) -> Any:
        dtp.transport.loseConnection()
        try:
            yield dtp.whenLost()
        except Exception:
            return self._aborted(Failure(), dtp)
        return replies.TXFR_COMPLETE_OK

    def ftp_TYPE(self, type: str) -> Any:
        """
        Say how files are moved.

        @param type: C{"A"} as text, C{"I"} or C{"L 8"} as they are.
        """
        letter, code = type[:1].upper(), type[1:].strip().upper()
        method = getattr(self, f"type_{letter}", None) if letter.isalpha() else None
        return self.type_UNKNOWN(type) if method is None else method(code)

    def type_A(self, code: str) -> Any:
        """
        As text.

        @param code: C{"N"}, for not to be printed, or nothing.
        """
        if code not in ("", "N"):
            raise errors.CmdArgSyntaxError(code)
        self.binary = False
        return replies.TYPE_SET_OK, "A"

    def type_I(self, code: str) -> Any:
        """
        As they are.

        @param code: nothing.
        """
        if code:
            raise errors.CmdArgSyntaxError(code)
        self.binary = True
        return replies.TYPE_SET_OK, "I"

    def type_L(self, code: str) -> Any:
        """
        As they are.

        @param code: how many bits a byte has; it must be 8.
        """
        if code not in ("", "8"):
            raise errors.CmdNotImplementedForArgError(f"L {code}")
        self.binary = True
        return replies.TYPE_SET_OK, "L"

    def type_UNKNOWN(self, code: str) -> Any:
        """
        As nobody knows.
        """
        raise errors.CmdNotImplementedForArgError(code)


def _notClosed(reason: Failure) -> None:
    # It is not what went wrong, only what came of it.
    _log.debug("A file could not be closed: {reason}", reason=reason)


def _asText(name: Any) -> str:
    return name.decode("utf-8", "surrogateescape") if isinstance(name, bytes) else name
