"""
The global reactor.

Importing this installs the platform's default reactor, unless one was
installed before; either takes this module's place in C{sys.modules}.
"""

from __future__ import annotations

import sys

del sys.modules["twisted.internet.reactor"]

from twisted.internet import default  # noqa: E402  (after the module has made room)

default.install()
