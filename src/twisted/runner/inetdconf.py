"""
The files C{/etc/inetd.conf} and C{/etc/services}, as inetd(8) and services(5) describe
them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TextIO

__all__ = [
    "InetdConf",
    "InetdService",
    "InvalidConfError",
    "InvalidInetdConfError",
    "InvalidServicesConfError",
    "ServicesConf",
    "SimpleConfFile",
    "UnknownService",
]

#: How a user may be written: alone, or with a group.
_USER = re.compile(r"(?P<user>[^.:]+)(?:[.:](?P<group>.+))?")


class InvalidConfError(Exception):
    """
    A line of a file is not as it has to be.
    """


class InvalidInetdConfError(InvalidConfError):
    """
    A line of C{inetd.conf} is not as it has to be.
    """


class InvalidServicesConfError(InvalidConfError):
    """
    A line of C{services} is not as it has to be.
    """


class UnknownService(Exception):
    """
    A service is neither a port nor a name with a port.
    """


class SimpleConfFile:
    """
    A file of lines with fields; what is empty or a comment does not count.

    Override L{parseFields}, or L{parseLine}.

    @cvar commentChar: where comments begin.
    @cvar defaultFilename: the file that is read if no other is given.
    @cvar invalid: raised with what a line lacks.
    @cvar needed: the names of the fields that a line must have.
    """

    commentChar = "#"
    defaultFilename: str | None = None
    invalid: type[InvalidConfError] = InvalidConfError
    needed: tuple[str, ...] = ()

    def parseFile(self, file: Iterable[str] | TextIO | None = None) -> None:
        """
        Read a file.

        @param file: a file that is open for reading text; by default, the one of
            C{defaultFilename} is opened.
        @raise InvalidConfError: of what kind, L{parseFields} says; the file and the
            line are added to its text.
        @raise OSError: it cannot be read.
        """
        if file is None:
            if self.defaultFilename:
                with open(self.defaultFilename) as opened:
                    self.parseFile(opened)
            return
        for number, whole in enumerate(file, 1):
            line = whole.partition(self.commentChar)[0].strip()
            if not line:
                continue
            try:
                self.parseLine(line)
            except (InvalidConfError, UnknownService) as error:
                where = f"{getattr(file, 'name', 'file')}, line {number}"
                raise type(error)(f"{where}: {error}")

    def parseLine(self, line: str) -> None:
        """
        Take in a line, without its comment.

        @raise InvalidConfError: fields are missing.
        """
        fields = line.split()
        missing = self.needed[len(fields) :]
        if missing:
            raise self.invalid(f"Invalid line {line!r}: there is no {', no '.join(missing)}")
        self.parseFields(*fields)

    def parseFields(self, *fields: str) -> None:
        """
        Take in the fields of a line.  Override it.
        """


class InetdService:
    """
    A line of C{inetd.conf}.

    @ivar name: the name of the service, C{"unknown"} if it has only a port.
    @ivar port: its port.
    @ivar socketType: C{"stream"}, C{"dgram"} or another.
    @ivar protocol: C{"tcp"}, C{"udp"} or another.
    @ivar wait: C{"wait"} or C{"nowait"}, maybe with a number of starts per minute.
    @ivar user: the name of the user to run it as.
    @ivar group: the name of the group, or L{None}.
    @ivar program: the program's path, or C{"internal"}.
    @ivar programArgs: its words, its name first.
    """

    name: Any = None
    port: Any = None
    socketType: Any = None
    protocol: Any = None
    wait: Any = None
    user: Any = None
    group: Any = None
    program: Any = None
    programArgs: Any = None

    def __init__(
        self,
        name: Any,
        port: Any,
        socketType: Any,
        protocol: Any,
        wait: Any,
        user: Any,
        group: Any,
        program: Any,
        programArgs: Any,
    ) -> None:
        fields = locals()
        del fields["self"]
        vars(self).update(fields)


class ServicesConf(SimpleConfFile):
    """
    Names and their ports.

    @ivar services: the ports, by pairs of a name and a protocol.
    """

    defaultFilename = "/etc/services"
    invalid = InvalidServicesConfError
    needed = ("name", "port/protocol")

    def __init__(self) -> None:
        self.services: dict[tuple[str, str], int] = {}

    def parseFields(  # type: ignore[override]
        self, name: str, portAndProtocol: str, *aliases: str
    ) -> None:
        """
        Take in a name, its port and protocol as in C{80/tcp}, and its other names.

        @raise InvalidServicesConfError: that is no port and protocol.
        """
        port, slash, protocol = portAndProtocol.partition("/")
        if not slash or "/" in protocol or not port.isascii() or not port.isdigit():
            raise InvalidServicesConfError(f"Invalid port/protocol: {portAndProtocol!r}")
        for each in (name, *aliases):
            self.services[each, protocol] = int(port)


class InetdConf(SimpleConfFile):
    """
    What is to be run for whom.

    @ivar services: the L{InetdService}s, as they came.
    @ivar knownServices: the L{ServicesConf} that has the ports of names.
    """

    defaultFilename = "/etc/inetd.conf"
    invalid = InvalidInetdConfError
    needed = ("name", "socket type", "protocol", "wait or nowait", "user", "program")

    def __init__(self, knownServices: ServicesConf | None = None) -> None:
        """
        @param knownServices: by default, what is in C{/etc/services}.
        """
        self.services: list[InetdService] = []
        if knownServices is None:
            knownServices = ServicesConf()
            knownServices.parseFile()
        self.knownServices = knownServices

    def parseFields(  # type: ignore[override]
        self,
        serviceName: str,
        socketType: str,
        protocol: str,
        wait: str,
        user: str,
        program: str,
        *programArgs: str,
    ) -> None:
        """
        Take in a service.

        @param serviceName: its name, or its port.
        @param socketType: what kind of socket it has.
        @param protocol: its protocol; C{tcp6} has the ports of C{tcp}.
        @param wait: whether it takes over the socket that listens.
        @param user: whom to run it as; with a group after a dot or a colon.
        @param program: what to run.
        @param programArgs: its words.
        @raise InvalidInetdConfError: that is no user.
        @raise UnknownService: the name has no port.
        """
        parts = _USER.fullmatch(user)
        if parts is None:
            raise InvalidInetdConfError(f"Invalid user: {user!r}")
        name, port = self._lookUp(serviceName, protocol)
        user, group = parts["user"], parts["group"]
        self.services.append(
            InetdService(name, port, socketType, protocol, wait, user, group, program, programArgs)
        )

    def _lookUp(self, serviceName: str, protocol: str) -> tuple[str, int]:
        """Return the name and the port."""
        for known in (protocol, protocol.rstrip("46")):
            port = self.knownServices.services.get((serviceName, known))
            if port is not None:
                return serviceName, port
        if serviceName.isascii() and serviceName.isdigit() and int(serviceName) < 65536:
            return "unknown", int(serviceName)
        raise UnknownService(f"Unknown service: {serviceName} ({protocol})")
