"""
The API level that is offered, as an :class:`incremental.Version`.

A package and not a module, though it has but one file: a package comes before
a module of the same name.  Genuine Twisted, laid over us, replaces
C{twisted/__init__.py}, which imports its own C{twisted._version} module; it
then finds this, and the mixture is told of before anything else goes wrong.
"""

from incremental import Version

from twisted import _accel as _accel  # warns of a mixed installation

__version__ = Version("Twisted", 26, 10, 0)

__all__ = ["__version__"]
