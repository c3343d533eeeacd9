"""Each callback gets what the one before it returned."""

from twisted.internet.defer import Deferred


def addBold(result: str) -> str:
    return f"<b>{result}</b>"


def addItalic(result: str) -> str:
    return f"<i>{result}</i>"


def printHTML(result: str) -> None:
    print(result)


d: "Deferred[str]" = Deferred()
d.addCallback(addBold)
d.addCallback(addItalic)
d.addCallback(printHTML)
d.callback("Hello World")
