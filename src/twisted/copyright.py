"""
Version and licence, under the names programs look for.

``version`` is the API level; ``longversion`` adds whose implementation it is.
"""

from __future__ import annotations

from twisted import __torsion__
from twisted import __version__ as version

longversion = f"{version} (torsion {__torsion__})"

copyright = """\
Copyright (c) 2026 The Torsion developers.
See LICENSE for details."""

disclaimer = f"""
Torsion, an independent implementation of the Twisted API
{copyright}
Licensed under the terms of the MIT licence, which comes with ABSOLUTELY NO
WARRANTY.
"""

__all__ = ["copyright", "disclaimer", "longversion", "version"]
