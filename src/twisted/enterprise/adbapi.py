"""
Queries that do not block, by any module of the DB-API 2.0 (PEP 249).

A L{ConnectionPool} has threads with a connection each.  What is asked of it is
done in one of these, as one transaction, and the answer arrives by a Deferred::

    pool = ConnectionPool("sqlite3", "users.db")
    d = pool.runQuery("SELECT name FROM users WHERE email = ?", [email])

Values are given apart from the query and never written into it, and in the style
of the module: C{?} for C{sqlite3}, C{%s} for C{psycopg}.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.internet.threads import deferToThreadPool
from twisted.python import log, reflect, threadable
from twisted.python.threadpool import ThreadPool

__all__ = ["Connection", "ConnectionLost", "ConnectionPool", "Transaction"]


class ConnectionLost(Exception):
    """
    There is no connection to the database, or no longer.
    """


def _orElse(
    pool: Any, attempt: Callable[[], Any], remedy: Callable[[], Any], problem: str, news: str
) -> Any:
    """
    Do something that a lost connection is noticed by, and something about that.

    @param attempt: is called, and returned.
    @param remedy: is called, and returned, if that raises and the pool
        reconnects.
    @param problem: what the log then says above the traceback.
    @param news: what it then says if the pool is noisy.
    """
    try:
        return attempt()
    except BaseException:
        if not pool.reconnect:
            raise
        log.err(None, problem)
    if pool.noisy:
        log.msg(news)
    return remedy()


class _Lent:
    """
    Something of the DB-API's, lent out: has all its attributes and some of ours.

    @cvar _thing: the name of the attribute that has the thing itself.
    """

    _thing: str
    _pool: Any

    def __getattr__(self, name: str) -> Any:
        # Without a thing there is nothing; not even, when unpickled, a pool.
        return getattr(self.__dict__.get(self._thing), name)


class Connection(_Lent):
    """
    The connection of one thread, for L{ConnectionPool.runWithConnection}.

    It has all that the DB-API's connection has; but it cannot be closed, being
    the pool's.
    """

    _thing = "_connection"

    def __init__(self, pool: Any) -> None:
        """
        @param pool: the pool; it connects if this thread has no connection.
        """
        self._pool = pool
        self._connection = pool.connect()

    def close(self) -> None:
        """
        Do nothing: others will need the connection.
        """

    def rollback(self) -> None:
        """
        Undo what was not committed.

        If the pool reconnects, this is also when it is found out whether the
        connection is still good.

        @raise ConnectionLost: it is not; the next one who needs it will
            connect anew.
        """
        _orElse(self._pool, self._undo, self._giveUp, "Rollback failed", "Connection lost.")

    def _undo(self) -> None:
        """Roll back, and ask the database for something that it surely knows."""
        thing = self._connection
        thing.rollback()
        if self._pool.reconnect:
            with closing(thing.cursor()) as cursor:
                cursor.execute(self._pool.good_sql)
            thing.commit()

    def _giveUp(self) -> None:
        """
        @raise ConnectionLost: always.
        """
        self._pool.disconnect(self._connection)
        raise ConnectionLost("the connection to the database was lost")

    def reconnect(self) -> None:
        """
        Disconnect, and connect again.
        """
        lost, self._connection = self._connection, None
        self._pool.disconnect(lost)
        self._connection = self._pool.connect()


class Transaction(_Lent):
    """
    A cursor, for L{ConnectionPool.runInteraction}.

    It has all that the DB-API's cursor has.
    """

    _thing = "_cursor"

    def __init__(self, pool: Any, connection: Any) -> None:
        """
        @param pool: the pool.
        @param connection: the L{Connection}.
        """
        self._pool = pool
        self._connection = connection
        self._cursor: Any = None
        self.reopen()

    def close(self) -> None:
        """
        Close the cursor.
        """
        with closing(self._cursor):
            self._cursor = None

    def reopen(self) -> None:
        """
        Have a new cursor; and a new connection, if the pool reconnects and the
        present one has no cursors.
        """
        if self._cursor is not None:
            self.close()

        def anew() -> Any:
            self.reconnect()
            return self._connection.cursor()

        self._cursor = _orElse(
            self._pool,
            self._connection.cursor,
            anew,
            "Cursor creation failed",
            "Connection lost, reconnecting",
        )

    def reconnect(self) -> None:
        """
        Have a new connection, and no cursor.
        """
        self._cursor = None
        self._connection.reconnect()


class _ThreadsEnd:
    """
    Lives as long as the thread that has it, and has its connection closed there.

    Some modules, C{sqlite3} among them, let no other thread close it; and when
    the system gives the thread's number to another, it must be gone.
    """

    def __init__(self, pool: ConnectionPool, thread: int, connection: Any) -> None:
        self._what = (pool, thread, connection)

    def __del__(self) -> None:
        pool, thread, connection = self._what
        if pool.connections.get(thread) is connection:
            del pool.connections[thread]
            pool._close(connection)


class ConnectionPool:
    """
    Threads with a connection to a database each.

    Nothing is connected before it is needed.  The pool starts with the reactor
    and is closed with it; what is asked before is done then.

    @cvar CP_ARGS: the names of the arguments that are ours, without C{cp_}.
    @ivar dbapiName: the name of the DB-API module.
    @ivar dbapi: the module.
    @ivar connargs: positional arguments of the module's C{connect}.
    @ivar connkw: keyword arguments of it.
    @ivar connections: by their threads, the connections.
    @ivar running: whether the pool is open.
    @cvar connectionFactory: makes what L{runWithConnection} passes on.
    @cvar transactionFactory: makes what L{runInteraction} passes on.
    """

    CP_ARGS = ["min", "max", "name", "noisy", "openfun", "reconnect", "good_sql"]

    noisy = False
    min = 3
    max = 5
    name: str | None = None
    openfun: Callable[[Any], Any] | None = None
    reconnect = False
    good_sql = "select 1"

    running = False
    connectionFactory: Any = Connection
    transactionFactory: Any = Transaction

    shutdownID: Any = None
    startID: Any = None
    _closed = False

    def __init__(self, dbapiName: str, *connargs: Any, **connkw: Any) -> None:
        """
        All arguments but these are passed to the module's C{connect}.

        @param dbapiName: the name of the DB-API module.
        @keyword cp_min: how many threads there are at least; 3.
        @keyword cp_max: how many there are at most; 5.
        @keyword cp_name: a name for the threads.
        @keyword cp_noisy: whether the log tells about connections.
        @keyword cp_openfun: is called, in its thread, with each connection of
            the DB-API that was made.
        @keyword cp_reconnect: whether a lost connection is noticed and replaced.
            What went wrong goes wrong; but not what comes after it.
        @keyword cp_good_sql: a query that works wherever there is a
            connection; to find out, with C{cp_reconnect}, whether there is.
        @keyword cp_reactor: the reactor, if not the usual one.
        @raise ImportError: there is no such module.
        """
        self.dbapiName = dbapiName
        self._setUp(connkw.pop("cp_reactor", None))
        for name in self.CP_ARGS:
            if "cp_" + name in connkw:
                setattr(self, name, connkw.pop("cp_" + name))
        self.connargs = connargs
        self.connkw = connkw
        self._makeThreads()
        self.startID = self._reactor.callWhenRunning(self._start)

    def _setUp(self, reactor: Any) -> None:
        """Have what is not pickled, except for threads."""
        self.dbapi: Any = reflect.namedModule(self.dbapiName)
        if reactor is None:
            # To import it installs it, which is not for this module to do.
            from twisted.internet import reactor
        self._reactor: Any = reactor
        self.connections: dict[int, Any] = {}
        self.threadID = threadable.getThreadID
        self._ends = threading.local()

    def _makeThreads(self) -> None:
        """Have threads, which are not started."""
        self.min = min(self.min, self.max)
        self.threadpool = ThreadPool(self.min, self.max, self.name)

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: how to connect."""
        names = ("dbapiName", "min", "max", "noisy", "reconnect", "good_sql", "connargs", "connkw")
        return {name: getattr(self, name) for name in names}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ = state
        self._setUp(None)
        self._makeThreads()
        self.startID = self._reactor.callWhenRunning(self._start)

    # -- open and closed ------------------------------------------------------------------

    def _start(self) -> None:
        self.startID = None
        self.start()

    def start(self) -> None:
        """
        Open the pool, as the reactor's start does.
        """
        if self.running:
            return
        if self._closed:
            self._closed = False
            self._makeThreads()
        self.threadpool.start()
        self.shutdownID = self._reactor.addSystemEventTrigger("during", "shutdown", self.finalClose)
        self.running = True

    def close(self) -> None:
        """
        Close the pool: wait for what is being done, then close all connections.

        What is asked afterwards fails with L{ConnectionLost}.
        """
        for waiting in (self.shutdownID, self.startID):
            if waiting is not None:
                self._reactor.removeSystemEventTrigger(waiting)
        self.startID = None
        self.finalClose()

    def finalClose(self) -> None:
        """
        Do so when the reactor stops.
        """
        self.shutdownID = None
        self._closed = True
        # The threads close their own connections at their end.
        self.threadpool.stop()
        self.running = False
        while self.connections:
            self._close(self.connections.popitem()[1])

    # -- connections ----------------------------------------------------------------------

    def connect(self) -> Any:
        """
        Return the connection of this thread, and connect first if it has none.

        Blocks; meant for the pool's own threads.

        @return: a connection of the DB-API.
        @raise Exception: whatever the module raises.
        """
        thread = self.threadID()
        if thread not in self.connections:
            self.connections[thread] = made = self._connectAnew()
            if threading.current_thread() is not threading.main_thread():
                self._ends.end = _ThreadsEnd(self, thread, made)
        return self.connections[thread]

    def _connectAnew(self) -> Any:
        """Return a new connection of the DB-API."""
        if self.noisy:
            log.msg(f"adbapi connecting: {self.dbapiName}")
        made = self.dbapi.connect(*self.connargs, **self.connkw)
        try:
            if self.openfun is not None:
                self.openfun(made)
        except BaseException:
            self._close(made)
            raise
        return made

    def disconnect(self, conn: Any) -> None:
        """
        Close the connection of this thread.

        @param conn: what L{connect} has returned.
        @raise Exception: it has another connection.
        """
        thread = self.threadID()
        if self.connections.get(thread) is not conn:
            raise Exception("wrong connection for thread")
        if self.connections.pop(thread, None) is not None:
            self._close(conn)

    def _close(self, conn: Any) -> None:
        """Close a connection; if that goes wrong, so be it."""
        if self.noisy:
            log.msg(f"adbapi closing: {self.dbapiName}")
        try:
            conn.close()
        except BaseException:
            log.err(None, "Connection close failed")

    # -- work -----------------------------------------------------------------------------

    def _inThread(self, work: Callable[[], Any]) -> Deferred[Any]:
        """Have *work* done in a thread."""
        if self._closed:
            return fail(ConnectionLost(f"the pool of {self.dbapiName} connections is closed"))
        return deferToThreadPool(self._reactor, self.threadpool, work)

    @contextmanager
    def _committing(self, connection: Any) -> Iterator[None]:
        """
        Commit what is done meanwhile; or undo it, if that raises something.
        """
        try:
            yield
            connection.commit()
        except BaseException:
            self._undo(connection)
            raise

    def _undo(self, connection: Any) -> None:
        """Roll back; if that goes wrong, what went wrong before is told."""
        try:
            connection.rollback()
        except BaseException:
            log.err(None, "Rollback failed")

    def runWithConnection(self, func: Callable[..., Any], *args: Any, **kw: Any) -> Deferred[Any]:
        """
        Call a function, in a thread, with a connection.

        @param func: is called with a L{Connection} and these arguments.  What
            it did is committed when it returns, and undone when it raises.
        @return: fires with what it returned, or fails with what it raised.
        """

        def work() -> Any:
            connection = self.connectionFactory(self)
            with self._committing(connection):
                return func(connection, *args, **kw)

        return self._inThread(work)

    def runInteraction(
        self, interaction: Callable[..., Any], *args: Any, **kw: Any
    ) -> Deferred[Any]:
        """
        Call a function, in a thread, with a cursor: for some queries that
        belong together.

        @param interaction: is called with a L{Transaction} and these
            arguments.  What it did is committed when it returns, and undone
            when it raises.
        @return: fires with what it returned, or fails with what it raised.
        """

        def work() -> Any:
            connection = self.connectionFactory(self)
            transaction = self.transactionFactory(self, connection)
            with self._committing(connection):
                result = interaction(transaction, *args, **kw)
                transaction.close()
                return result

        return self._inThread(work)

    def runQuery(self, *args: Any, **kw: Any) -> Deferred[Any]:
        """
        Ask the database something.

        @param args: what the cursor's C{execute} takes: the query, mostly
            followed by a sequence of values.
        @return: fires with a list of rows, or fails with what the module raised.
        """
        return self.runInteraction(_query, *args, **kw)

    def runOperation(self, *args: Any, **kw: Any) -> Deferred[None]:
        """
        Have the database do something.

        @param args: what the cursor's C{execute} takes.
        @return: fires with L{None} when it is committed, or fails with what
            the module raised.
        """
        return self.runInteraction(_operate, *args, **kw)


def _query(transaction: Any, *args: Any, **kw: Any) -> Any:
    """Return the rows that a query has found."""
    _operate(transaction, *args, **kw)
    return transaction.fetchall()


def _operate(transaction: Any, *args: Any, **kw: Any) -> None:
    """Execute something and return nothing, whatever that returns."""
    transaction.execute(*args, **kw)
