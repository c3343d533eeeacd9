"""pyhtmlizer, as a command and by its parts."""

from __future__ import annotations

import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from twisted.python import usage
from twisted.scripts import htmlizer


class Page(HTMLParser):
    """Collects the text of the C{pre} and of the title, and the links."""

    def __init__(self, page: bytes, encoding: str = "utf-8") -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: dict[str, str] = {"pre": "", "title": ""}
        self.links: dict[str, str] = {}
        self.feed(page.decode(encoding))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link"):
            self.open.append(tag)
        if tag == "link":
            values = {key: value or "" for key, value in attrs}
            self.links[values["rel"]] = values["href"]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        # The page's html element is never closed, as it always was.
        if tag in self.open:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self.text:
            if tag in self.open:
                self.text[tag] += data


def command(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "twisted.scripts.htmlizer", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=30,
    )


SOURCE = 'import os\n\n\ndef f(x: "<b>") -> int:\n    return x & 1  # é\n'


def test_theCommand(tmp_path: Path) -> None:
    (tmp_path / "a&b.py").write_text(SOURCE, encoding="utf-8")
    done = command("-s", "x.css?a&b", "a&b.py", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    page = Page((tmp_path / "a&b.py.html").read_bytes())
    assert page.text["pre"] == SOURCE
    assert page.text["title"] == "a&b.py"
    assert page.links == {"alternate": "a&b.py", "stylesheet": "x.css?a&b"}


def test_noStyleSheet(tmp_path: Path) -> None:
    page = Page(htmlizer._page(b"x = 1\n", "x.py", None))
    assert page.links == {"alternate": "x.py"}
    assert page.text["pre"] == "x = 1\n"


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8-sig"])
def test_theEncodingIsTheSources(encoding: str) -> None:
    declared = "" if encoding == "utf-8-sig" else f"# coding: {encoding}\n"
    source = declared + "name = 'é'\n"
    made = htmlizer._page(source.encode(encoding), "\N{EURO SIGN}.py", None)
    page = Page(made, encoding.removesuffix("-sig"))
    assert page.text["pre"] == source
    assert page.text["title"] == "\N{EURO SIGN}.py"


def test_parts() -> None:
    options = htmlizer.Options()
    options.parseOptions(["--stylesheet", "a.css", "b.py"])
    assert (options["stylesheet"], options["filename"]) == ("a.css", "b.py")
    with pytest.raises(usage.UsageError):
        htmlizer.Options().parseOptions([])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "Wrong number of arguments."),
        (["a.py", "b.py"], "Wrong number of arguments."),
        (["--nonsense"], "option --nonsense not recognized"),
        (["absent.py"], "absent.py: No such file or directory"),
        (["odd.py"], "odd.py: unknown encoding: klingon"),
    ],
)
def test_whatCannotBeDone(tmp_path: Path, words: list[str], says: str) -> None:
    (tmp_path / "odd.py").write_text("# coding: klingon\n")
    done = command(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (1, "", says)
    assert os.listdir(tmp_path) == ["odd.py"]
