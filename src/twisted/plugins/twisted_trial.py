"""
The reporters that C{trial} offers: C{trial --help-reporters} lists them.
"""

from __future__ import annotations

from attrs import frozen
from zope.interface import implementer

from twisted.plugin import IPlugin
from twisted.trial.itrial import IReporter

__all__: list[str] = []


@implementer(IPlugin, IReporter)
@frozen(eq=False)
class _Reporter:
    """
    Says where a reporter is to be found.  It provides the interface of
    reporters so as to be found among plugins, but is none.

    @ivar name: what people call it.
    @ivar module: the full name of the module it is in.
    @ivar description: a line about it.
    @ivar longOpt: its name for C{--reporter}.
    @ivar shortOpt: a letter, of times when each had an option of its own.
    @ivar klass: the name of the class.
    """

    name: str
    module: str
    description: str
    longOpt: str
    shortOpt: str | None
    klass: str


# Name, description, longOpt, shortOpt, class.
_OFFERED = (
    ("Tree Reporter", "verbose color output (default reporter)", "verbose", "v", "TreeReporter"),
    (
        "Black-And-White Reporter",
        "Colorless verbose output",
        "bwverbose",
        "o",
        "VerboseTextReporter",
    ),
    ("Minimal Reporter", "minimal summary output", "summary", "s", "MinimalReporter"),
    ("Classic Reporter", "terse text output", "text", "t", "TextReporter"),
    ("Timing Reporter", "Timing output", "timing", None, "TimingTextReporter"),
    ("Subunit Reporter", "subunit output", "subunit", None, "SubunitReporter"),
)

Tree, BlackAndWhite, Minimal, Classic, Timing, Subunit = (
    _Reporter(name, "twisted.trial.reporter", *rest) for name, *rest in _OFFERED
)
