"""
Run the tests that concern Windows, on Linux: by a genuine Windows CPython
under wine.

    python -m wheels.windows.test [--root DIRECTORY] [--mode compiled|pure|c] [WORD …]

The tests in C of the proactor, and then, once with the compiled parts (built
by zig) and once without, the contract of reactors on completion ports and on
select, the streams, the timers, Deferreds and framers.  WORDs go to pytest.

What cannot be had here is said in one line; the status is then 77.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from wheels import zig
from wheels.windows import prepare

TOP = Path(__file__).resolve().parent.parent.parent
ROOT = TOP / "build" / "windows"
VERSION = f"3.{sys.version_info.minor}"
MODES = ("c", "compiled", "pure")

SUITES = [
    "tests/internet/test_iocp.py",
    "tests/internet/test_win32_process.py",
    "tests/internet/test_reactors.py",
    "tests/internet/test_streams.py",
    "tests/internet/test_deferred.py",
    "tests/internet/test_task.py",
    "tests/protocols/test_framing.py",
    "tests/protocols/test_loopback.py",
    "tests/protocols/test_tls.py",
]

#: What cannot pass there, and why.
LEFT_OUT = [
    # There are no UNIX sockets.
    "tests/protocols/test_tls.py::test_startTLSOnAUNIXSocket",
    # wine takes the news of a reset for itself.
    "tests/protocols/test_tls.py::test_rudePeers",
]


def build(root: Path) -> list[Path]:
    """
    Compile the parts for Windows, and put them into the tree.

    @return: what is to be removed from there afterwards, so that nothing else
        that is built from the tree takes it along.
    """
    include = Path(sysconfig.get_path("include"))
    headers = root / "include"
    config = Path(sysconfig.get_config_h_filename())
    zig.headersFor("pe", include, config, headers)
    library = root / "python" / f"python{VERSION.replace('.', '')}.dll"
    lib = root / "lib"
    shutil.rmtree(lib, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "setup.py", "-q", "build_ext", f"--build-lib={lib}"]
        + [f"--build-temp={root / 'temp'}"],
        cwd=TOP,
        env={
            **os.environ,
            **zig.environment("x86_64-windows-gnu", headers, library),
            "_PYTHON_HOST_PLATFORM": "win-amd64",
            "SETUPTOOLS_EXT_SUFFIX": f".cp{VERSION.replace('.', '')}-win_amd64.pyd",
            "TORSION_BUILD": "require",
        },
        capture_output=True,
        text=True,
        timeout=900,
    )
    if done.returncode:
        raise SystemExit(f"the parts cannot be compiled for Windows:\n{done.stdout}{done.stderr}")
    return [
        Path(shutil.copy(module, TOP / "src" / module.relative_to(lib)))
        for module in lib.rglob("*.pyd")
    ]


def underWine(root: Path, mode: str, words: list[str]) -> int:
    """Run the suites, and say how it went."""
    switch = {"PURE_PYTHON": "1"} if mode == "pure" else {"TWISTED_ACCEL": "require"}
    try:
        done = prepare.runUnderWine(
            root,
            [root / "python" / "python.exe", "-m", "pytest", "-p", "no:cacheprovider"]
            + ["-q", "-m", "not wheels and not interop", *(words or SUITES)]
            + [f"--deselect={name}" for name in LEFT_OUT],
            timeout=1500,
            PYTHONPATH=f"Z:{TOP / 'src'};Z:{TOP}",
            **switch,
        )
    except subprocess.TimeoutExpired as expired:
        print(expired.stdout)
        return 1
    print(done.stdout, done.stderr, sep="")
    return done.returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--mode", choices=MODES, action="append")
    parser.add_argument("words", nargs="*", metavar="WORD")
    asked = parser.parse_args()
    root = asked.root.resolve()
    try:
        python = prepare.prepare(root, VERSION)
        print(f"== {python}, under {prepare.wine()}", flush=True)
    except prepare.Unavailable as problem:
        print(f"test-windows: skipped: {problem}", file=sys.stderr)
        return prepare.SKIP
    os.chdir(TOP)
    failed = []
    for mode in asked.mode or MODES:
        print(f"== {mode}", flush=True)
        if mode == "c":
            status = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", "tests/ext/test_iocp.py"],
                env={**os.environ, "TORSION_WINDOWS": os.fspath(root)},
            ).returncode
        else:
            built = build(root) if mode == "compiled" else []
            try:
                status = underWine(root, mode, asked.words)
            finally:
                for module in built:
                    module.unlink()
        if status:
            failed.append(mode)
    print(f"== {'failed: ' + ', '.join(failed) if failed else 'well'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
