"""
Which command may come when, and how a line is one.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from twisted.protocols.ftp import _replies as replies

#: The states of a session, as integers as they always were.
UNAUTH, INAUTH, AUTHED, RENAMING = range(4)

#: What may come in each state but L{AUTHED}, in which everything may.
_EXPECTED = {
    UNAUTH: frozenset({"USER"}),
    INAUTH: frozenset({"USER", "PASS"}),
    RENAMING: frozenset({"RNTO", "QUIT", "ABOR"}),
}

#: The answer to what may not: for one command, else for any.
_REFUSED: dict[tuple[int, str | None], tuple[str, ...]] = {
    (UNAUTH, "PASS"): (replies.BAD_CMD_SEQ, "USER required before PASS"),
    (UNAUTH, None): (replies.NOT_LOGGED_IN,),
    (INAUTH, None): (replies.BAD_CMD_SEQ, "PASS required after USER"),
    (RENAMING, None): (replies.BAD_CMD_SEQ, "RNTO required after RNFR"),
}

#: What RFC 775 called what RFC 959 calls otherwise. Some clients still do.
_ALIASES = {"XCUP": "CDUP", "XCWD": "CWD", "XMKD": "MKD", "XPWD": "PWD", "XRMD": "RMD"}

#: Telnet's signals, which clients send before ABOR (RFC 959, 4.1.3).
_SIGNALS = re.compile(rb"\xff[\xf1-\xfe]")
_ENCODING = "utf-8"


def parseCommand(line: bytes) -> tuple[str, tuple[str, ...]]:
    """
    Read a line.

    Names are UTF-8 (RFC 2640), in which other bytes are kept as they are. A null
    stands for a line end in a name.

    @return: the command, in capitals, and what comes after the space, if there is
        one.
    """
    plain = _SIGNALS.sub(b"", line).replace(b"\0", b"\n")
    command, space, argument = plain.decode(_ENCODING, "surrogateescape").partition(" ")
    name = command.upper()
    return _ALIASES.get(name, name), ((argument,) if space else ())


def refusal(state: int, command: str, public: Collection[str]) -> tuple[str, ...] | None:
    """
    Say what is wrong with a command in a state.

    @param public: the commands that may come before anybody has logged in.
    @return: the key of a reply with its arguments; or L{None}, if it may come.
    """
    expected = _EXPECTED.get(state)
    if expected is None or command in expected:
        return None
    if state != RENAMING and command in public:
        return None
    return _REFUSED.get((state, command), _REFUSED[state, None])
