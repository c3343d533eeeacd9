"""
C{pyhtmlizer}: make a page of HTML of a Python source file.

The page lies beside the source, under its name and C{.html}.
"""

from __future__ import annotations

import html
import io
import sys
import tokenize

from twisted import copyright
from twisted.python import htmlizer, usage

__all__ = ["Options", "alternateLink", "footer", "header", "run", "styleLink"]

header = """<html><head>
<title>%(title)s</title>
<meta name="Generator" content="%(generator)s" />
%(alternate)s
%(stylesheet)s
</head>
<body>
"""
footer = "</body>"

styleLink = '<link rel="stylesheet" href="%s" type="text/css" />'
alternateLink = '<link rel="alternate" href="%(source)s" type="text/x-python" />'


class Options(usage.Options):
    """
    The command line: a style sheet, perhaps, and the source's name, which
    becomes C{self["filename"]}.
    """

    synopsis = f"{sys.argv[0]} [options] source.py"
    optParameters = [("stylesheet", "s", None, "URL of stylesheet to link to.")]
    compData = usage.Completions(
        extraActions=[usage.CompleteFiles("*.py", descr="source python file")]
    )

    def parseArgs(self, filename: str) -> None:  # type: ignore[override]
        """
        @param filename: the file with the source.
        """
        self["filename"] = filename


def _page(source: bytes, name: str, stylesheet: str | None) -> bytes:
    """
    The page, in the encoding of the source.

    @param source: what is in the file.
    @param name: the file's name, as title and link.
    @param stylesheet: the URL of one, or L{None}.
    @raise SyntaxError: the source is not what it says it is encoded in, or is
        not Python.
    """
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    quoted = html.escape(name)
    head = header % {
        "title": quoted,
        "generator": html.escape(f"htmlizer/{copyright.longversion}"),
        "alternate": alternateLink % {"source": quoted},
        "stylesheet": styleLink % (html.escape(stylesheet),) if stylesheet else "",
    }
    written = io.BytesIO()
    # The mark of UTF-8 that a file may begin with would be in the text here.
    written.write(head.encode(encoding.removesuffix("-sig"), "xmlcharrefreplace"))
    htmlizer.filter(io.BytesIO(source), written, htmlizer.SmallerHTMLWriter)
    written.write(footer.encode("ascii"))
    return written.getvalue()


def run() -> None:
    """
    Be the C{pyhtmlizer} command; end the process with 1 if that cannot be done.
    """
    options = Options()
    try:
        options.parseOptions()
    except usage.UsageError as problem:
        sys.exit(str(problem))
    name: str = options["filename"]
    try:
        with open(name, "rb") as file:
            page = _page(file.read(), name, options["stylesheet"])
        with open(name + ".html", "wb") as file:
            file.write(page)
    except (OSError, SyntaxError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else problem
        sys.exit(f"{name}: {reason}")


if __name__ == "__main__":
    run()
