"""
Find tests by names, and put them into suites.
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import sys
import types
import unittest as pyunit
import warnings
from collections.abc import Callable, Iterable, Iterator
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import Any, NamedTuple, TypeAlias

from twisted.python import modules, reflect
from twisted.python.failure import Failure
from twisted.trial import itrial
from twisted.trial._asyncrunner import TestSuite
from twisted.trial._suites import ErrorHolder

__all__ = [
    "TestLoader",
    "TestSuite",
    "filenameToModule",
    "isPackage",
    "isPackageDirectory",
    "isTestCase",
    "name",
]

# What can be sorted: modules that are not yet imported, classes, tests.
_Loadable: TypeAlias = Any


def isPackage(module: Any) -> bool:
    """
    Say whether *module* is a package with an C{__init__} module.
    """
    if not isinstance(module, ModuleType):
        return False
    file = getattr(module, "__file__", None)
    return file is not None and os.path.splitext(os.path.basename(file))[0] == "__init__"


def isPackageDirectory(dirname: str) -> Any:
    """
    Say whether there is a package in a directory.

    @return: the name of its C{__init__} file, or C{False}.
    """
    init = "__init__.py"
    return init if os.path.isfile(os.path.join(dirname, init)) else False


def isTestCase(obj: Any) -> bool:
    """
    Say whether *obj* is a class of test cases.
    """
    return isinstance(obj, type) and issubclass(obj, pyunit.TestCase)


def name(thing: _Loadable) -> str:
    """
    Return the full name of what is loaded, by which it is sorted.

    @param thing: a module or an attribute of L{twisted.python.modules}; a
        class of test cases; or a test.
    @raise TypeError: it is something else.
    """
    if isinstance(thing, (modules.PythonModule, modules.PythonAttribute)):
        return thing.name
    if isTestCase(thing):
        return f"{thing.__module__}.{thing.__name__}"
    test: Any = None if isinstance(thing, type) else itrial.ITestCase(thing, None)
    if test is None:
        raise TypeError(f"Cannot name {thing!r}")
    return str(test.id())


def filenameToModule(fn: str) -> ModuleType:
    """
    Import what is in a file, or the package in a directory.

    @param fn: its path; it need not be anywhere modules are looked for.
    @raise ValueError: there is nothing, or a directory that is no package.
    """
    if not os.path.exists(fn):
        raise ValueError(f"{fn!r} doesn't exist")
    source = fn
    if os.path.isdir(fn):
        init = isPackageDirectory(fn)
        if not init:
            raise ValueError(f"{fn!r} is not a package directory")
        source = os.path.join(fn, init)
    # A file that is a module's is that module; but one that only has the name
    # of a module, which is somewhere else, is not.
    moduleName = reflect.filenameToModuleName(fn)
    try:
        found = reflect.namedAny(moduleName)
    except (ValueError, AttributeError):
        return _importFromFile(source, moduleName=moduleName)
    file = getattr(found, "__file__", None)
    if isinstance(found, ModuleType) and file and _isSource(file, source):
        return found
    return _importFromFile(source, moduleName=moduleName)


def _isSource(file: str, source: str) -> bool:
    """Say whether a module's C{__file__} is *source*, or was compiled from it."""
    if file.endswith((".pyc", ".pyo")):
        file = file[:-1]
    return os.path.exists(file) and os.path.samefile(file, source)


