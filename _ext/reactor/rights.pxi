# Descriptors that come along with the bytes of a UNIX socket.


cdef ssize_t receive_with_rights(StreamBase self, char *buffer, size_t size) except? -1:
    """As recv(2); descriptors that came along are handed over first."""
    cdef char control[512]  # more than RIGHTS take
    cdef msghdr message
    cdef iovec vector
    cdef cmsghdr *header
    cdef ssize_t got
    cdef list found = None
    vector.iov_base, vector.iov_len = buffer, size
    memset(&message, 0, sizeof(message))
    message.msg_iov, message.msg_iovlen = &vector, 1
    message.msg_control = control
    message.msg_controllen = CMSG_SPACE(RIGHTS * sizeof(int))
    got = torsion_receive_rights(self.fd, &message)
    if got < 0 or message.msg_controllen == 0:
        return got
    header = CMSG_FIRSTHDR(&message)
    while header != NULL:
        if found is None:
            found = []
        found.append((
            header.cmsg_level,
            header.cmsg_type,
            (<char *>CMSG_DATA(header))[: header.cmsg_len - CMSG_LEN(0)],
        ))
        header = CMSG_NXTHDR(&message, header)
    if found is not None:
        # The protocol may read meanwhile, into the same buffer.
        data = PyBytes_FromStringAndSize(buffer, got)
        self._ancillaryReceived(found)
        memcpy(self.scratch(size), PyBytes_AS_STRING(data), got)
    return got
