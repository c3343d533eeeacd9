"""
The command C{inetd} of C{twistd} and C{twist}: do what C{/etc/inetd.conf} says.
"""

from __future__ import annotations

import socket
from typing import Any

from twisted.application import internet
from twisted.application.service import MultiService
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.python import usage
from twisted.python.util import gidFromString, uidFromString
from twisted.runner import inetd, inetdconf

__all__ = ["Options", "makeService", "protocolDict"]

_log = Logger()

#: The protocols that services can have, by name.
protocolDict = {"tcp": socket.IPPROTO_TCP, "udp": socket.IPPROTO_UDP}

_SOCKETS = {("stream", "tcp"): socket.SOCK_STREAM, ("dgram", "udp"): socket.SOCK_DGRAM}
_FAMILIES = {"": socket.AF_INET, "4": socket.AF_INET, "6": socket.AF_INET6}


class Options(usage.Options):
    """
    The options of C{inetd}.
    """

    optParameters = [
        ["rpc", "r", "/etc/rpc", "DEPRECATED. Changes nothing."],
        ["file", "f", "/etc/inetd.conf", "The file that says what to run for whom."],
    ]

    optFlags = [["nointernal", "i", "Do not run the services that are internal."]]

    compData = usage.Completions(optActions={"file": usage.CompleteFiles("*.conf")})


class _Skipped(Exception):
    """A service that cannot be run; the text says why."""


def _resolve(service: Any) -> None:
    """
    Put numbers for a service's user and group.

    @raise _Skipped: there are no such ones.
    """
    # Late: there are no users everywhere.
    import pwd

    try:
        uid = uidFromString(service.user)
    except (KeyError, ValueError):
        raise _Skipped(f"Unknown user: {service.user}")
    if service.group is None:
        gid = pwd.getpwuid(uid).pw_gid
    else:
        try:
            gid = gidFromString(service.group)
        except (KeyError, ValueError):
            raise _Skipped(f"Unknown group: {service.group}")
    service.user, service.group = uid, gid


def _waits(service: Any) -> tuple[bool, int]:
    """
    Return whether a service takes over the socket, and how often a minute it may be
    started.

    @raise _Skipped: its line does not say so.
    """
    word, _, number = service.wait.replace(":", ".").partition(".")
    if word not in ("wait", "nowait") or (number and not number.isdecimal()):
        raise _Skipped(f"Neither wait nor nowait: {service.wait}")
    return word == "wait", int(number) if number else inetd.STARTS


def _internal(service: Any, family: int) -> Any:
    made = inetd.internalProtocols.get(service.name)
    if made is None:
        raise _Skipped(f"Unknown internal service: {service.name}")
    if service.socketType != "stream":
        raise _Skipped(f"Internal services are not there for {service.protocol}: {service.name}")
    return _server(service, Factory.forProtocol(made), family)


def _server(service: Any, factory: Any, family: int) -> Any:
    interface = "::" if family == socket.AF_INET6 else ""
    return internet.TCPServer(service.port, factory, interface=interface)


def _serviceFor(service: Any) -> Any:
    """
    Make what serves one line.

    @raise _Skipped: it cannot be served.
    """
    protocol = service.protocol.rstrip("46")
    family = _FAMILIES.get(service.protocol.removeprefix(protocol))
    kind = _SOCKETS.get((service.socketType, protocol))
    if kind is None or family is None:
        raise _Skipped(f"Unsupported type/protocol: {service.socketType}/{service.protocol}")
    if service.program == "internal":
        return _internal(service, family)
    waits, starts = _waits(service)
    _resolve(service)
    if waits:
        made: Any = inetd.WaitingServer(service, family, kind)
        made.limit.maximum = starts
        return made
    if kind == socket.SOCK_DGRAM:
        raise _Skipped("A dgram service must wait, since it has only one socket")
    factory = inetd.InetdFactory(service)
    factory.limit.maximum = starts
    return _server(service, factory, family)


def makeService(config: Any) -> MultiService:
    """
    Make the services of a file; those that cannot be served are logged and left
    out.

    @raise inetdconf.InvalidConfError: a line is not as it has to be.
    @raise inetdconf.UnknownService: a service has no port.
    @raise OSError: the file cannot be read.
    """
    collection = MultiService()
    configuration = inetdconf.InetdConf()
    with open(config["file"]) as file:
        configuration.parseFile(file)
    for service in configuration.services:
        if service.program == "internal" and config["nointernal"]:
            continue
        try:
            made = _serviceFor(service)
        except _Skipped as why:
            _log.warn(
                "Skipping {name}, port {port}: {why}",
                name=service.name,
                port=service.port,
                why=str(why),
                log_system="-",
            )
        else:
            made.setServiceParent(collection)
    return collection
