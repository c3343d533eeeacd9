"""
Tools for testing programs that use the engine.
"""

from twisted.python.deprecate import deprecatedModuleAttribute
from twisted.python.versions import Version
from twisted.test import proto_helpers

# All of that module has moved.
for _name in proto_helpers.__all__:
    deprecatedModuleAttribute(
        Version("Twisted", 19, 7, 0),
        f"Please use twisted.internet.testing.{_name} instead.",
        proto_helpers.__name__,
        _name,
    )
