"""
What AMP is made of besides its values: the keys of its boxes, its limits and its
errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twisted.python.failure import Failure

# Keys of every box that belongs to a call.
ASK = b"_ask"
ANSWER = b"_answer"
COMMAND = b"_command"
ERROR = b"_error"
ERROR_CODE = b"_error_code"
ERROR_DESCRIPTION = b"_error_description"

# Codes that are not a command's own.
UNKNOWN_ERROR_CODE = b"UNKNOWN"
UNHANDLED_ERROR_CODE = b"UNHANDLED"

# The two lengths that fit the wire: a key's has a zero for its high byte.
MAX_KEY_LENGTH = 0xFF
MAX_VALUE_LENGTH = 0xFFFF

# The wire sets no limit to a box, so we do: that many bytes of keys and values.
MAX_BOX_LENGTH = 16 * 1024 * 1024

# Names that an argument cannot have in Python.  The list is part of the
# protocol's mapping of names and does not follow the language.
# fmt: off
PYTHON_KEYWORDS = [
    "and", "del", "for", "is", "raise", "assert", "elif", "from", "lambda",
    "return", "break", "else", "global", "not", "try", "class", "except", "if",
    "or", "while", "continue", "exec", "import", "pass", "yield", "def",
    "finally", "in", "print",
]
# fmt: on


class AmpError(Exception):
    """
    Any error of AMP.
    """


class ProtocolSwitched(Exception):
    """
    Another protocol has the connection, and AMP may not use it any more.
    """


class OnlyOneTLS(AmpError):
    """
    TLS was to be started on a connection that has it already.
    """


class NoEmptyBoxes(AmpError):
    """
    A box arrived that is neither a question nor an answer.
    """


class InvalidSignature(AmpError):
    """
    A command was given other arguments than it has.
    """


class MalformedAmpBox(AmpError):
    """
    What the peer sent makes no sense as a box, or not at this time.
    """


class UnhandledCommand(AmpError):
    """
    The peer does not know the command.
    """


class IncompatibleVersions(AmpError):
    """
    The two sides could not agree on a version of the protocol.
    """


class TooLong(AmpError):
    """
    A key or a value is longer than the wire allows.

    @ivar isKey: whether it is a key.
    @ivar isLocal: whether it was to be sent by this side.
    @ivar value: the key or value; L{None} if the other side sent it, and it was
        not read.
    @ivar keyName: the key whose value it is, if it is one.
    """

    def __init__(
        self, isKey: bool, isLocal: bool, value: bytes | None, keyName: bytes | None = None
    ) -> None:
        AmpError.__init__(self)
        self.isKey = isKey
        self.isLocal = isLocal
        self.value = value
        self.keyName = keyName

    def __repr__(self) -> str:
        side = "local" if self.isLocal else "remote"
        what = "key" if self.isKey else f"value {self.keyName!r}"
        length = "unread" if self.value is None else len(self.value)
        return f"{side} {what} too long: {length}"


class BadLocalReturn(AmpError):
    """
    A responder returned what its command cannot put into a box.

    @ivar message: what was returned, and by whom.
    @ivar enclosed: the L{Failure} to put it there.
    """

    def __init__(self, message: str, enclosed: Failure) -> None:
        AmpError.__init__(self)
        self.message = message
        self.enclosed = enclosed

    def __repr__(self) -> str:
        return f"{self.message} {self.enclosed.getBriefTraceback()}"

    __str__ = __repr__


class RemoteAmpError(AmpError):
    """
    The other side of a call reports an error.

    @ivar errorCode: which one, as a command's C{errors} have it.
    @ivar description: text about it.
    @ivar fatal: whether the connection is to be closed after it is sent.
    @ivar local: the L{Failure} of this side that it stands for, if it is to be
        sent.
    """

    def __init__(
        self,
        errorCode: bytes,
        description: str,
        fatal: bool = False,
        local: Failure | None = None,
    ) -> None:
        code = errorCode.decode("ascii", "backslashreplace")
        if local is None:
            text = f"Code<{code}>: {description}"
        else:
            text = f"Code<{code}> (local): {description}\n{local.getBriefTraceback()}"
        super().__init__(text)
        self.errorCode = errorCode
        self.description = description
        self.fatal = fatal
        self.local = local


class UnknownRemoteError(RemoteAmpError):
    """
    The other side failed in a way the command does not declare.
    """

    def __init__(self, description: str) -> None:
        RemoteAmpError.__init__(self, UNKNOWN_ERROR_CODE, description)


PROTOCOL_ERRORS: dict[bytes, type[Exception]] = {UNHANDLED_ERROR_CODE: UnhandledCommand}
