# Accepting, and datagrams: system calls that give bytes and addresses.

cdef extern from "<netinet/in.h>" nogil:
    struct in_addr:
        pass
    struct in6_addr:
        pass
    struct sockaddr:
        unsigned short sa_family
    struct sockaddr_in:
        unsigned short sin_family
        unsigned short sin_port
        in_addr sin_addr
    struct sockaddr_in6:
        unsigned short sin6_family
        unsigned short sin6_port
        uint32_t sin6_flowinfo
        in6_addr sin6_addr
        uint32_t sin6_scope_id
    struct sockaddr_storage:
        unsigned short ss_family
    unsigned short ntohs(unsigned short number)
    unsigned short htons(unsigned short number)
    uint32_t ntohl(uint32_t number)
    int AF_INET
    int AF_INET6

cdef extern from "<arpa/inet.h>" nogil:
    const char *inet_ntop(int family, const void *address, char *text, socklen_t size)
    int inet_pton(int family, const char *text, void *address)

cdef extern from "<sys/un.h>" nogil:
    struct sockaddr_un:
        unsigned short sun_family
        char sun_path[108]
    int AF_UNIX

cdef extern from "<sys/socket.h>" nogil:
    ssize_t sendto(
        int fd, const void *data, size_t size, int flags,
        const sockaddr *address, socklen_t address_size
    )

cdef extern from "portable.h" nogil:
    bint ABSTRACT_NAMES "TORSION_ABSTRACT_NAMES"
    # Datagrams taken from the kernel in one call.
    enum:
        DATAGRAMS "TORSION_DATAGRAMS"
    ctypedef struct torsion_datagram:
        msghdr msg_hdr
        unsigned int msg_len
    int torsion_accept(int listening, sockaddr *address, socklen_t *size)
    int torsion_receive_datagrams(int fd, torsion_datagram *messages, unsigned int count)

# The memory that they may take.
cdef enum:
    DATAGRAM_MEMORY = 262144


cdef object address_of(sockaddr_storage *address, socklen_t size):
    """A socket address as L{socket} gives it."""
    cdef char text[64]
    cdef sockaddr_in *four
    cdef sockaddr_in6 *six
    cdef sockaddr_un *local
    cdef Py_ssize_t length
    if size == 0:
        return None
    if address.ss_family == AF_INET:
        four = <sockaddr_in *>address
        return (dotted(<unsigned char *>&four.sin_addr), ntohs(four.sin_port))
    if address.ss_family == AF_INET6:
        six = <sockaddr_in6 *>address
        inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof(text))
        return (
            ascii_text(text), ntohs(six.sin6_port), ntohl(six.sin6_flowinfo), six.sin6_scope_id
        )
    if address.ss_family == AF_UNIX:
        local = <sockaddr_un *>address
        length = <Py_ssize_t>size - (<char *>local.sun_path - <char *>local)
        if length <= 0:
            return ""
        if local.sun_path[0] == 0 and ABSTRACT_NAMES:
            return PyBytes_FromStringAndSize(local.sun_path, length)
        return _fsdecode(PyBytes_FromStringAndSize(local.sun_path, strnlen(local.sun_path, length)))
    return ""


cdef object dotted(const unsigned char *octets):
    """An IPv4 address; inet_ntop would go by way of printf, for every connection."""
    cdef char text[16]
    cdef int at, length = 0
    cdef unsigned char octet
    for at in range(4):
        octet = octets[at]
        if octet >= 100:
            text[length] = 48 + octet // 100
            length += 1
        if octet >= 10:
            text[length] = 48 + octet // 10 % 10
            length += 1
        text[length] = 48 + octet % 10
        text[length + 1] = 46
        length += 2
    text[length - 1] = 0
    return PyUnicode_FromString(text)


cdef inline object ascii_text(const char *text):
    return PyUnicode_FromString(text)


def acceptConnection(listening, bare):
    """
    Accept a connection; see L{twisted.internet._stream_py.acceptConnection}.
    """
    cdef sockaddr_storage address
    cdef socklen_t size = sizeof(address)
    cdef int fd
    if type(listening) is not Socket:
        return acceptInPython(listening, bare)
    address.ss_family = 0
    fd = torsion_accept(listening.fileno(), <sockaddr *>&address, &size)
    if fd < 0:
        if errno == EAGAIN:
            return None
        PyErr_SetFromErrno(OSError)
    try:
        peer = address_of(&address, size)
        return (fd if bare else wrap(fd), peer)
    except BaseException:
        close(fd)
        raise


cdef object wrap(int fd):
    """A socket object for *fd*, which does not block."""
    skt = Socket(fileno=fd)
    skt.setblocking(False)
    return skt


cdef list receive_datagrams(Loop loop, int fd, size_t size):
    cdef torsion_datagram messages[DATAGRAMS]
    cdef iovec vectors[DATAGRAMS]
    cdef sockaddr_storage addresses[DATAGRAMS]
    cdef size_t room = size if size else 1
    cdef size_t fit = <size_t>DATAGRAM_MEMORY // room
    cdef int count = DATAGRAMS if fit > <size_t>DATAGRAMS else <int>fit if fit else 1
    cdef int got, at
    cdef char *buffer = loop.scratch(room * count)
    cdef list found = []
    memset(messages, 0, count * sizeof(torsion_datagram))
    for at in range(count):
        vectors[at].iov_base, vectors[at].iov_len = buffer + at * size, size
        messages[at].msg_hdr.msg_iov, messages[at].msg_hdr.msg_iovlen = &vectors[at], 1
        messages[at].msg_hdr.msg_name = &addresses[at]
        messages[at].msg_hdr.msg_namelen = sizeof(sockaddr_storage)
        addresses[at].ss_family = 0
    got = torsion_receive_datagrams(fd, messages, count)
    if got < 0:
        PyErr_SetFromErrno(OSError)
    for at in range(got):
        found.append((
            PyBytes_FromStringAndSize(buffer + at * size, messages[at].msg_len),
            address_of(&addresses[at], messages[at].msg_hdr.msg_namelen),
        ))
    if got == count:
        # There may be more: what stands for "ask again".
        found.append(None)
    return found


cdef object send_datagram(int fd, int family, bytes data, object host, object port):
    """
    Send to an address.

    @return: how many bytes went, L{None} if *host* is none of the family's.
    """
    cdef sockaddr_in four
    cdef sockaddr_in6 six
    cdef sockaddr *address
    cdef socklen_t size
    cdef ssize_t sent
    cdef const char *text
    if type(host) is not str or type(port) is not int or not 0 <= port <= 65535:
        return None
    text = PyUnicode_AsUTF8(host)
    if family == AF_INET:
        memset(&four, 0, sizeof(four))
        four.sin_family = AF_INET
        four.sin_port = htons(port)
        if inet_pton(AF_INET, text, &four.sin_addr) != 1:
            return None
        address, size = <sockaddr *>&four, sizeof(four)
    elif family == AF_INET6:
        memset(&six, 0, sizeof(six))
        six.sin6_family = AF_INET6
        six.sin6_port = htons(port)
        if inet_pton(AF_INET6, text, &six.sin6_addr) != 1:
            return None
        address, size = <sockaddr *>&six, sizeof(six)
    else:
        return None
    sent = sendto(fd, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), QUIETLY, address, size)
    if sent < 0:
        PyErr_SetFromErrno(OSError)
    return sent
