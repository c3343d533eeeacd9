"""
What importing the reactor loads, and what it leaves for who asks.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# What programs that only import the reactor do not need.  Each was loaded once,
# and cost more than the module that wanted it.
UNWANTED = {
    "OpenSSL",
    "_ssl",
    "asyncio",
    "ast",
    "attr",
    "copy",
    "cryptography",
    "dataclasses",
    "datetime",
    "dis",
    "email",
    "http",
    "hyperlink",
    "incremental",
    "inspect",
    "linecache",
    "logging",
    "platform",
    "random",
    "ssl",
    "string",
    "subprocess",
    "tempfile",
    "textwrap",
    "tokenize",
    "traceback",
    "twisted.internet._resolver",
    "twisted.internet.endpoints",
    "twisted.internet.process",
    "twisted.internet.protocol",
    "twisted.internet.task",
    "twisted.internet.threads",
    "twisted.internet.udp",
    "twisted.internet.unix",
    "twisted.logger._capture",
    "twisted.logger._file",
    "twisted.logger._filter",
    "twisted.logger._format",
    "twisted.logger._json",
    "twisted.logger._stdlib",
    "twisted.python.compat",
    "twisted.python.components",
    "twisted.python.deprecate",
    "twisted.python.filepath",
    "twisted.python.threadpool",
    "twisted.python.util",
    "unittest",
    "uuid",
}

# What Twisted's reactor imports, so that it is there by name.
PROMISED = {
    "twisted.internet": (
        "abstract address base default defer error fdesc interfaces main posixbase process"
        " protocol task tcp threads udp unix"
    ),
    "twisted.python": (
        "compat components context deprecate failure filepath lockfile log randbytes reflect"
        " runtime sendmsg threadable threadpool util versions win32"
    ),
}

TWINS = pytest.mark.parametrize("pure", ["", "1"], ids=["compiled", "pure"])


def fresh(code: str, pure: str = "") -> str:
    """Return what *code* prints in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PURE_PYTHON": pure, "TWISTED_ACCEL": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@TWINS
def test_theReactorIsLight(pure: str) -> None:
    """What an interpreter has loaded before, as by a tracer of coverage, does not count."""
    found = fresh(
        "import sys; before = set(sys.modules)\n"
        "from twisted.internet import reactor\n"
        "print(*(set(sys.modules) - before))",
        pure,
    )
    loaded = set(found.split())
    assert "twisted.internet.reactor" in loaded
    assert sorted(loaded & UNWANTED) == []
    assert len(loaded) < 160


@pytest.mark.parametrize("package", sorted(PROMISED))
def test_theRestIsThereByName(package: str) -> None:
    names = PROMISED[package].split()
    code = (
        "import twisted.internet.reactor, sys\n"
        f"package = sys.modules[{package!r}]\n"
        f"for name in {names!r}:\n"
        "    assert name in dir(package), name\n"
        "    print(getattr(package, name).__name__)\n"
        "    assert name in vars(package)"
    )
    assert fresh(code).split() == [f"{package}.{name}" for name in names]


@pytest.mark.parametrize("package", ["twisted.internet", "twisted.python", "twisted.logger"])
def test_whatIsNowhereIsNoAttribute(package: str) -> None:
    module = sys.modules.get(package) or __import__(package, fromlist=["x"])
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'nothing'"):
        module.nothing


def test_whatCannotBeImportedIsNoAttributeAndSaysWhy() -> None:
    """As in Twisted, where what needs OpenSSL is not there without it."""
    code = (
        "import sys; sys.modules['OpenSSL'] = None\n"
        "import twisted.internet\n"
        "assert not hasattr(twisted.internet, 'ssl')\n"
        "try:\n    from twisted.internet import ssl\n"
        "except ImportError as problem:\n    print(problem)"
    )
    assert "OpenSSL" in fresh(code)


def test_everyNameOfTheLoggerIsThere() -> None:
    code = (
        "import twisted.logger as logger\n"
        "missing = set(logger.__all__) - set(dir(logger))\n"
        "from twisted.logger import *\n"
        "print(sorted(missing | (set(logger.__all__) - set(globals()))))"
    )
    assert fresh(code) == "[]\n"


def test_criticalEventsBeforeLoggingBeginsArePrinted() -> None:
    """What formats them is loaded by the first, and only critical ones are printed."""
    code = (
        "import sys; sys.stderr = sys.stdout\n"
        "from twisted.logger import Logger\n"
        "log = Logger('early')\n"
        "log.error('not this one')\n"
        "assert 'twisted.logger._format' not in sys.modules\n"
        "log.critical('{number} errors', number=2)\n"
        "log.critical('again')\n"
        "Logger('').critical('from nowhere')"
    )
    assert fresh(code) == "2 errors\nagain\n"


def test_deprecatedNamesWarnWithoutTheDecorators() -> None:
    code = (
        "import sys, warnings; warnings.simplefilter('always'); sys.stderr = sys.stdout\n"
        "from twisted.logger import Logger, LoggingFile\n"
        "from twisted.internet import defer\n"
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    out = LoggingFile(Logger())\n"
        "    out.softspace = 3\n"
        "    assert out.softspace == 3\n"
        "    d = defer.Deferred()\n"
        "    defer.timeout(d)\n"
        "    d.addErrback(lambda reason: reason.trap(defer.TimeoutError))\n"
        "for each in caught: print(each.category.__name__, each.filename, each.message)"
    )
    softspace = "twisted.logger._io.LoggingFile.softspace was deprecated in Twisted 21.2.0"
    timeout = (
        "twisted.internet.defer.timeout was deprecated in Twisted 17.1.0; please use"
        " twisted.internet.defer.Deferred.addTimeout instead"
    )
    assert fresh(code).splitlines() == [
        f"DeprecationWarning <string> {message}" for message in (softspace, softspace, timeout)
    ]
