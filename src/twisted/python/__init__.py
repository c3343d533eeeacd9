"""
The ground floor: failures, logging, paths, options and reflection, without I/O loops.
"""

from __future__ import annotations

from twisted.python._facade import late

# As in twisted.internet: there by name for who imported no more than the reactor.
__getattr__, __dir__ = late(
    globals(),
    dict.fromkeys(
        (
            "compat",
            "components",
            "deprecate",
            "filepath",
            "lockfile",
            "randbytes",
            "sendmsg",
            "threadpool",
            "util",
            "versions",
            "win32",
        ),
        "",
    ),
)
