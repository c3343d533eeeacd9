"""
Every module, name and signature of Twisted 26.10 is there, or stands in
L{known_differences} with its reason; what stands there does differ.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import make_compat
from tests.conformance.known_differences import API, NEEDS, NOT_BUILT
from tests.conformance.surface import Deviation, deviations, exists, listed, written

LISTED = listed()
BUILT = [module for module in LISTED if exists(module)]


def of(module: str, names: dict[str, str]) -> set[str]:
    """Return those of *names* that are in *module* itself."""
    return {
        name for name in names if any(name.startswith(f"{module}.{own}") for own in LISTED[module])
    }


def importable(module: str) -> bool:
    """Tell whether *module* is there, and all that it imports."""
    try:
        importlib.import_module(module)
    except ModuleNotFoundError:
        return False
    return True


@pytest.mark.parametrize("module", BUILT)
def test_module(module: str) -> None:
    """The module differs where it is known to, and nowhere else."""
    if module in NEEDS:
        pytest.importorskip(NEEDS[module])
    try:
        found = list(deviations(module, LISTED[module]))
    except ModuleNotFoundError as problem:
        missing = str(problem.name)
        if make_compat.waits(missing):
            pytest.skip(f"waits for {missing}")
        raise
    found = [each for each in found if each.what != "more"]
    surprising = [each for each in found if each.name not in API]
    assert surprising == [], "differs for no known reason"
    same = of(module, API) - {each.name for each in found}
    assert same == set(), "is as it should be: strike it from known_differences.API"


def test_everyModule() -> None:
    """Modules that are missing are known to be."""
    assert [name for name in LISTED if not exists(name) and not make_compat.waits(name)] == []


def test_nothingIsListedThatIsBuilt() -> None:
    """What is all there is no longer known as missing."""
    complete = [
        name
        for name in NOT_BUILT
        if all(map(importable, (each for each in LISTED if make_compat.isIn(each, name))))
    ]
    assert complete == [], "is built: strike it from known_differences.NOT_BUILT"


def test_knownNamesExist() -> None:
    """The lists of differences tell of names that Twisted has."""
    assert set(API) == {name for module in BUILT for name in of(module, API)}
    assert [
        name for name in NOT_BUILT if not any(make_compat.isIn(each, name) for each in LISTED)
    ] == []


def test_compatIsCurrent() -> None:
    """
    COMPAT.md is what make_compat writes: C{make compat} makes it so.  What is
    compatible and says more may lag behind.
    """
    stands, should = (
        [line for line in text.splitlines() if line and make_compat.MORE not in line]
        for text in (make_compat.WHERE.read_text(), make_compat.text())
    )
    assert stands == should


class Twin:
    """Stands for a class of ours, in the tests of the comparison itself."""

    def same(self, one: Any, *, two: Any = None) -> None:
        """Has the signature of the list."""

    def other(self, extra: Any) -> None:
        """Has not."""

    def more(self, a: Any = None, b: Any = None, *, c: Any = None) -> None:
        """Takes more."""

    @classmethod
    def made(cls, *parts: Any, **options: Any) -> None:
        """Has C{cls}, as in the list."""


def test_comparison(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What differs is found, each kind of it."""
    (tmp_path / "ourswithfaults.py").write_text(
        "from tests.conformance.test_api import Twin\n"
        "def function(a, b=1): pass\n"
        "NUMBER = 2\n"
        "class Fault(ValueError): pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    members = {
        "same": ["self", "one", "kw:two="],
        "other": ["self"],
        "made": ["cls", "*parts", "**options"],
        "more": ["self", "a"],
        "gone": "attr",
    }
    names: dict[str, dict[str, Any]] = {
        "Absent": {"kind": "class"},
        "Fault": {
            "kind": "exception",
            "bases": ["twisted.internet.error.ConnectError"],
            "members": {},
        },
        "NUMBER": {"kind": "constant", "value": "1"},
        "Twin": {"kind": "class", "bases": ["builtins.dict"], "members": members},
        "function": {"kind": "function", "signature": ["a", "c"]},
    }
    assert list(deviations("ourswithfaults", names)) == [
        Deviation("ourswithfaults.Absent", "missing", "class"),
        Deviation("ourswithfaults.Fault", "base", "twisted.internet.error.ConnectError"),
        Deviation("ourswithfaults.NUMBER", "value", "1", "2"),
        Deviation("ourswithfaults.Twin", "base", "builtins.dict"),
        Deviation("ourswithfaults.Twin.gone", "missing", "member"),
        Deviation("ourswithfaults.Twin.more", "more", "(self, a)", "(self, a=…, b=…, *, c=…)"),
        Deviation("ourswithfaults.Twin.other", "signature", "(self)", "(self, extra)"),
        Deviation("ourswithfaults.function", "signature", "(a, c)", "(a, b=…)"),
    ]
    names = {"function": {"kind": "interface", "members": {}}}
    assert list(deviations("ourswithfaults", names)) == [
        Deviation("ourswithfaults.function", "kind", "interface", "function")
    ]


def test_written() -> None:
    """Signatures are shown as one would write them."""
    assert written(["self", "a", "b=", "kw:c", "kw:d="]) == "(self, a, b=…, *, c, d=…)"
    assert written(["*a", "kw:c", "**k"]) == "(*a, c, **k)"
    assert written(None) == "(…)"
