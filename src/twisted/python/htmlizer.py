"""
Python source as HTML, with a class for each kind of token.

Writers turn tokens into HTML; L{TokenPrinter} gives them the tokens and what
is between.
"""

from __future__ import annotations

import html
import keyword
import sys
import tokenize
from collections.abc import Callable
from typing import IO, Any

from twisted.python import reflect

#: What the parts of formatted strings are: strings.
_KINDS = {
    letter + part: "string"
    for letter in ("fstring", "tstring")
    for part in ("_start", "_middle", "_end")
}


class TokenPrinter:
    """
    Gives tokens to a writer, with the white space between them.

    A name is a C{keyword}, an C{identifier} that is defined, a C{parameter} of
    a function, or a C{variable}; other tokens are what L{tokenize} calls them.

    @ivar encoding: the encoding of the source, which is that of what is
        written.
    @ivar currentLine: the line where the last token ended.
    @ivar currentCol: the column where it ended.
    @ivar lastIdentifier: whether the next name is defined by C{def} or
        C{class}.
    @ivar parameters: whether names are parameters.
    """

    currentCol = 0
    currentLine = 1
    lastIdentifier: Any = 0
    parameters: Any = 0
    encoding = "utf-8"
    _depth = 0
    _inSignature = False

    def __init__(self, writer: Callable[..., Any]) -> None:
        """
        @param writer: called with bytes and, for tokens, what they are.
        """
        self.writer = writer

    def printtoken(
        self,
        type: int,
        token: str | bytes,
        sCoordinates: tuple[int, int],
        eCoordinates: tuple[int, int],
        line: str | bytes,
    ) -> None:
        """
        Give a token to the writer; the parameters are as L{tokenize} has them.

        @param type: what it is.
        @param token: its text.
        @param sCoordinates: the line, from 1, and the column where it begins.
        @param eCoordinates: where it ends.
        @param line: the line that it is in.
        """
        text = token.decode(self.encoding) if isinstance(token, bytes) else token
        if type == tokenize.ENCODING:
            self.encoding = text
            return
        source = line.decode(self.encoding) if isinstance(line, bytes) else line
        row, column = sCoordinates
        if self.currentLine < row:
            self.writer(b"\n" * (row - self.currentLine))
            self.currentCol = 0
        if self.currentCol < column:
            self.writer(source[self.currentCol : column].encode(self.encoding))
        self.currentLine, self.currentCol = eCoordinates
        if type in (tokenize.NEWLINE, tokenize.NL) and text:
            self.currentLine, self.currentCol = row + 1, 0
        self.writer(text.encode(self.encoding), self._kind(type, text))

    def _kind(self, type: int, text: str) -> str:
        """
        Return what a token is.
        """
        if type == tokenize.OP:
            self._operator(text)
        if type != tokenize.NAME:
            kind = tokenize.tok_name[type].lower()
            return _KINDS.get(kind, kind)
        if keyword.iskeyword(text):
            self.lastIdentifier = text in ("def", "class")
            return "keyword"
        if self.lastIdentifier:
            self.lastIdentifier = False
            self.parameters = self._inSignature = True
            self._depth = 0
            return "identifier"
        return "parameter" if self.parameters else "variable"

    def _operator(self, text: str) -> None:
        """
        Find where parameters begin and end: between the parentheses behind a
        name that is defined, except for annotations.
        """
        if not self._inSignature:
            return
        if text in ("(", "[", "{"):
            self._depth += 1
        elif text in (")", "]", "}"):
            self._depth -= 1
            if text == ")" and self._depth == 0:
                self.parameters = self._inSignature = False
        elif text == ":" and self._depth <= 1:
            self.parameters = False
            self._inSignature = self._depth == 1
        elif text == "," and self._depth == 1:
            self.parameters = True


class HTMLWriter:
    """
    Writes tokens as C{span} elements of the class C{py-src-} and their kind.

    @cvar noSpan: kinds without an element; an instance has those of bases too.
    """

    noSpan: list[str] = []

    def __init__(self, writer: Callable[[bytes], Any]) -> None:
        """
        @param writer: takes the HTML.
        """
        self.writer = writer
        self.noSpan = []
        reflect.accumulateClassList(type(self), "noSpan", self.noSpan)

    def write(self, token: bytes, type: str | None = None) -> None:
        """
        Write a token, or white space.

        @param token: its text.
        @param type: its kind; None for white space.
        """
        # Latin-1 takes and gives any bytes as they are.
        escaped = html.escape(token.decode("latin-1")).encode("latin-1")
        if type is None or type in self.noSpan:
            self.writer(escaped)
        else:
            self.writer(b'<span class="py-src-%s">%s</span>' % (type.encode("ascii"), escaped))


class SmallerHTMLWriter(HTMLWriter):
    """
    Writes no elements for what a style sheet rarely tells apart.
    """

    noSpan = ["endmarker", "indent", "dedent", "op", "newline", "nl"]


def filter(
    inp: IO[bytes], out: IO[bytes], writer: Callable[[Callable[[bytes], Any]], Any] = HTMLWriter
) -> None:
    """
    Read Python source and write it as a C{pre} element.

    If the source ends too early, all that there is is written.

    @param inp: the source.
    @param out: where the HTML is written, in the source's encoding.
    @param writer: a writer, such as L{SmallerHTMLWriter}.
    @raise SyntaxError: its encoding is unknown or wrong.
    """
    out.write(b"<pre>")
    printer = TokenPrinter(writer(out.write).write)
    try:
        for token in tokenize.tokenize(inp.readline):
            printer.printtoken(*token)
    except tokenize.TokenError:
        pass
    out.write(b"</pre>\n")


def main() -> None:
    """
    Write the file that the first argument names to standard output.
    """
    with open(sys.argv[1], "rb") as source:
        filter(source, sys.stdout.buffer)


if __name__ == "__main__":
    main()
