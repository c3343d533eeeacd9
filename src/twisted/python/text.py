"""
Small helpers for prose: wrapping, quoting, laying out nested data.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import dropwhile
from typing import IO, Any, AnyStr

#: How much of a file L{strFile} holds at a time, in characters or bytes.
_BLOCK = 65536


# -- questions ---------------------------------------------------------------------


def isMultiline(s: str) -> bool:
    """
    Tell whether there is a line break in *s*.
    """
    return "\n" in s


def endsInNewline(s: str) -> bool:
    """
    Tell whether the last character of *s* is a line break.
    """
    return s.endswith("\n")


def strFile(p: AnyStr, f: IO[AnyStr], caseSensitive: bool = True) -> bool:
    """
    Tell whether *p* occurs in what can be read from *f*.

    Only a block of the file is held at a time, whatever its size.

    @param p: the text or the bytes to look for.
    @param f: a readable file of the same kind.
    @param caseSensitive: whether C{A} and C{a} differ.
    """
    wanted = p if caseSensitive else p.lower()
    keep = max(len(p) - 1, 0)
    held = p[:0]
    while block := f.read(max(_BLOCK, len(p))):
        held += block if caseSensitive else block.lower()
        if wanted in held:
            return True
        # A match may begin in the last characters of this block.
        held = held[len(held) - keep :] if keep else held[:0]
    return False


# -- wrapping ----------------------------------------------------------------------


def _fill(words: list[str], width: int) -> Iterator[str]:
    """
    Yield lines of as many *words* as fit into *width* columns; a word which is
    longer than that has a line to itself.
    """
    line: list[str] = []
    used = 0
    for word in words:
        if line and used + 1 + len(word) > width:
            yield " ".join(line)
            line, used = [], 0
        used += len(word) + bool(line)
        line.append(word)
    if line:
        yield " ".join(line)


def greedyWrap(inString: str, width: int = 80) -> list[str]:
    """
    Break *inString* into lines, each as full as it can be.

    White space is a single space afterwards.  An empty line separates
    paragraphs; where there are several, each is followed by an empty line.

    @param width: columns; only a word that is longer by itself exceeds them.
    @return: the lines, without line breaks.
    """
    first, *others = inString.split("\n\n")
    lines = list(_fill(first.split(), width))
    if others:
        lines.append("")
    for paragraph in others:
        lines += _fill(paragraph.split(), width)
        lines.append("")
    return lines


wordWrap = greedyWrap


def removeLeadingBlanks(lines: list[str]) -> list[str]:
    """
    Return *lines* from the first one that is not blank.
    """
    return list(dropwhile(lambda line: not line.strip(), lines))


def removeLeadingTrailingBlanks(s: str) -> str:
    """
    Return *s* without the blank lines before and after its text, and with one
    line break at its end.
    """
    lines = removeLeadingBlanks(s.split("\n"))
    while lines and not lines[-1].strip():
        lines.pop()
    return "\n".join(lines) + "\n"


# -- quotes and brackets -----------------------------------------------------------


def splitQuoted(s: str) -> list[str]:
    """
    Split *s* at white space, but not within single or double quotes.

    A quote opens at the beginning of a word and closes at the end of one;
    elsewhere it is a letter like others.  Runs of white space within quotes
    become a single space.  What stands behind a quote that is never closed is
    left out.

    @return: the parts, without their quotes.
    """
    parts: list[str] = []
    quote = ""
    quoted: list[str] = []
    for word in s.split():
        if not quote:
            if word[0] not in "\"'":
                parts.append(word)
                continue
            quote, word = word[0], word[1:]
            quoted = []
        closes = word.endswith(quote)
        quoted.append(word[:-1] if closes else word)
        if closes:
            parts.append(" ".join(quoted))
            quote = ""
    return parts


def _layOut(thing: Any) -> list[str]:
    """
    Return the lines of L{stringyString} for *thing*, without indentation.
    """
    entries: list[list[str]] = []
    if isinstance(thing, dict):
        opening, closing = "{}"
        for key, value in thing.items():
            inner = _layOut(value)
            if len(inner) == 1:
                entries.append([f"{key}: {inner[0]}"])
            else:
                entries.append([f"{key}:", *("  " + line for line in inner)])
    elif isinstance(thing, (list, tuple)):
        opening, closing = "[]" if isinstance(thing, list) else "()"
        for item in thing:
            inner = _layOut(item)
            inner[-1] += ","
            entries.append(inner)
    else:
        return str(thing).removesuffix("\n").split("\n")
    lines = [" " + line for entry in entries for line in entry] or [" "]
    lines[0] = opening + lines[0][1:]
    lines[-1] += closing
    return lines


def stringyString(object: Any, indentation: str = "") -> str:
    """
    Lay out lists, tuples and dicts, an element on a line, nested ones indented.

    Unlike C{str} of such an object, the elements are shown by C{str}.

    @param indentation: what each line begins with.
    @return: the text; if it has several lines, the last is ended too.
    """
    lines = [indentation + line for line in _layOut(object)]
    return "\n".join(lines) + ("\n" if len(lines) > 1 else "")