def _importFromFile(fn: str, *, moduleName: str) -> ModuleType:
    """
    Import the module which is in the file *fn*.

    @param moduleName: what to call it.
    """
    fn = os.path.abspath(fn)
    spec = importlib.util.spec_from_file_location(
        moduleName, fn, loader=SourceFileLoader(moduleName, fn)
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(moduleName)
    sys.modules[moduleName] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        if before is None:
            del sys.modules[moduleName]
        else:
            sys.modules[moduleName] = before
        raise
    return module


def _qualNameWalker(qualName: str) -> Iterator[tuple[str, list[str]]]:
    """
    Yield a dotted name and all that it begins with, the longest first, each
    with the rest of the names.
    """
    names = qualName.split(".")
    for end in range(len(names), 0, -1):
        yield ".".join(names[:end]), names[end:]


def _isModule(moduleName: str) -> bool:
    """
    Say whether there is a module of that name.  The packages it is in are
    imported; what goes wrong in them is raised.
    """
    if moduleName in sys.modules:
        return sys.modules[moduleName] is not None
    try:
        return importlib.util.find_spec(moduleName) is not None
    except ModuleNotFoundError as e:
        if e.name is not None and f"{moduleName}.".startswith(f"{e.name}."):
            return False
        raise


def _innermostModule(_name: str) -> tuple[Any, list[str]]:
    """
    Import the module with the longest name that *_name* begins with.

    @return: it, and the rest of the names.
    """
    for moduleName, rest in _qualNameWalker(_name):
        if moduleName and not moduleName.endswith(".") and _isModule(moduleName):
            return importlib.import_module(moduleName), rest
    if "." in _name:
        raise reflect.ObjectNotFound(f"{_name!r} does not name an object")
    raise reflect.ModuleNotFound(f"No module named {_name!r}")


def _walk(package: modules.PythonModule) -> Iterator[modules.PythonModule]:
    """
    Yield the modules in a package, and in those in it, after the package.

    Packages are imported first, since they may add places to look into; for
    those that cannot be, the modules in them speak, which cannot be either.
    """
    yield package
    if not package.isPackage():
        return
    try:
        package.load()
    except (Exception, SystemExit):
        pass
    for each in package.iterModules():
        yield from _walk(each)


class _Found(NamedTuple):
    """
    What a name stands for.

    @ivar obj: the thing.
    @ivar parent: what it is an attribute of; C{None} for modules.
    @ivar qualName: its full name, in parts.
    """

    obj: Any
    parent: Any = None
    qualName: tuple[str, ...] = ()


def _find(_name: str) -> _Found:
    """
    Find what a name, or a path, stands for.

    @raise ValueError: it is a path to nothing.
    @raise AttributeError: a module or class has nothing of that name.
    """
    if os.sep in _name or (_name.endswith(".py") and os.path.isfile(_name)):
        if not os.path.isfile(_name) and not isPackageDirectory(_name):
            raise ValueError(f"{_name} is not a Python file.")
        return _Found(filenameToModule(_name))
    if not _name.strip("."):
        raise ValueError("Empty module name")
    obj, rest = _innermostModule(_name)
    parent = None
    for part in rest:
        parent = obj
        try:
            obj = getattr(parent, part)
        except AttributeError:
            raise AttributeError(f"{_name} does not exist.")
    return _Found(obj, parent, tuple(_name.split(".")))


class TestLoader:
    """
    Makes suites of tests that are named, in an order.

    @ivar suiteFactory: makes a suite of a list of tests.
    @ivar sorter: a key function for what is loaded, see L{name}.
    @cvar methodPrefix: what names of test methods begin with.
    @cvar modulePrefix: what names of modules with tests in packages begin with.
    """

    __test__ = False  # for pytest, which goes by the name

    methodPrefix = "test"
    modulePrefix = "test_"

    def __init__(
        self,
        suiteFactory: type[TestSuite] = TestSuite,
        sorter: Callable[[_Loadable], Any] = name,
    ) -> None:
        """
        @param suiteFactory: makes a suite of a list of tests.
        @param sorter: returns what modules, classes and tests are sorted by.
        """
        self.suiteFactory = suiteFactory
        self.sorter = sorter

    def sort(self, xs: Iterable[_Loadable]) -> list[_Loadable]:
        """
        Return things in the order in which they are to be loaded.
        """
        return sorted(xs, key=self.sorter)

    def findTestClasses(self, module: ModuleType) -> list[type[pyunit.TestCase]]:
        """
        Return the classes of test cases in a module, in order.
        """
        classes = {id(value): value for value in vars(module).values() if isTestCase(value)}
        return self.sort(classes.values())

    def findByName(self, _name: str, recurse: bool = False) -> Any:
        """
        Make a test, or a suite, of what a name stands for.

        @param _name: the dotted name of a package, module, class or method;
            or the path of a file or a directory.
        @param recurse: load packages in packages, too.
        @raise Exception: there is no such thing, or it cannot be imported.
        """
        return self._load(_find(_name), recurse)

    def _load(self, found: _Found, recurse: bool) -> Any:
        """Make a test or a suite of what was found."""
        return self.loadAnything(
            found.obj, recurse=recurse, parent=found.parent, qualName=list(found.qualName)
        )

    def loadModule(self, module: ModuleType) -> Any:
        """
        Make a suite of a module: of what its function C{testSuite} (or
        C{test_suite}) returns; else of its classes, and the doctests of the
        modules in its list C{__doctests__}.

        @raise TypeError: it is no module.
        """
        if not isinstance(module, ModuleType):
            raise TypeError(f"{module!r} is not a module")
        for custom in ("testSuite", "test_suite"):
            make = getattr(module, custom, None)
            if make is not None:
                return make()
        suite = self.suiteFactory()
        for testClass in self.findTestClasses(module):
            suite.addTest(self.loadClass(testClass))
        if not hasattr(module, "__doctests__"):
            return suite
        docSuite = self.suiteFactory()
        for documented in module.__doctests__:
            docSuite.addTest(self.loadDoctests(documented))
        return self.suiteFactory([suite, docSuite])

    loadTestsFromModule = loadModule

    def loadClass(self, klass: Any) -> Any:
        """
        Make a suite of a class of test cases.

        @raise TypeError: it is no class.
        @raise ValueError: it is no class of test cases.
        """
        if not isinstance(klass, type):
            raise TypeError(f"{klass!r} is not a class")
        if not isTestCase(klass):
            raise ValueError(f"{klass!r} is not a test case")
        names = self.getTestCaseNames(klass)
        cases = [klass(self.methodPrefix + suffix) for suffix in names]
        return self.suiteFactory(self.sort(cases))

    loadTestsFromTestCase = loadClass

    def getTestCaseNames(self, klass: type) -> list[str]:
        """
        Return the names of a class's test methods, without the prefix.
        """
        return reflect.prefixedMethodNames(klass, self.methodPrefix)

    def loadMethod(self, method: Any) -> pyunit.TestCase:
        """
        Make a test of a method.

        @param method: a bound method of an instance of a class of test cases.
        @raise TypeError: it is something else.
        """
        if not isinstance(method, types.MethodType) or not isTestCase(type(method.__self__)):
            raise TypeError(f"{method!r} not a method")
        makeCase: type[pyunit.TestCase] = type(method.__self__)  # type: ignore[assignment]
        return makeCase(method.__name__)

    def loadPackage(self, package: Any, recurse: bool = False) -> Any:
        """
        Make a suite of the modules of a package whose names begin with
        C{test_}.  One that cannot be imported is an error in the suite.

        @param recurse: load packages in the package, too.
        @raise TypeError: it is no package.
        """
        if not isPackage(package):
            raise TypeError(f"{package!r} is not a package")
        info = modules.getModule(package.__name__)
        found = _walk(info) if recurse else info.iterModules()
        named = [each for each in found if each.name.split(".")[-1].startswith(self.modulePrefix)]
        suite = self.suiteFactory()
        # By name first: orders that tell no module from another leave it so.
        for each in self.sort(sorted(named, key=name)):
            suite.addTest(self._loadFound(each))
        return suite

    def _loadFound(self, info: modules.PythonModule) -> Any:
        """Make a suite of a module, or of the reason why there is none."""
        try:
            module = info.load()
        except (Exception, SystemExit):
            return ErrorHolder(info.name, Failure())
        return self.loadModule(module)

    def loadDoctests(self, module: Any) -> Any:
        """
        Make a suite of the doctests of a module.

        @param module: the module, or its name.
        """
        if isinstance(module, str):
            try:
                module = reflect.namedAny(module)
            except Exception:
                return ErrorHolder(module, Failure())
        if not inspect.ismodule(module):
            warnings.warn("trial only supports doctesting modules")
            return self.suiteFactory()
        import doctest  # late: since Python 3.14 it imports asyncio

        return doctest.DocTestSuite(module)

    def loadAnything(
        self, obj: Any, recurse: bool = False, parent: Any = None, qualName: Any = None
    ) -> Any:
        """
        Make a test or a suite of whatever it is.

        @param obj: a package, module, class, or method; a test or a suite.
        @param recurse: load packages in packages, too.
        @param parent: what *obj* is an attribute of: for a method, its class.
        @param qualName: the full name of *obj*, as a list of its parts; a
            method may have another one itself, if it is decorated.
        @raise TypeError: no test can be made of it.
        """
        if isinstance(obj, ModuleType):
            return self.loadPackage(obj, recurse) if isPackage(obj) else self.loadModule(obj)
        if isTestCase(obj):
            return self.loadClass(obj)
        if isTestCase(parent) and callable(obj) and qualName:
            return parent(qualName[-1])
        if isinstance(obj, types.MethodType) and isTestCase(type(obj.__self__)):
            return self.loadMethod(obj)
        if isinstance(obj, (pyunit.TestCase, pyunit.TestSuite)):
            return obj
        raise TypeError(f"don't know how to make test from: {obj!r}")

    def loadByName(self, name: str, recurse: bool = False) -> Any:
        """
        Make a suite of what a name stands for, or of the reason why there is
        no such thing.

        @param name: see L{findByName}.
        @param recurse: load packages in packages, too.
        """
        try:
            return self.suiteFactory([self.findByName(name, recurse=recurse)])
        except Exception:
            broken: Any = ErrorHolder(name, Failure())
            return self.suiteFactory([broken])

    loadTestsFromName = loadByName

    def loadByNames(self, names: Iterable[str], recurse: bool = False) -> Any:
        """
        Make a suite of what several names stand for, in their order; what is
        named twice is in it once.

        @param names: see L{findByName}.
        @param recurse: load packages in packages, too.
        """
        suite: Any = self.suiteFactory()
        seen = set()
        for each in names:
            try:
                found = _find(each)
                # The same method can be inherited by several classes.
                key = (id(found.obj), id(found.parent))
                if key not in seen:
                    seen.add(key)
                    suite.addTest(self._load(found, recurse))
            except Exception:
                suite.addTest(ErrorHolder(each, Failure()))
        return suite

    def loadFile(self, fileName: str, recurse: bool = False) -> Any:
        """
        Make a suite of a file.

        @param fileName: the path of a file or a directory.
        @param recurse: load packages in packages, too.
        """
        return self.loadAnything(filenameToModule(fileName), recurse=recurse)
