"""
Standard input and output as a transport: a protocol that talks to whoever
started this program.
"""

from __future__ import annotations

from twisted.python.runtime import platformType

if platformType == "posix":
    from twisted.internet._posixstdio import PipeAddress, StandardIO
else:
    from twisted.internet._win32stdio import (  # type: ignore[assignment]
        StandardIO,
    )
    from twisted.internet._win32stdio import (
        Win32PipeAddress as PipeAddress,
    )

__all__ = ["PipeAddress", "StandardIO"]
