"""
The programs that teach Deferreds print what their readers are shown.
"""

from __future__ import annotations

import re

import pytest

from tests.examples_support import EXAMPLES, run

PRACTICE = EXAMPLES / "deferreds" / "practice.py"


def lineOf(text: str, function: str = "") -> int:
    """The number of the line of the practice that has *text*, within *function*."""
    lines = PRACTICE.read_text().splitlines()
    first = next((i for i, line in enumerate(lines) if line.startswith(f"def {function}(")), 0)
    return next(i for i in range(first, len(lines)) if text in lines[i]) + 1


def test_addCallback() -> None:
    assert run("deferreds/add_callback.py") == "Triggering callback.\n"


def test_addErrback() -> None:
    # What wraps a thing that is no exception has been str itself since
    # DefaultException went.
    assert run("deferreds/add_errback.py") == (
        "[Failure instance: Traceback (failure with no frames): <class 'str'>:"
        " Triggering errback.\n]\n"
    )


def test_multipleCallbacks() -> None:
    assert run("deferreds/multiple_callbacks.py") == "<i><b>Hello World</b></i>\n"


def test_headline() -> None:
    assert run("deferreds/headline.py") == (
        "<h1>Breaking News: Twisted Takes Us to the Moon!</h1>\n"
    )


def test_headlineThatIsTooLong() -> None:
    assert run("deferreds/headline.py", "1234567890" * 6) == (
        "[Failure instance: Traceback (failure with no frames): <class 'str'>:"
        f" The headline ``{'1234567890' * 6}'' is too long!\n]\n"
    )


SAID = "Callback 1 said: Test\nCallback 2 said: Test\n"
PLAIN = "[Failure instance: Traceback (failure with no frames): <class 'str'>: Test\n]\n"


@pytest.mark.parametrize(
    ("exercise", "output"),
    [
        (1, SAID),
        (
            4,
            f"Errback 1 had an error on {PLAIN}"
            "Unhandled error in Deferred:\n\n"
            "Traceback (most recent call last):\nFailure: builtins.str: Test\n\n",
        ),
        (5, f"Errback 1 had an error on {PLAIN}Errback 3 took care of {PLAIN}"),
    ],
)
def test_exercisesWithoutATraceback(exercise: int, output: str) -> None:
    assert run("deferreds/practice.py", str(exercise)) == output


@pytest.mark.parametrize(
    ("exercise", "before", "raiser", "text"),
    [
        (2, SAID, "callback3", "Callback 3"),
        (6, "", "errback2", "Errback 2"),
        (7, SAID, "callback3", "Callback 3"),
    ],
)
def test_exercisesWithAnUnhandledError(exercise: int, before: str, raiser: str, text: str) -> None:
    output = run("deferreds/practice.py", str(exercise))
    shown = re.fullmatch(
        re.escape(f"{before}Unhandled error in Deferred:\n\nTraceback (most recent call last):\n")
        + r"((?:  .*\n)+)"
        + re.escape(f"builtins.Exception: {text}\n\n"),
        output,
    )
    assert shown is not None, output
    # Frames of the implementation may come before; that which raised is last.
    frames = re.findall(r'  File "([^"]+)", line (\d+), in (\S+)\n    (.*)\n', shown[1])
    line = lineOf("raise", raiser)
    assert frames[-1] == (str(PRACTICE), str(line), raiser, f'raise Exception("{text}")')


@pytest.mark.parametrize(
    ("exercise", "before", "after"),
    [(3, SAID, ""), (8, "", "Callback 1 said: Everything is fine now.\n")],
)
def test_exercisesThatShowWhatTheyTookCareOf(exercise: int, before: str, after: str) -> None:
    output = run("deferreds/practice.py", str(exercise))
    head = f"{before}Errback 3 took care of [Failure instance: Traceback: "
    head += "<class 'Exception'>: Callback 3\n"
    assert output.startswith(head), output
    assert output.endswith("\n]\n" + after), output
    frames = output[len(head) : -len("\n]\n" + after)].splitlines()
    assert frames[-1] == f"{PRACTICE}:{lineOf('raise', 'callback3')}:callback3"
