"""
Immutable URLs, by L{hyperlink}.

Deprecated since Twisted 17.5.0: import C{URL} from hyperlink.  Whoever takes
this module out of L{twisted.python} is warned.
"""

from __future__ import annotations

import sys
import warnings
from types import ModuleType

from hyperlink import URL

_MESSAGE = (
    "twisted.python.url was deprecated in Twisted 17.5.0: Please use hyperlink from PyPI instead."
)


class _Package(ModuleType):
    """
    The package twisted.python once this module is loaded: a package does not
    notice otherwise when a module is taken out of it.
    """

    @property
    def url(self) -> ModuleType:
        """
        This module.
        """
        # "from twisted.python import url" first asks whether the name is
        # there, and then takes it; that is one use.
        asking = sys._getframe(1).f_globals.get("__name__")
        if asking != "importlib._bootstrap":
            warnings.warn(_MESSAGE, DeprecationWarning, stacklevel=2)
        return sys.modules[__name__]

    @url.setter
    def url(self, module: ModuleType) -> None:
        """
        Called by the import system; C{sys.modules} knows it already.
        """


sys.modules["twisted.python"].__class__ = _Package

__all__ = ["URL"]
