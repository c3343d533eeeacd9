"""The API level that is offered, as an :class:`incremental.Version`."""

from incremental import Version

__version__ = Version("Twisted", 26, 10, 0)

__all__ = ["__version__"]
