"""
Databases in threads: with SQLite, which is real, and with modules that break as real ones
do not on demand.
"""

from __future__ import annotations

import os
import pickle
import sqlite3
import sys
import threading
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.database_support import asking
from twisted.enterprise import adbapi
from twisted.internet.defer import gatherResults, inlineCallbacks


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = os.fspath(tmp_path / "db")
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (a INTEGER UNIQUE, b TEXT)")
        connection.execute("INSERT INTO t VALUES (1, 'one')")
    connection.close()
    return path


def rows(file: str) -> list[Any]:
    with sqlite3.connect(file) as connection:
        found = connection.execute("SELECT a, b FROM t ORDER BY a").fetchall()
    connection.close()
    return found


class TestSQLite:
    def test_queriesAndOperations(self, file: str) -> None:
        @inlineCallbacks
        def program(pool: Any) -> Any:
            done = yield pool.runOperation("INSERT INTO t VALUES (?, ?)", (2, "two"))
            found = yield pool.runQuery("SELECT b FROM t WHERE a > ? ORDER BY a", (0,))
            return done, found

        assert asking(program, "sqlite3", file) == (None, [("one",), ("two",)])
        assert rows(file) == [(1, "one"), (2, "two")]

    def test_anInteractionIsDoneAsAWholeOrNotAtAll(self, file: str) -> None:
        def interaction(transaction: Any, last: int) -> str:
            for number in (5, 6, last):
                transaction.execute("INSERT INTO t VALUES (?, '')", (number,))
            return "inserted"

        @inlineCallbacks
        def program(pool: Any) -> Any:
            failed = None
            try:
                yield pool.runInteraction(interaction, last=1)
            except sqlite3.IntegrityError as error:
                failed = str(error)
            return failed, (yield pool.runInteraction(interaction, 7))

        failed, done = asking(program, "sqlite3", file)
        assert "UNIQUE" in failed and done == "inserted"
        assert [a for a, b in rows(file)] == [1, 5, 6, 7]

    def test_withAConnection(self, file: str) -> None:
        def work(connection: Any) -> Any:
            row = connection.cursor().execute("SELECT * FROM t").fetchone()
            connection.close()  # it is the pool's
            return row

        @inlineCallbacks
        def program(pool: Any) -> Any:
            first = yield pool.runWithConnection(work)
            second = yield pool.runWithConnection(work)
            return first == second, second

        assert asking(program, "sqlite3", file, cp_max=1) == (True, (1, "one"))

    def test_errorsAreThoseOfTheModule(self, file: str) -> None:
        with pytest.raises(sqlite3.OperationalError, match="no such table"):
            asking(lambda pool: pool.runQuery("SELECT * FROM t2"), "sqlite3", file)
        with pytest.raises(sqlite3.OperationalError, match="unable to open"):
            asking(lambda pool: pool.runQuery("SELECT 1"), "sqlite3", "/no/such/directory/db")

    def test_manyAtOnce(self, file: str) -> None:
        threads: set[int] = set()

        def interaction(transaction: Any, number: int) -> None:
            threads.add(threading.get_ident())
            transaction.execute("INSERT INTO t VALUES (?, '')", (number,))

        def program(pool: Any) -> Any:
            return gatherResults(
                [pool.runInteraction(interaction, number) for number in range(100, 300)]
            )

        asking(program, "sqlite3", file, cp_min=2, cp_max=4, timeout=30)
        assert len(rows(file)) == 201
        assert 1 <= len(threads) <= 4

    def test_eachConnectionIsOpenedAndClosedInItsThread(self, file: str) -> None:
        opened: list[Any] = []

        def opening(connection: Any) -> None:
            connection.execute("PRAGMA foreign_keys = ON")
            opened.append((connection, threading.get_ident()))

        def work(connection: Any) -> Any:
            return connection.execute("PRAGMA foreign_keys").fetchone()[0]

        assert (
            asking(lambda pool: pool.runWithConnection(work), "sqlite3", file, cp_openfun=opening)
            == 1
        )
        ((connection, thread),) = opened
        assert thread != threading.get_ident()
        # Closed: there is no other way to know from another thread.
        with pytest.raises(sqlite3.ProgrammingError):
            connection.execute("SELECT 1")

    def test_aClosedPoolFinishesWhatItHasBegun(self, file: str) -> None:
        begun = threading.Event()

        def interaction(transaction: Any) -> None:
            begun.wait(10)
            transaction.execute("INSERT INTO t VALUES (9, '')")

        @inlineCallbacks
        def program(pool: Any) -> Any:
            doing = pool.runInteraction(interaction)
            threading.Timer(0.1, begun.set).start()
            pool.close()
            yield doing
            refused = None
            try:
                yield pool.runQuery("SELECT 1")
            except adbapi.ConnectionLost as error:
                refused = str(error)
            return refused, pool.running, pool.connections

        refused, running, connections = asking(program, "sqlite3", file)
        assert "closed" in refused and not running and connections == {}
        assert rows(file)[-1] == (9, "")

    def test_aPoolCanBeOpenedAgain(self, file: str) -> None:
        @inlineCallbacks
        def program(pool: Any) -> Any:
            pool.close()
            pool.start()
            return (yield pool.runQuery("SELECT a FROM t"))

        assert asking(program, "sqlite3", file) == [(1,)]

    def test_pickledWithoutItsConnections(self, file: str) -> None:
        def program(pool: Any) -> Any:
            state = pool.__getstate__()
            assert pickle.loads(pickle.dumps(state)) == state
            return state

        state = asking(program, "sqlite3", file, cp_min=1, cp_max=2, cp_noisy=False)
        assert (state["dbapiName"], state["connargs"], state["max"]) == ("sqlite3", (file,), 2)
        assert "threadpool" not in state and "connections" not in state

    def test_moduleThatIsNotThere(self) -> None:
        with pytest.raises(ImportError):
            asking(lambda pool: None, "there_is_no_such_database")


