"""
The ratchet: tests of genuine Twisted's suite that pass must go on passing.

C{ratchet.json} lists their ids.  C{--update} adds those that pass now.  The
rooms that are not built yet are layered from the genuine wheel by the tool.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
RATCHET = HERE / "ratchet.json"

#: The modules whose rooms exist.
MODULES = [
    "twisted.internet.test.test_address",
    "twisted.internet.test.test_base",
    "twisted.internet.test.test_core",
    "twisted.internet.test.test_defer_await",
    "twisted.internet.test.test_defer_yieldfrom",
    "twisted.internet.test.test_error",
    "twisted.internet.test.test_fdset",
    "twisted.internet.test.test_filedescriptor",
    "twisted.internet.test.test_main",
    "twisted.internet.test.test_protocol",
    "twisted.internet.test.test_udp",
    "twisted.logger.test.*",
    "twisted.protocols.test.test_basic",
    "twisted.python.test.test_components",
    "twisted.python.test.test_deprecate",
    "twisted.test.test_abstract",
    "twisted.test.test_cooperator",
    "twisted.test.test_defer",
    "twisted.test.test_failure",
    "twisted.test.test_log",
    "twisted.test.test_task",
    "twisted.test.test_threadable",
    "twisted.test.test_threads",
]


def run(python: str, tool: str) -> set[str]:
    """Return the ids of the tests that pass."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out.json")
        command = [sys.executable, tool, "--python", python, "--overlay", "auto"]
        command += ["--fill", "all", "--class", "public", "--json", str(out)]
        for module in MODULES:
            command += ["--only", module]
        subprocess.run(command, stdout=subprocess.DEVNULL, timeout=900, check=False)
        found = json.loads(out.read_text())
    return set(passedIn(found))


def passedIn(found: dict) -> list[str]:  # type: ignore[type-arg]
    """Return the ids of passed tests in a report of the tool."""
    ids = []
    for module, report in found["modules"].items():
        for name, state in report.get("tests", {}).items():
            verdict = state if isinstance(state, str) else state[0]
            if verdict == "pass":
                ids.append(name if name.startswith(module) else f"{module}.{name}")
    return ids


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", required=True)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    passed = run(options.python, options.tool)
    known = set(json.loads(RATCHET.read_text())) if RATCHET.exists() else set()
    if options.update:
        RATCHET.write_text(json.dumps(sorted(known | passed), indent=0) + "\n")
        print(f"{len(known | passed)} tests in the ratchet, {len(passed - known)} new")
        return 0
    lost = sorted(known - passed)
    # One more try for those alone that may have been unlucky on a busy machine.
    if lost and len(lost) < 20:
        lost = sorted(set(lost) - run(options.python, options.tool))
    print(f"{len(known) - len(lost)} of {len(known)} kept, {len(passed - known)} new")
    for name in lost:
        print("lost:", name)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
