"""
Abstract Object Trees: objects as Python source that people can read and edit.

An object is I{jellied} into a tree of lists, dicts, simple values and the nodes
below, and the tree written as source; running the source gives the tree again,
of which the object is I{unjellied}::

    app=Instance('mymodule.Person',
      name='Alice',
      friends=[
        Instance('mymodule.Person',
          name='Bob',),
        ],)

What occurs twice is a C{Ref(1, ...)} the first time, then a C{Deref(1)}.

Source is B{run} when it is unjellied: take it from people you trust only.
"""

from __future__ import annotations

from twisted.persisted._aot_nodes import (
    Class,
    Copyreg,
    Deref,
    Function,
    Instance,
    InstanceMethod,
    Module,
    Named,
    NonFormattableDict,
    NoStateObj,
    Ref,
    _NoStateObj,
    dictToKW,
    getSource,
    indentify,
    prettify,
)
from twisted.persisted._aot_read import AOTUnjellier, unjellyFromAOT, unjellyFromSource
from twisted.persisted._aot_write import (
    AOTJellier,
    _classOfMethod,
    _funcOfMethod,
    _selfOfMethod,
    jellyToAOT,
    jellyToSource,
)
from twisted.python._facade import publish

__all__ = [
    "AOTJellier",
    "AOTUnjellier",
    "Class",
    "Copyreg",
    "Deref",
    "Function",
    "Instance",
    "InstanceMethod",
    "Module",
    "Named",
    "NoStateObj",
    "NonFormattableDict",
    "Ref",
    "dictToKW",
    "getSource",
    "indentify",
    "jellyToAOT",
    "jellyToSource",
    "prettify",
    "unjellyFromAOT",
    "unjellyFromSource",
]

publish(__name__, globals(), [*__all__, "_NoStateObj"])

# Not offered, but tests and dependants reach for them.
_private = (_NoStateObj, _classOfMethod, _funcOfMethod, _selfOfMethod)