class Broken(Exception):
    """What the module raises."""


class FakeConnection:
    """One that breaks when it is told to."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.number = len(module.made)
        module.made.append(self)
        self.closed = False

    def cursor(self) -> FakeCursor:
        if self.module.lost(self):
            raise Broken("no cursor: connection lost")
        return FakeCursor(self)

    def commit(self) -> None:
        if "commit" in self.module.failing:
            raise Broken("commit failed")

    def rollback(self) -> None:
        if "rollback" in self.module.failing:
            raise Broken("rollback failed")

    def close(self) -> None:
        self.closed = True
        if "close" in self.module.failing:
            raise Broken("close failed")


class FakeCursor:
    def __init__(self, connection: FakeConnection) -> None:
        self.connection = connection

    def execute(self, query: str, *args: Any) -> None:
        if self.connection.module.lost(self.connection):
            raise Broken("connection lost in mid-query")
        if query == "bad":
            raise Broken("bad query")

    def fetchall(self) -> list[Any]:
        return [(self.connection.number,)]

    def close(self) -> None:
        pass


@pytest.fixture
def fake() -> Iterator[Any]:
    module: Any = types.ModuleType("fake_database")
    module.made = []
    module.failing = set()
    module.lostNumbers = set()
    module.lost = lambda connection: connection.number in module.lostNumbers
    module.connect = lambda *args, **kw: FakeConnection(module)
    sys.modules["fake_database"] = module
    yield module
    del sys.modules["fake_database"]


class TestLostConnections:
    @inlineCallbacks
    def queries(self, pool: Any, fake: Any, *queries: str) -> Any:
        """What comes of each; before the second, the connection is lost."""
        results = []
        for place, query in enumerate(queries):
            if place == 1:
                fake.lostNumbers.add(0)
            try:
                results.append((yield pool.runQuery(query)))
            except (Broken, adbapi.ConnectionLost) as error:
                results.append(type(error))
        return results

    def test_withReconnectingOnlyOneFails(self, fake: Any, events: list[Any]) -> None:
        results = asking(
            lambda pool: self.queries(pool, fake, "q", "q", "q", "q"),
            "fake_database",
            cp_reconnect=True,
            cp_max=1,
            cp_noisy=True,
        )
        # The second finds no cursor, and so a new connection before it began.
        assert results == [[(0,)], [(1,)], [(1,)], [(1,)]]
        assert fake.made[0].closed

    def test_inMidQuery(self, fake: Any, events: list[Any]) -> None:
        def interaction(transaction: Any) -> None:
            fake.lostNumbers.add(0)
            transaction.execute("q")

        @inlineCallbacks
        def program(pool: Any) -> Any:
            first = None
            try:
                yield pool.runInteraction(interaction)
            except Broken as error:
                first = str(error)
            return first, (yield pool.runQuery("q"))

        first, second = asking(program, "fake_database", cp_reconnect=True, cp_max=1)
        assert first == "connection lost in mid-query"
        assert second == [(1,)]
        texts = " ".join(str(event.get("log_format") or event.get("why")) for event in events)
        assert "Rollback failed" in texts or any("isError" in event for event in events)

    def test_withoutReconnectingAllFail(self, fake: Any) -> None:
        results = asking(
            lambda pool: self.queries(pool, fake, "q", "q", "q"), "fake_database", cp_max=1
        )
        assert results == [[(0,)], Broken, Broken]
        assert len(fake.made) == 1

    def test_aBadQueryIsNoReasonToReconnect(self, fake: Any) -> None:
        @inlineCallbacks
        def program(pool: Any) -> Any:
            try:
                yield pool.runQuery("bad")
            except Broken as error:
                assert str(error) == "bad query"
            return (yield pool.runQuery("q"))

        assert asking(program, "fake_database", cp_reconnect=True, cp_max=1) == [(0,)]

    @pytest.mark.parametrize("what", ["commit", "rollback", "close"])
    def test_whatElseFails(self, what: str, fake: Any, events: list[Any]) -> None:
        fake.failing.add(what)
        query = "bad" if what == "rollback" else "q"
        expected = {"commit": "commit failed", "rollback": "bad query"}.get(what)
        try:
            asking(lambda pool: pool.runQuery(query), "fake_database")
        except Broken as error:
            # It is told of what went wrong first; what came of that is in the log.
            assert str(error) == expected
        else:
            assert expected is None
        if what != "commit":
            assert any(event.get("isError") for event in events)

    def test_openfunThatFails(self, fake: Any) -> None:
        def opening(connection: Any) -> None:
            raise Broken("not like that")

        with pytest.raises(Broken, match="not like that"):
            asking(lambda pool: pool.runQuery("q"), "fake_database", cp_openfun=opening)
        assert [connection.closed for connection in fake.made] == [True]
