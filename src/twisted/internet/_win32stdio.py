"""
Standard input and output as a transport, on Windows.
"""

from __future__ import annotations

from typing import Any

from twisted.internet import _posixstdio
from twisted.internet._posixstdio import PipeAddress as Win32PipeAddress


class StandardIO(_posixstdio.StandardIO):
    """
    As on POSIX, by threads: nothing there can be waited for.
    """

    def __init__(self, proto: Any, reactor: Any = None, *, stdin: int = 0, stdout: int = 1) -> None:
        """
        Connect *proto*, an C{IProtocol}.

        @param reactor: by default the global one.
        @param stdin: the descriptor to read from.
        @param stdout: the descriptor to write to.
        """
        super().__init__(proto, stdin, stdout, reactor)


__all__ = ["StandardIO", "Win32PipeAddress"]
