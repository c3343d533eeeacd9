"""
Where plugins live.

Every directory C{twisted/plugins} beside something on C{sys.path} belongs to
this package, without an C{__init__.py} of its own: a project offers plugins by
shipping modules there.  See L{twisted.plugin}.
"""

from __future__ import annotations

from twisted.plugin import pluginPackagePaths

__path__.extend(pluginPackagePaths(__name__))

__all__: list[str] = []
