# Offering the kernel what a stream has queued.

cdef int manner(StreamBase self, Py_ssize_t offered) noexcept:
    """
    The flags with which to send *offered* bytes: the last ones before an end
    that follows at once wait for it, and take it along in their segment.
    """
    if (
        offered != self.queued
        or not (self.disconnecting or self._writeDisconnecting)
        or self.producer is not None
        or self._watched
        # Who leaves the connection to a child process says no end.
        or not self._shouldShutdown
    ):
        return QUIETLY
    return QUIETLY | SEND_MORE


cdef ssize_t send_head(StreamBase self) except? -1:
    """Offer the kernel the head of the queue, as send(2)."""
    cdef iovec vector[PIECES]
    cdef msghdr message
    cdef char *joined
    cdef uint32_t count = self.tail - self.head, at
    cdef Py_ssize_t size, filled = 0, skipped = self.offset
    cdef PyObject *piece = self.pieces[self.head]
    size = PyBytes_GET_SIZE(<object>piece) - self.offset
    if count == 1 or size >= OFFER:
        if size > OFFER:
            size = OFFER
        return send(
            self.fd, PyBytes_AS_STRING(<object>piece) + self.offset, size, manner(self, size)
        )
    if self.queued <= JOINED:
        # Copying this little costs less than the kernel's walk over pieces.
        joined = self.scratch(JOINED)
        for at in range(self.head, self.tail):
            piece = self.pieces[at]
            size = PyBytes_GET_SIZE(<object>piece) - skipped
            memcpy(joined + filled, PyBytes_AS_STRING(<object>piece) + skipped, size)
            filled += size
            skipped = 0
        return send(self.fd, joined, filled, manner(self, filled))
    memset(&message, 0, sizeof(message))
    message.msg_iov = vector
    at = 0
    while at < count and at < PIECES and filled < OFFER:
        piece = self.pieces[self.head + at]
        size = PyBytes_GET_SIZE(<object>piece) - skipped
        vector[at].iov_base = PyBytes_AS_STRING(<object>piece) + skipped
        vector[at].iov_len = size
        filled += size
        skipped = 0
        at += 1
    message.msg_iovlen = at
    return sendmsg(self.fd, &message, manner(self, filled))


cdef object send_slowly(StreamBase self):
    """Offer it by way of Python: what C{writeSomeData} says goes."""
    cdef object head = <object>self.pieces[self.head]
    cdef list pieces
    cdef Py_ssize_t size
    cdef uint32_t at = self.head + 1
    if self.offset or PyBytes_GET_SIZE(head) > OFFER:
        head = memoryview(head)[self.offset : self.offset + OFFER]
    if self._rights:
        return self._sendWithRights(head)
    size = len(head)
    if at < self.tail and size < JOINED:
        pieces = [head]
        while at < self.tail and size < JOINED:
            pieces.append(<object>self.pieces[at])
            size += PyBytes_GET_SIZE(<object>self.pieces[at])
            at += 1
        head = b"".join(pieces)
    return self.writeSomeData(head)
