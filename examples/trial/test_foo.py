"""The smallest test there is.  Run it: trial test_foo.py"""

from twisted.trial import unittest


class MyFirstTestCase(unittest.TestCase):
    def test_something(self) -> None:
        self.assertTrue(True)
