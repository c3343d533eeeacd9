"""
Tells the machine's port mapper, C{rpcbind(8)}, on which port an RPC program is to be
found: version 2 of its protocol (RFC 1833), over UDP.

The messages are made and read by functions without I/O; L{set} and L{unset} wait for
the answer, as programs do that register when they start.
"""

from __future__ import annotations

import secrets
import socket
import struct

__all__ = ["PortmapError", "set", "unset"]

#: Where the port mapper is.
ADDRESS = ("127.0.0.1", 111)
#: Seconds to wait for an answer before asking again, and how often to ask.
PATIENCE = 1.0
TRIES = 3

_PROGRAM, _VERSION, _RPC_VERSION = 100000, 2, 2
_CALL, _REPLY, _ACCEPTED, _SUCCESS = 0, 1, 0, 0
_SET, _UNSET = 1, 2
_MAX_VERIFIER = 400

_REASONS = {
    1: "it has no such program",
    2: "it speaks another version",
    3: "it has no such procedure",
    4: "it could not read the arguments",
    5: "it has failed",
}


class PortmapError(OSError):
    """
    The port mapper does not answer, or does not do what it was asked.
    """


def makeCall(xid: int, procedure: int, mapping: tuple[int, int, int, int]) -> bytes:
    """
    Make a call, without credentials.

    @param xid: the call's number, which the answer repeats.
    @param procedure: what to do.
    @param mapping: a program, its version, an IP protocol and a port.
    """
    head = (xid, _CALL, _RPC_VERSION, _PROGRAM, _VERSION, procedure)
    return struct.pack("!14I", *head, 0, 0, 0, 0, *mapping)


def readReply(xid: int, data: bytes) -> bool | None:
    """
    Read what has come.

    @param xid: the call's number.
    @return: what the port mapper answers; L{None} if this answers something else.
    @raise PortmapError: the call has failed, or this is no proper answer.
    """
    try:
        number, kind = struct.unpack_from("!2I", data)
        if number != xid or kind != _REPLY:
            return None
        status, _, length = struct.unpack_from("!3I", data, 8)
        if status != _ACCEPTED:
            raise PortmapError("the port mapper refuses the call")
        if length > _MAX_VERIFIER:
            raise PortmapError("the port mapper's answer is too long")
        # What is opaque is filled up to four bytes.
        offset = 20 + (length + 3) // 4 * 4
        (outcome,) = struct.unpack_from("!I", data, offset)
        if outcome != _SUCCESS:
            reason = _REASONS.get(outcome, f"for its reason {outcome}")
            raise PortmapError(f"the port mapper did not take the call: {reason}")
        (done,) = struct.unpack_from("!I", data, offset + 4)
    except struct.error:
        raise PortmapError("the port mapper's answer is too short")
    return bool(done)


def _ask(procedure: int, mapping: tuple[int, int, int, int]) -> bool:
    """
    Send a call and wait for its answer.

    @raise PortmapError: there is none.
    """
    xid = secrets.randbits(32)
    call = makeCall(xid, procedure, mapping)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(PATIENCE)
        asking.connect(ADDRESS)
        for _ in range(TRIES):
            try:
                asking.send(call)
                answer = readReply(xid, asking.recv(1024))
            except TimeoutError:
                continue
            except ConnectionRefusedError:
                break
            if answer is not None:
                return answer
    raise PortmapError(f"no port mapper answers at {ADDRESS[0]}, port {ADDRESS[1]}")


def set(program: int, version: int, protocol: int, port: int) -> None:
    """
    Register a port.

    @param program: the RPC program's number.
    @param version: its version.
    @param protocol: L{socket.IPPROTO_TCP} or L{socket.IPPROTO_UDP}.
    @param port: the port it listens on.
    @raise PortmapError: that cannot be done: the program has a port already, for
        instance, or there is no port mapper.
    """
    if not _ask(_SET, (program, version, protocol, port)):
        raise PortmapError(f"the port mapper does not register program {program}")


def unset(program: int, version: int) -> None:
    """
    Remove what was registered for a program.

    @raise PortmapError: there was nothing, or there is no port mapper.
    """
    if not _ask(_UNSET, (program, version, 0, 0)):
        raise PortmapError(f"the port mapper does not unregister program {program}")
