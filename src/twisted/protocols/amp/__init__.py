"""
AMP, the Asynchronous Messaging Protocol: both sides of a connection ask each
other for things, any number at a time.

A message is a box: pairs of bytes, each of the two preceded by its length in 16
bits, keys of at most 255 bytes and values of at most 65535; an empty key ends
it. A question has the keys C{_command} and C{_ask}, a tag; its answer has
C{_answer} and the tag; an error C{_error} and the tag, C{_error_code} and
C{_error_description}. A question without C{_ask} wants no answer.

Programs say what can be asked for in subclasses of L{Command}, answer in
responders of a subclass of L{AMP}, and ask with L{AMP.callRemote}::

    class Sum(amp.Command):
        arguments = [(b"a", amp.Integer()), (b"b", amp.Integer())]
        response = [(b"total", amp.Integer())]

    class Calculator(amp.AMP):
        @Sum.responder
        def sum(self, a, b):
            return {"total": a + b}

    protocol.callRemote(Sum, a=1, b=2)  # fires with {"total": 3}

The parts live in private modules; this is the path they are imported from.
"""

from __future__ import annotations

from typing import Any

from twisted.protocols.amp._arguments import (
    AmpList,
    Argument,
    Boolean,
    DateTime,
    Decimal,
    Descriptor,
    Float,
    Integer,
    ListOf,
    Path,
    String,
    Unicode,
    _objectsToStrings,
    _stringsToObjects,
    _wireNameToPythonIdentifier,
    parse,
    parseString,
    utc,
)
from twisted.protocols.amp._boxes import AmpBox, Box, QuitBox, _SwitchBox
from twisted.protocols.amp._commands import Command, ProtocolSwitchCommand, _CommandMeta
from twisted.protocols.amp._dispatch import BoxDispatcher, CommandLocator, SimpleStringLocator
from twisted.protocols.amp._interfaces import (
    IArgumentType,
    IBoxReceiver,
    IBoxSender,
    IResponderLocator,
)
from twisted.protocols.amp._protocol import AMP, BinaryBoxProtocol, _DescriptorExchanger
from twisted.protocols.amp._tls import (
    StartTLS,
    _LocalArgument,
    _NoCertificate,
    _TLSBox,
    findSSL,
)
from twisted.protocols.amp._vocabulary import (
    ANSWER,
    ASK,
    COMMAND,
    ERROR,
    ERROR_CODE,
    ERROR_DESCRIPTION,
    MAX_KEY_LENGTH,
    MAX_VALUE_LENGTH,
    PROTOCOL_ERRORS,
    PYTHON_KEYWORDS,
    UNHANDLED_ERROR_CODE,
    UNKNOWN_ERROR_CODE,
    AmpError,
    BadLocalReturn,
    IncompatibleVersions,
    InvalidSignature,
    MalformedAmpBox,
    NoEmptyBoxes,
    OnlyOneTLS,
    ProtocolSwitched,
    RemoteAmpError,
    TooLong,
    UnhandledCommand,
    UnknownRemoteError,
)
from twisted.python._facade import publish
from twisted.python._tzhelper import FixedOffsetTimeZone as _FixedOffsetTZInfo

__all__ = [
    "AMP",
    "ANSWER",
    "ASK",
    "AmpBox",
    "AmpError",
    "AmpList",
    "Argument",
    "BadLocalReturn",
    "BinaryBoxProtocol",
    "Boolean",
    "Box",
    "BoxDispatcher",
    "COMMAND",
    "Command",
    "CommandLocator",
    "DateTime",
    "Decimal",
    "Descriptor",
    "ERROR",
    "ERROR_CODE",
    "ERROR_DESCRIPTION",
    "Float",
    "IArgumentType",
    "IBoxReceiver",
    "IBoxSender",
    "IResponderLocator",
    "IncompatibleVersions",
    "Integer",
    "InvalidSignature",
    "ListOf",
    "MAX_KEY_LENGTH",
    "MAX_VALUE_LENGTH",
    "MalformedAmpBox",
    "NoEmptyBoxes",
    "OnlyOneTLS",
    "PROTOCOL_ERRORS",
    "PYTHON_KEYWORDS",
    "Path",
    "ProtocolSwitchCommand",
    "ProtocolSwitched",
    "QuitBox",
    "RemoteAmpError",
    "SimpleStringLocator",
    "StartTLS",
    "String",
    "TooLong",
    "UNHANDLED_ERROR_CODE",
    "UNKNOWN_ERROR_CODE",
    "UnhandledCommand",
    "Unicode",
    "UnknownRemoteError",
    "parse",
    "parseString",
    "utc",
]

publish(
    __name__,
    globals(),
    [name for name in __all__ if name != "utc"]
    + ["_CommandMeta", "_DescriptorExchanger", "_LocalArgument", "_NoCertificate"]
    + ["_SwitchBox", "_TLSBox"],
)


def __getattr__(name: str) -> Any:
    """Import C{ssl} when it is asked for, which most programs do not."""
    if name != "ssl":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    global ssl
    ssl = findSSL()
    return ssl


ssl: Any
