/*
 * What the compiled transports ask of a POSIX system beyond POSIX: where a
 * system has it in one call, by that; elsewhere by what all of them have.
 *
 * TORSION_PLAIN, defined, has Linux do it in the way of the others, so that
 * this is tested where there is no other system.
 */
#ifndef TORSION_PORTABLE_H
#define TORSION_PORTABLE_H

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#if defined(TORSION_PLAIN)
#define TORSION_FLAGS_AT_ONCE 0
#define TORSION_MANY_AT_ONCE 0
#elif defined(__linux__)
#define TORSION_FLAGS_AT_ONCE 1
#define TORSION_MANY_AT_ONCE 1
#elif !defined(__APPLE__) && defined(SOCK_CLOEXEC) && defined(MSG_CMSG_CLOEXEC)
/* The BSDs, where the headers are not asked to keep to POSIX. */
#define TORSION_FLAGS_AT_ONCE 1
#define TORSION_MANY_AT_ONCE 0
#else
#define TORSION_FLAGS_AT_ONCE 0
#define TORSION_MANY_AT_ONCE 0
#endif

/*
 * Sending to who has gone is an error here, and no signal: by a flag of each
 * call or, on macOS (older kernels than its headers do not know the flag), by
 * an option of the socket.
 */
#if defined(__APPLE__) || !defined(MSG_NOSIGNAL)
#define TORSION_QUIETLY 0
#else
#define TORSION_QUIETLY MSG_NOSIGNAL
#endif

/*
 * What is sent so waits for what is sent next, and goes into one segment with
 * it: the last bytes, with the end of the connection.
 */
#if defined(MSG_MORE) && !defined(TORSION_PLAIN)
#define TORSION_MORE MSG_MORE
#else
#define TORSION_MORE 0
#endif

static inline void torsion_quiet(int fd)
{
#if defined(SO_NOSIGPIPE)
    int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#else
    (void)fd;
#endif
}

/* Names of UNIX sockets that begin with a zero byte are Linux' alone. */
#if defined(__linux__)
#define TORSION_ABSTRACT_NAMES 1
#else
#define TORSION_ABSTRACT_NAMES 0
#endif

#if !TORSION_FLAGS_AT_ONCE
/* Close fd, and leave errno as it is. */
static inline int torsion_refuse(int fd)
{
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}
#endif

/* Accept a connection that does not block and is not handed to child processes. */
static inline int torsion_accept(int listening, struct sockaddr *address, socklen_t *size)
{
#if TORSION_FLAGS_AT_ONCE
    return accept4(listening, address, size, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
    int flags, fd = accept(listening, address, size);
    if (fd < 0)
        return -1;
    flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return torsion_refuse(fd);
    return fd;
#endif
}

/* As recvmsg; descriptors that come along are not handed to child processes. */
static inline ssize_t torsion_receive_rights(int fd, struct msghdr *message)
{
#if TORSION_FLAGS_AT_ONCE
    return recvmsg(fd, message, MSG_CMSG_CLOEXEC);
#else
    struct cmsghdr *header;
    ssize_t got = recvmsg(fd, message, 0);
    if (got < 0)
        return got;
    for (header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header)) {
        size_t at, end = header->cmsg_len - CMSG_LEN(0);
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        for (at = 0; at + sizeof(int) <= end; at += sizeof(int)) {
            int passed;
            memcpy(&passed, CMSG_DATA(header) + at, sizeof passed);
            (void)fcntl(passed, F_SETFD, FD_CLOEXEC);
        }
    }
    return got;
#endif
}

/*
 * Take datagrams that lie ready, TORSION_DATAGRAMS at the most; their number.
 * Without a call for many it is one: an error that waits behind datagrams
 * would else be taken with them, and be lost.
 */
#if TORSION_MANY_AT_ONCE
enum { TORSION_DATAGRAMS = 32 };
typedef struct mmsghdr torsion_datagram;
#else
enum { TORSION_DATAGRAMS = 1 };
typedef struct {
    struct msghdr msg_hdr;
    unsigned msg_len;
} torsion_datagram;
#endif

static inline int torsion_receive_datagrams(int fd, torsion_datagram *messages, unsigned count)
{
#if TORSION_MANY_AT_ONCE
    return recvmmsg(fd, messages, count, MSG_DONTWAIT, NULL);
#else
    ssize_t got = recvmsg(fd, &messages[0].msg_hdr, MSG_DONTWAIT);
    (void)count;
    if (got < 0)
        return -1;
    messages[0].msg_len = (unsigned)got;
    return 1;
#endif
}

#endif
