"""
C{twistd portforward}: passes connections on to another server.
"""

from __future__ import annotations

from typing import Any

from twisted.application import strports
from twisted.protocols import portforward
from twisted.python import usage


class Options(usage.Options):
    """
    The command line.
    """

    synopsis = "[options]"
    longdesc = "Port Forwarder."

    optParameters = [
        ["port", "p", "tcp:6666", "The string endpoint to listen on."],
        ["host", "h", "localhost", "The destination host to connect to."],
        ["dest_port", "d", 6665, "Set the destination port to connect to.", usage.portCoerce],
    ]

    compData = usage.Completions(optActions={"host": usage.CompleteHostnames()})


def makeService(config: Any) -> Any:
    """
    Make the server.

    @param config: L{Options}.
    @return: an L{IService<twisted.application.service.IService>}.
    """
    # Once upon a time the port was given by its number alone.
    where = str(config["port"])
    description = f"tcp:{where}" if where.isdigit() else where
    factory = portforward.ProxyFactory(config["host"], config["dest_port"])
    return strports.service(description, factory)
