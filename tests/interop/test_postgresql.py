"""
adbapi with a real PostgreSQL, started here, through psycopg.
"""

from __future__ import annotations

import glob
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.database_support import asking
from twisted.enterprise.adbapi import ConnectionLost
from twisted.internet.defer import gatherResults, inlineCallbacks

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")

PROGRAMS = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1:] or [
    os.path.dirname(found) for found in [shutil.which("initdb")] if found
]
pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(not PROGRAMS, reason="PostgreSQL's server is not installed"),
]


class Server:
    """A server, with a directory of its own."""

    def __init__(self, directory: Path, port: int) -> None:
        self.directory = directory
        self.port = port
        self.connect = {"host": "127.0.0.1", "port": port, "user": "tester", "dbname": "postgres"}
        # It refuses to be root's.
        self._user = {"user": "postgres"} if os.getuid() == 0 else {}

    def call(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [os.path.join(PROGRAMS[0], program), *words],
            capture_output=True,
            cwd=self.directory,
            **self._user,  # type: ignore[call-overload]
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def make(self) -> None:
        self.call("initdb", "-D", "data", "-A", "trust", "-U", "tester", "--no-sync", "-E", "UTF8")
        with (self.directory / "data" / "postgresql.conf").open("a") as settings:
            settings.write(
                f"listen_addresses = '127.0.0.1'\nport = {self.port}\nfsync = off\n"
                f"unix_socket_directories = '{self.directory}'\n"
            )

    def start(self) -> None:
        self.call("pg_ctl", "-D", "data", "-l", "log", "-w", "-t", "60", "start")

    def stop(self, how: str = "immediate") -> None:
        self.call("pg_ctl", "-D", "data", "-w", "-m", how, "stop")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    where = tmp_path_factory.mktemp("postgresql")
    if os.getuid() == 0:
        for each in (where.parent.parent, where.parent):
            each.chmod(0o755)
        shutil.chown(where, "postgres")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    made = Server(where, port)
    made.make()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def table(server: Server) -> Server:
    """The server, with an empty table."""
    with psycopg.connect(**server.connect) as connection:
        connection.execute("DROP TABLE IF EXISTS t")
        connection.execute("CREATE TABLE t (a INTEGER UNIQUE, b TEXT)")
    return server


def ask(program: Any, server: Server, **options: Any) -> Any:
    return asking(program, "psycopg", **server.connect, **options)


def test_queriesOperationsAndInteractions(table: Server) -> None:
    def interaction(transaction: Any, numbers: list[int]) -> Any:
        for number in numbers:
            transaction.execute("INSERT INTO t VALUES (%s, %s)", (number, "é"))
        return transaction.rowcount

    @inlineCallbacks
    def program(pool: Any) -> Any:
        yield pool.runOperation("INSERT INTO t VALUES (%s, %s)", (1, "one"))
        assert (yield pool.runInteraction(interaction, [2, 3])) == 1
        try:
            yield pool.runInteraction(interaction, [4, 1])
        except psycopg.errors.UniqueViolation:
            pass
        else:
            raise AssertionError("a number was there twice")
        return (yield pool.runQuery("SELECT a, b FROM t ORDER BY a"))

    assert ask(program, table) == [(1, "one"), (2, "é"), (3, "é")]


def test_severalAtOnce(table: Server) -> None:
    @inlineCallbacks
    def program(pool: Any) -> Any:
        began = time.monotonic()
        pids = yield gatherResults(
            [pool.runQuery("SELECT pg_backend_pid(), pg_sleep(0.5)") for _ in range(4)]
        )
        return len({pid for ((pid, _),) in pids}), time.monotonic() - began

    connections, seconds = ask(program, table, cp_min=4, cp_max=4)
    assert connections == 4
    assert seconds < 1.9


@inlineCallbacks
def killed(pool: Any, pid: int, server: Server) -> Any:
    """Have a connection ended by the database's administrator."""
    yield pool.runWithConnection(lambda connection: None)
    with psycopg.connect(**server.connect, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (pid,))


def test_aConnectionThatIsEndedBetweenQueries(table: Server) -> None:
    @inlineCallbacks
    def program(pool: Any) -> Any:
        ((first,),) = yield pool.runQuery("SELECT pg_backend_pid()")
        yield killed(pool, first, table)
        problems: list[Any] = []
        for _ in range(5):
            try:
                ((second,),) = yield pool.runQuery("SELECT pg_backend_pid()")
                return first != second, problems
            except (psycopg.OperationalError, ConnectionLost) as error:
                problems.append(error)
        raise AssertionError(problems)

    changed, problems = ask(program, table, cp_max=1, cp_reconnect=True)
    # Who asks first hears of it; those after do not.
    assert changed and len(problems) <= 1


def test_withoutReconnectingItStaysLost(table: Server) -> None:
    @inlineCallbacks
    def program(pool: Any) -> Any:
        ((pid,),) = yield pool.runQuery("SELECT pg_backend_pid()")
        yield killed(pool, pid, table)
        failed = 0
        for _ in range(3):
            try:
                yield pool.runQuery("SELECT 1")
            except psycopg.OperationalError:
                failed += 1
        return failed

    assert ask(program, table, cp_max=1) == 3


def test_theDatabaseGoesAwayInMidQuery(table: Server) -> None:
    @inlineCallbacks
    def program(pool: Any) -> Any:
        waiting = pool.runQuery("SELECT pg_sleep(30)")
        yield pool.runWithConnection(lambda connection: time.sleep(0.3))
        began = time.monotonic()
        table.stop()
        try:
            yield waiting
        except (psycopg.OperationalError, ConnectionLost) as error:
            first = error
        else:
            raise AssertionError("it was told nothing")
        assert time.monotonic() - began < 20
        refused = []
        for _ in range(2):
            try:
                yield pool.runQuery("SELECT 1")
            except (psycopg.OperationalError, ConnectionLost) as error:
                refused.append(error)
        table.start()
        for _ in range(4):
            try:
                return first, refused, (yield pool.runQuery("SELECT 1"))
            except (psycopg.OperationalError, ConnectionLost):
                continue
        raise AssertionError("it was not found again")

    _, refused, found = ask(program, table, cp_max=2, cp_reconnect=True)
    assert len(refused) == 2
    assert found == [(1,)]


def test_aPoolThatIsClosedUnderLoad(table: Server) -> None:
    def interaction(transaction: Any, number: int) -> None:
        transaction.execute("SELECT pg_sleep(0.02)")
        transaction.execute("INSERT INTO t VALUES (%s, '')", (number,))

    @inlineCallbacks
    def program(pool: Any) -> Any:
        doing = [pool.runInteraction(interaction, number) for number in range(40)]
        pool.close()
        yield gatherResults(doing)
        return pool.connections

    assert ask(program, table, cp_max=3) == {}
    with psycopg.connect(**table.connect) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (40,)
        mine = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        for _ in range(50):
            (left,) = connection.execute(mine).fetchone()
            connection.commit()
            if left == 1:
                break
            time.sleep(0.1)
        assert left == 1  # ours


def test_noServer(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(psycopg.OperationalError, match="refused"):
        asking(
            lambda pool: pool.runQuery("SELECT 1"),
            "psycopg",
            host="127.0.0.1",
            port=port,
            user="nobody",
            dbname="x",
        )
