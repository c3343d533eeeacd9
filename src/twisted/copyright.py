"""
Version and licence, under the names programs look for.

``version`` is the API level; ``longversion`` adds whose implementation it is.
"""

from __future__ import annotations

from twisted import __torsion__, __version__ as version

longversion = f"{version} (torsion {__torsion__})"

copyright = """\
Copyright (c) 2026 The Torsion developers.
See LICENSE for details."""

disclaimer = """
Torsion, an independent implementation of the Twisted API
{}
Licensed under the terms of the MIT licence, which comes with ABSOLUTELY NO
WARRANTY.
""".format(copyright)

__all__ = ["copyright", "disclaimer", "longversion", "version"]
