"""
Reactors, transports, Deferreds, endpoints: the engine.
"""

from __future__ import annotations

from twisted.python._facade import late

# Programs import the reactor and use these as attributes of the package, which
# they are in Twisted, where the reactor imports them.
__getattr__, __dir__ = late(
    globals(),
    dict.fromkeys(
        ("base", "fdesc", "process", "protocol", "ssl", "task", "threads", "udp", "unix"), ""
    ),
)
