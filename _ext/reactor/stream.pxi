# The busy part of a connected socket: the twin of _stream_py.

cdef class StreamBase:
    """What a stream does for each event and each write."""

    # Whether descriptors may come along with the bytes (UNIX sockets).
    _receivesRights = False

    cdef public object reactor, protocol, producer
    cdef public object client, server  # of one that was accepted
    cdef object session_object  # what the session is called, if that is no number
    cdef int session  # or -1
    cdef public object _rights  # descriptors that wait to be sent along
    cdef public object _logstr, _former  # see _tcp_connection: here, they need no dict
    cdef object _socket
    cdef Loop home  # whose memory we borrow
    cdef Kind kind
    cdef StreamBase next_dirty
    # The queue: pieces[head:tail], the first one sent up to offset.
    cdef PyObject **pieces
    cdef Py_ssize_t offset, queued
    cdef uint32_t head, tail, room
    # How much fits into the last one, which nobody else has seen while it has one
    # reference, and which has more room than it needs; or 0.
    cdef uint32_t collecting
    cdef int fd
    cdef uint32_t ticket  # the generation of our slot in the loop's table
    cdef public int _errno  # with which the kernel refused for good
    cdef int failed  # with which number flush_quickly was refused
    cdef unsigned char own
    # Ten thousand idle connections are ten thousand of these: a byte for each.
    cdef public flag connected, disconnected, disconnecting
    cdef public flag _writeDisconnecting, _writeDisconnected
    cdef public flag producerPaused, streamingProducer
    cdef public flag _aborting, _connecting, _blocked
    cdef public flag _fills  # `_fill` reads, and not we
    cdef public flag _shouldShutdown  # the end is for all who have the socket
    cdef public flag _watched  # `_drained` is to hear of all that is sent
    cdef flag flushed  # our home flushes us after each callback
    cdef flag direct  # our home is a PollerLoop, and hears of our interest from us
    cdef flag dirty, native, takes_rights
    cdef flag full  # the last read brought as much as fits
    cdef flag shadowed  # there may be a `write` of this one's own
    cdef flag sized  # there is a `bufferSize` of this one's own

    def __cinit__(self):
        # Whatever else __init__ is given does not come here.
        self.fd = self.session = -1
        self._shouldShutdown = True

    def __dealloc__(self):
        drop_pieces(self)
        if self.fd >= 0 and self._socket is None:
            close(self.fd)

    def _openStream(self, reactor):
        """Begin, with an empty queue."""
        cdef object kind = type(self)
        cdef object loop = getattr(reactor, "_loop", None)
        cdef Kind known = None
        if isinstance(loop, Loop):
            self.home = loop
            if getattr(reactor, "_flushesAfterEvents", False):
                self.flushed = True
                self.direct = isinstance(loop, PollerLoop) and (<PollerLoop>loop).direct
            known = self.home.kind
        if known is None or not known.version or known.version != version_of(kind):
            known = Kind(kind)
            if self.home is not None:
                self.home.kind = known
        self.kind = known
        self.own, self.takes_rights = known.own, known.takes_rights

    def _adopt(self, skt, protocol, client, server, sessionno, reactor):
        """
        Begin as the server's end of a connection: open, and read from now on.

        @param skt: the accepted socket, or its number.
        """
        self.reactor = reactor
        self.socket = skt
        self.protocol = protocol
        self._openStream(reactor)
        self.client, self.server, self.sessionno = client, server, sessionno
        self.connected = True
        self.startReading()

    cdef inline Py_ssize_t buffer_size(self) except? -1:
        """C{bufferSize}: the instance's own, or its class's, whoever has changed it."""
        cdef Kind known = self.kind
        if (
            not self.sized
            and known is not None
            and known.buffer_size >= 0
            and known.version == Py_TYPE(<PyObject *>self).tp_version_tag
            and known.version
        ):
            return known.buffer_size
        return self.bufferSize

    @property
    def sessionno(self):
        """How many connections the port accepted before."""
        return self.session if self.session >= 0 else self.session_object

    @sessionno.setter
    def sessionno(self, number):
        # An int would be 32 bytes more for each connection.
        if type(number) is int and 0 <= number < 0x7FFFFFFF:
            self.session, self.session_object = number, None
        else:
            self.session, self.session_object = -1, number

    # -- the socket -----------------------------------------------------------

    @property
    def socket(self):
        """The socket, made when it is first wanted for one that was accepted."""
        if self._socket is None and self.fd >= 0:
            self._socket = wrap(self.fd)
        return self._socket

    @socket.setter
    def socket(self, skt):
        cdef int fd = -1
        cdef bint native = True
        if type(skt) is int:
            fd, skt = skt, None
        elif skt is not None:
            native = type(skt) is Socket
            if native:
                fd = skt.fileno()
        if self.fd >= 0 and self.fd != fd:
            if self.direct:
                (<PollerLoop>self.home).leave(self, self.fd)
            if self._socket is None:
                close(self.fd)
        if fd >= 0:
            torsion_quiet(fd)
        self._socket, self.fd, self.native = skt, fd, native

    cdef int number(self) except -2:
        """The descriptor, -1 when it is closed (by whomever)."""
        cdef object fd
        if self._socket is None:
            return self.fd
        fd = self._socket.fileno()
        return fd

    def fileno(self):
        """Return the socket's number, -1 when it is closed."""
        return self.number()

    def loseConnection(self):
        """
        Close when what is queued has been sent and the producer is done.
        """
        if not self.connected or self.disconnecting:
            return
        if self._writeDisconnected:
            self._loseSoon()
            return
        self.stopReading()
        if self.own & OWN_START_WRITING:
            self.startWriting()
        else:
            self.start_writing()
        self.disconnecting = True

    def _finish(self, orderly, end):
        """
        Stop the producer, do nothing more, close the socket, and part with the
        protocol.

        @param orderly: as for C{_closeSocket}.
        @param end: likewise.
        @return: the protocol, which is C{_former} now.
        """
        self.connected, self.disconnected = False, True
        if self.producer is not None:
            self.producer.stopProducing()
            self.producer = None
        self.stopReading()
        self.stopWriting()
        drop_pieces(self)
        self._closeSocket(orderly, end)
        self._former, self.protocol = self.protocol, None
        return self._former

    def _drained(self):
        """The queue is empty: see what waited for it."""
        self.stopWriting()
        if self.producer is not None and self._goesOn():
            return None
        if self.disconnecting:
            return self._postLoseConnection()
        if self._writeDisconnecting:
            self._writeDisconnected = True
            return self._closeWriteConnection()
        return None

    def _closeSocket(self, orderly, end):
        """
        Close the socket.

        @param orderly: let what was sent arrive; otherwise reset the connection.
        @param end: end the connection even if a child process has inherited
            the socket.
        """
        cdef int fd = self.fd
        cdef torsion_linger off
        cdef object skt = self._socket
        if self.direct and fd >= 0:
            (<PollerLoop>self.home).leave(self, fd)
        self.fd = -1
        if skt is not None:
            self._socket = None
            closeSocket(skt, orderly, end)
        elif fd >= 0:
            if not orderly:
                off.l_onoff, off.l_linger = 1, 0
                setsockopt(fd, SOL_SOCKET, SO_LINGER, &off, sizeof(off))
            elif end:
                shutdown(fd, SHUT_RDWR)
            close(fd)

    # -- the queue ------------------------------------------------------------

    cdef int push(self, object data) except -1:
        cdef uint32_t room
        cdef PyObject **pieces
        if self.tail == self.room:
            if self.head >= 16 and self.head * 2 >= self.tail:
                # Half of it has been sent: move the rest down.
                for at in range(self.tail - self.head):
                    self.pieces[at] = self.pieces[self.head + at]
                self.tail -= self.head
                self.head = 0
            else:
                room = self.room * 2 if self.room else 4
                pieces = <PyObject **>realloc(self.pieces, room * sizeof(PyObject *))
                if pieces == NULL:
                    raise MemoryError
                self.pieces, self.room = pieces, room
        Py_INCREF(data)
        self.collecting = 0
        self.pieces[self.tail] = <PyObject *>data
        self.tail += 1
        self.queued += PyBytes_GET_SIZE(data)
        return 0

    def __setattr__(self, name, value):
        # Who writes to us directly is to see it; see stream_api.h.
        if is_named(name, "write"):
            self.shadowed = True
        elif is_named(name, "bufferSize"):
            self.sized = True
        PyObject_GenericSetAttr(self, name, value)

    def write(self, data):
        """
        Queue *data*; it is sent when the callback that runs now has returned.

        @raise TypeError: *data* is not bytes.
        """
        if not PyBytes_Check(data):
            raise TypeError("Data must be bytes")
        if not self.connected or self._writeDisconnected or not PyBytes_GET_SIZE(data):
            return
        self.push(data)
        self.queued_some()

    def writeSequence(self, iovec):
        """
        Queue several pieces, as C{write} would do one after the other.

        @raise TypeError: a piece is not bytes; none has been queued then.
        """
        cdef list pieces
        cdef object piece
        pieces = list(iovec)
        for piece in pieces:
            if not PyBytes_Check(piece):
                raise TypeError("Data must be bytes")
        if not self.connected or not pieces or self._writeDisconnected:
            return
        for piece in pieces:
            if PyBytes_GET_SIZE(piece):
                self.push(piece)
        self.queued_some()

    cdef int queued_some(self) except -1:
        if self.producer is not None and self.queued > self.buffer_size():
            self._maybePauseProducer()
        if not self.dirty:
            if self.own & OWN_START_WRITING:
                self.startWriting()
            else:
                self.start_writing()
        return 0

    @property
    def _queued(self):
        """How many bytes wait to be sent."""
        return self.queued

    def _isSendBufferFull(self):
        return self.queued > self.buffer_size()

    cdef list waiting(self):
        return [<object>self.pieces[at] for at in range(self.head, self.tail)]

    @property
    def _tempDataBuffer(self):
        """The pieces that wait, the first one maybe partly sent."""
        return self.waiting()

    @_tempDataBuffer.setter
    def _tempDataBuffer(self, pieces):
        drop_pieces(self)
        for piece in pieces:
            self.push(<bytes?>piece)

    @property
    def dataBuffer(self):
        """What waits to be sent, as one."""
        return b"".join(self.waiting())[self.offset:]

    @dataBuffer.setter
    def dataBuffer(self, data):
        drop_pieces(self)
        if data:
            self.push(<bytes?>data)

    def _discardQueue(self):
        drop_pieces(self)

    # -- interest -------------------------------------------------------------

    def startReading(self):
        """Give the protocol what arrives."""
        if self.direct and self.fd >= 0:
            (<PollerLoop>self.home).want(self, self.fd, POLLER_READ)
        else:
            self.reactor.addReader(self)

    def stopReading(self):
        """Leave what arrives with the kernel."""
        if self.direct and self.fd >= 0:
            (<PollerLoop>self.home).unwant(self, self.fd, POLLER_READ)
        else:
            self.reactor.removeReader(self)

    def startWriting(self):
        """Send what is queued, soon, and do what waits for that."""
        self.start_writing()

    cdef int start_writing(self) except -1:
        if not self.flushed:
            self.reactor.addWriter(self)
        elif not self.dirty and not self._blocked:
            self.dirty = True
            self.home.mark(self)
        return 0

    def stopWriting(self):
        """Do not wait for writability."""
        self._blocked = False
        if self.direct and self.fd >= 0:
            (<PollerLoop>self.home).unwant(self, self.fd, POLLER_WRITE)
        else:
            self.reactor.removeWriter(self)

    cdef int await_writability(self) except -1:
        self._blocked = True
        if self.direct and self.fd >= 0:
            (<PollerLoop>self.home).want(self, self.fd, POLLER_WRITE)
        else:
            self.reactor.addWriter(self)
        return 0

    def _awaitWritability(self):
        """Have C{doWrite} called when the kernel can take something."""
        self.await_writability()

    # -- events ---------------------------------------------------------------

    def doRead(self):
        """
        Read once, and give what was there to the protocol.

        @return: L{None}, or why the connection is over.
        """
        return self.read_once()

    cdef object read_once(self):
        cdef ssize_t got
        cdef size_t size
        cdef char *buffer
        if self._connecting:
            self.doConnect()
            return None
        if self._aborting:
            return None
        if self._fills:
            return self._fill()
        if not self.native:
            return self.read_foreign()
        size = self.buffer_size()
        if size == 65536:
            if self.full and not self.takes_rights:
                return self.read_much()
            # Nobody chose it: as much as lies ready.
            size = READ_SIZE
        buffer = self.scratch(size)
        if self.takes_rights:
            got = receive_with_rights(self, buffer, size)
            if self.disconnected:
                return None
            # What was called meanwhile may have made it move.
            buffer = self.scratch(size)
        else:
            got = recv(self.fd, buffer, size, 0)
        if got < 0:
            return self.refused(errno)
        self.full = got >= DIRECT_SIZE
        return self.received(PyBytes_FromStringAndSize(buffer, got))

    cdef object read_much(self):
        """
        Read what is likely to be as much as fits, where it is to stay.

        Making it the right size afterwards costs more than a copy when little
        has come; so this is for those of whom the last read brought much.
        """
        cdef object data = PyBytes_FromStringAndSize(NULL, DIRECT_SIZE)
        cdef ssize_t got = recv(self.fd, PyBytes_AS_STRING(data), DIRECT_SIZE, 0)
        if got < DIRECT_SIZE:
            if got < 0:
                return self.refused(errno)
            self.full = False
            data = PyBytes_FromStringAndSize(PyBytes_AS_STRING(data), got)
        return self.received(data)

    cdef object refused(self, int number):
        """The kernel has not given or taken anything: say whether that is the end."""
        if worth_retrying(number):
            return None
        self._errno = number
        return CONNECTION_LOST

    cdef object received(self, bytes data):
        cdef object answer
        if self.own & OWN_RECEIVED:
            return self._dataReceived(data)
        if not PyBytes_GET_SIZE(data):
            return CONNECTION_DONE
        answer = self.protocol.dataReceived(data)
        if answer is not None:
            return self._complainOfAnswer(answer)
        return None

    cdef object read_foreign(self):
        """Read a socket that is not quite one: something with its methods."""
        try:
            data = self._socket.recv(self.bufferSize)
        except OSError as problem:
            return self.refused(problem.errno or 0)
        return self._dataReceived(data)

    def _dataReceived(self, data):
        if not data:
            return CONNECTION_DONE
        answer = self.protocol.dataReceived(data)
        if answer is not None:
            return self._complainOfAnswer(answer)
        return None

    def _raised(self):
        """Something that we called has raised; called inside the except block."""
        log.err()

    def flushNow(self):
        """
        Send what is queued; the loop calls this after the callback that
        queued it.  Like an event, it may end the connection.
        """
        self.flush_now(self.home if self.flushed else self.reactor._loop)

    cdef inline bint flush_quickly(self) noexcept:
        """
        Send what was queued, if it is one piece and nothing waits for that.

        @return: whether all is gone; otherwise C{flush_now} is to go on.
        """
        cdef PyObject *piece
        cdef Py_ssize_t sent
        if (
            self.tail - self.head != 1
            or self.offset
            or self.room > 16
            or self.queued >= OFFER
            or self.own & (OWN_WRITE | OWN_SEND)
            or not self.flushed
            or not self.native
            or self.disconnected
            or self.disconnecting
            or self.producer is not None
            or self._blocked
            or self._watched
            or self._connecting
            or self._aborting
            or self._writeDisconnecting
            or self._rights is not None
        ):
            return False
        piece = self.pieces[self.head]
        sent = send(self.fd, PyBytes_AS_STRING(<object>piece), self.queued, QUIETLY)
        if sent < self.queued:
            if sent > 0:
                self.queued -= sent
                self.offset = sent
            elif sent < 0 and not worth_retrying(errno):
                # It would say something else if it were asked again.
                self.failed = errno
            return False
        self.dirty = False
        self.queued = 0
        self.head = self.tail = 0
        Py_DECREF(<object>piece)
        return True

    cdef int flush_now(self, Loop loop) except -1:
        cdef object previous, why
        self.dirty = False
        if self.disconnected or self._blocked:
            return 0
        previous = loop.current
        loop.current = self
        try:
            try:
                why = self.doWrite() if self.own & OWN_WRITE else self.write_once()
            except BaseException as problem:
                why = problem
                self._raised()
            if why is not None and why:
                try:
                    if self.direct:
                        (<PollerLoop>self.home).disconnect(self, why)
                    else:
                        _dispatch.disconnect(self.reactor, self, why, False)
                except BaseException:
                    log.err()
        finally:
            loop.current = previous
        return 0

    def doWrite(self):
        """
        Send what is queued; when all of it is gone, go on with what waited
        for that.

        @return: L{None}, or why the connection is over.
        """
        return self.write_once()

    cdef object write_once(self):
        cdef object why
        cdef ssize_t sent
        if self._connecting:
            self.doConnect()
            return None
        if self._aborting:
            return None
        if self.failed:
            sent, self.failed = self.failed, 0
            return self.refused(sent)
        while self.head < self.tail:
            if not self.native or self.own & OWN_SEND or self._rights:
                why = send_slowly(self)
                if isinstance(why, Exception):
                    return why
                if self.head == self.tail:
                    # Whoever sent it has discarded the queue meanwhile.
                    return None
                sent = why
            else:
                sent = send_head(self)
                if sent < 0:
                    why = self.refused(errno)
                    if why is not None:
                        return why
                    sent = 0
            if not self.take_off(sent):
                if not self._blocked:
                    self.await_writability()
                if self._watched:
                    self._drained()
                return None
        if self._blocked or not self.flushed:
            self.stopWriting()
        if (
            self.producer is None
            and not self.disconnecting
            and not self._writeDisconnecting
            and not self._rights
            and not self._watched
        ):
            return None
        why = self._drained()
        if self._rights and (why is None or why is CONNECTION_DONE) and not self.queued:
            return self._rightsStranded()
        return why

    cdef char *scratch(self, size_t size) except NULL:
        """Memory for *size* bytes, until the next who wants some."""
        if self.home is None:
            self.home = Loop(self.reactor, False)
        return self.home.scratch(size)

    def writeSomeData(self, data):
        """
        Offer the kernel *data*.

        @return: the number of bytes it took, or an exception instance.
        """
        try:
            if self.native and manner(self, len(data)) & SEND_MORE:
                return self.socket.send(data, SEND_MORE)
            return self.socket.send(data)
        except OSError as problem:
            return self.refused(problem.errno or 0) or 0

    cdef bint take_off(self, Py_ssize_t count) noexcept:
        """Take *count* bytes off the queue; return whether more may go now."""
        cdef Py_ssize_t size
        if not count:
            return False
        self.queued -= count
        count += self.offset
        while self.head < self.tail:
            size = PyBytes_GET_SIZE(<object>self.pieces[self.head])
            if count < size:
                break
            count -= size
            Py_DECREF(<object>self.pieces[self.head])
            self.head += 1
        self.offset = count
        if self.head == self.tail:
            self.head = self.tail = 0
            if self.room > 16:
                free(self.pieces)
                self.pieces, self.room = NULL, 0
        return count == 0


cdef int drop_pieces(StreamBase stream) noexcept:
    """Forget what is queued."""
    cdef PyObject **pieces = stream.pieces
    cdef uint32_t head = stream.head, tail = stream.tail
    stream.pieces, stream.head, stream.tail, stream.room = NULL, 0, 0, 0
    stream.queued = stream.offset = 0
    while head < tail:
        Py_DECREF(<object>pieces[head])
        head += 1
    free(pieces)
    return 0


cdef object DO_READ = StreamBase.doRead
cdef object DO_WRITE = StreamBase.doWrite
cdef object WRITE_SOME_DATA = StreamBase.writeSomeData
cdef object START_WRITING = StreamBase.startWriting
cdef object DATA_RECEIVED = StreamBase._dataReceived
