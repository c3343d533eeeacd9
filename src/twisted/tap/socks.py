"""
C{twistd socks}: a proxy for clients that speak SOCKS version 4.
"""

from __future__ import annotations

from typing import Any

from twisted.application import internet
from twisted.protocols import socks
from twisted.python import usage


class Options(usage.Options):
    """
    The command line.
    """

    synopsis = "[-i <interface>] [-p <port>] [-l <file>]"
    longdesc = "Makes a SOCKSv4 server."

    optParameters = [
        ["interface", "i", "127.0.0.1", "local interface to which we listen"],
        ["port", "p", 1080, "Port on which to listen", usage.portCoerce],
        ["log", "l", None, "file to log connection data to"],
    ]

    compData = usage.Completions(
        optActions={"log": usage.CompleteFiles("*.log"), "interface": usage.CompleteNetInterfaces()}
    )


def makeService(config: Any) -> Any:
    """
    Make the server.

    @param config: L{Options}.
    @return: an L{IService<twisted.application.service.IService>}.
    """
    if config["interface"] != "127.0.0.1":
        print()
        print("WARNING:")
        print("  You have chosen to listen on a non-local interface.")
        print("  Whoever can reach it can go everywhere from here.")
        print()
    return internet.TCPServer(
        config["port"], socks.SOCKSv4Factory(config["log"]), interface=config["interface"]
    )
