"""
Find out which tests belong to a file: editors' variables in its first lines.

A line of these looks like C{# -*- test-case-name: package.test_module -*-}.
"""

from __future__ import annotations

import os
from itertools import islice

__all__ = ["getTestModules", "isTestFile", "loadLocalVariables", "parseLocalVariables"]

_FENCE = "-*-"
# An interpreter may be named in the first line, so the second counts, too.
_LINES = 2


def parseLocalVariables(line: str) -> dict[str, str]:
    """
    Return the variables in a line.

    @raise ValueError: there are none, or what is between the marks is not of
        the form C{name: value; name: value}.
    """
    _, opening, rest = line.partition(_FENCE)
    declaration, closing, _ = rest.rpartition(_FENCE)
    if not (opening and closing):
        raise ValueError(f"{line!r} has no variables between two {_FENCE}")
    variables = {}
    for item in filter(None, map(str.strip, declaration.split(";"))):
        words = item.split(":")
        if len(words) != 2:
            raise ValueError(f"{item!r} is not of the form 'name: value'")
        variables[words[0].strip()] = words[1].strip()
    return variables


def loadLocalVariables(filename: str) -> dict[str, str]:
    """
    Return the variables that are given in the first two lines of a file; none,
    if there are no such lines.
    """
    with open(filename, encoding="utf-8", errors="replace") as source:
        head = list(islice(source, _LINES))
    for line in head:
        try:
            return parseLocalVariables(line)
        except ValueError:
            continue
    return {}


def getTestModules(filename: str) -> list[str]:
    """
    Return the names of the modules with the tests for a file.
    """
    named = loadLocalVariables(filename).get("test-case-name", "")
    return [each.strip() for each in named.split(",") if each.strip()]


def isTestFile(filename: str) -> bool:
    """
    Say whether a file has the name of a module with tests: C{test_*.py}.
    """
    base, extension = os.path.splitext(os.path.basename(filename))
    return base.startswith("test_") and extension == ".py"
