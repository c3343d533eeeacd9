/*
 * kqueue(2) on epoll(7), so that what is written for the BSDs runs on Linux.
 *
 * kqueue() returns an epoll descriptor, so it can itself be waited for.  The
 * knotes of a descriptor for reading and for writing share one entry there;
 * EVFILT_USER is an eventfd, EVFILT_TIMER a timerfd, EVFILT_PROC a pidfd.
 *
 * As on the BSDs, a knote dies when its number is closed, whatever duplicates
 * are open: an entry remembers which file it was (device and inode).  What
 * epoll goes on reporting of a file whose number is closed can be stopped only
 * by making the epoll instance anew.
 *
 * Not as on the BSDs: EV_CLEAR on READ and WRITE (refused, EINVAL); files
 * (refused, EPERM); the error in fflags, which cannot be looked at without
 * taking it, and is always ECONNRESET.
 *
 * One thread at a time may use a kqueue, but for NOTE_TRIGGER, which takes no
 * lock, for signal handlers may use it, and writes to nothing but the eventfd;
 * so the table that it looks into never moves.
 */
#define _GNU_SOURCE
#include <sys/event.h>
#undef close

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <linux/sockios.h>

#define QUEUES 1024
#define DESCRIPTORS 65536
#define BATCH 64

typedef struct {
    unsigned short set; /* EV_ADD while it is there, with EV_ONESHOT, EV_CLEAR, EV_DISPATCH */
    unsigned char off;  /* disabled */
    unsigned fflags;
    void *udata;
} knote;

/* A descriptor of the caller's, or the one that stands for another filter. */
typedef struct {
    knote reading; /* or that other filter's */
    knote writing;
    short filter; /* 0 for a descriptor of the caller's */
    uintptr_t ident;
    unsigned mask; /* what epoll was told; 0: it does not know it */
    dev_t device;
    ino_t inode;
} entry;

typedef struct {
    int size;       /* of which there may be entries */
    entry *entries; /* by descriptor; untouched pages of it take no memory */
} queue;

static queue *queues[QUEUES];

static void drop(int kq)
{
    int fd;
    queue *q = queues[kq];
    if (q == NULL)
        return;
    queues[kq] = NULL;
    for (fd = 0; fd < q->size; fd++)
        if (q->entries[fd].filter)
            close(fd);
    free(q->entries);
    free(q);
}

int kqueue_shim_close(int fd)
{
    if (fd >= 0 && fd < QUEUES)
        drop(fd);
    return close(fd);
}

int kqueue(void)
{
    int kq = epoll_create1(0);
    if (kq < 0)
        return -1;
    if (kq >= QUEUES) {
        close(kq);
        errno = EMFILE;
        return -1;
    }
    queues[kq] = calloc(1, sizeof(queue)); /* one that was there was closed unseen */
    if (queues[kq] != NULL)
        queues[kq]->entries = calloc(DESCRIPTORS, sizeof(entry));
    if (queues[kq] == NULL || queues[kq]->entries == NULL) {
        free(queues[kq]);
        queues[kq] = NULL;
        close(kq);
        errno = ENOMEM;
        return -1;
    }
    return kq;
}

static entry *entryOf(queue *q, int fd)
{
    if (fd >= DESCRIPTORS) {
        errno = ENOMEM;
        return NULL;
    }
    if (fd >= q->size)
        q->size = fd + 1;
    return &q->entries[fd];
}

/* Is the file behind fd still the one that it was?  Clears the entry if not. */
static int isFresh(entry *e, int fd)
{
    struct stat s;
    if (fstat(fd, &s) == 0 && s.st_dev == e->device && s.st_ino == e->inode)
        return 1;
    memset(e, 0, sizeof *e);
    return 0;
}

static int tellEpoll(int kq, entry *e, int fd)
{
    struct epoll_event event = {.data.fd = fd};
    unsigned mask = 0;
    int operation, answer;
    if (e->reading.set && !e->reading.off)
        mask |= EPOLLIN | EPOLLRDHUP;
    if (e->writing.set && !e->writing.off)
        mask |= EPOLLOUT;
    if (mask == e->mask)
        return 0;
    event.events = mask;
    /* Not a mask of 0: a hang-up would be reported still. */
    operation = mask == 0 ? EPOLL_CTL_DEL : e->mask == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    answer = epoll_ctl(kq, operation, fd, &event);
    if (answer == 0)
        e->mask = mask;
    return answer;
}

/* Make the epoll instance anew, under its number, with what is fresh. */
static void renew(int kq, queue *q)
{
    int fd, flags = fcntl(kq, F_GETFD), other = epoll_create1(0);
    if (other < 0)
        return;
    dup3(other, kq, flags & FD_CLOEXEC ? O_CLOEXEC : 0);
    close(other);
    for (fd = 0; fd < q->size; fd++) {
        entry *e = &q->entries[fd];
        if (e->mask && isFresh(e, fd)) {
            e->mask = 0;
            tellEpoll(kq, e, fd);
        }
    }
}

/* The descriptor that stands for (filter, ident), or -1. */
static int standIn(queue *q, short filter, uintptr_t ident)
{
    int fd;
    for (fd = 0; fd < q->size; fd++)
        if (q->entries[fd].filter == filter && q->entries[fd].ident == ident)
            return fd;
    errno = ENOENT;
    return -1;
}

static int newStandIn(const struct kevent *k)
{
    struct itimerspec every;
    int fd;
    switch (k->filter) {
    case EVFILT_USER:
        return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    case EVFILT_PROC:
        return (int)syscall(SYS_pidfd_open, (pid_t)k->ident, 0);
    case EVFILT_TIMER: /* in milliseconds, as by default on the BSDs */
        every.it_interval.tv_sec = k->data / 1000;
        every.it_interval.tv_nsec = k->data % 1000 * 1000000;
        every.it_value = every.it_interval;
        fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
        timerfd_settime(fd, 0, &every, NULL);
        return fd;
    }
    errno = EINVAL;
    return -1;
}

static void bits(knote *n, const struct kevent *k)
{
    if (k->flags & EV_ADD) {
        n->set = k->flags & (EV_ADD | EV_ONESHOT | EV_CLEAR | EV_DISPATCH);
        n->fflags = k->fflags;
    }
    if (k->flags & EV_DISABLE)
        n->off = 1;
    else if (k->flags & (EV_ENABLE | EV_ADD))
        n->off = 0;
    n->udata = k->udata;
}

static int changeStandIn(int kq, queue *q, const struct kevent *k)
{
    const uint64_t one = 1;
    int fd = standIn(q, k->filter, k->ident);
    entry *e;
    if (fd < 0) {
        if (!(k->flags & EV_ADD) || (fd = newStandIn(k)) < 0)
            return -1;
        e = entryOf(q, fd);
        if (e == NULL) {
            close(fd);
            return -1;
        }
        memset(e, 0, sizeof *e);
        e->filter = k->filter;
        e->ident = k->ident;
    }
    if (k->fflags & NOTE_TRIGGER && k->filter == EVFILT_USER && !(k->flags & EV_ADD))
        /* Full means triggered. */
        return write(fd, &one, sizeof one) < 0 && errno != EAGAIN ? -1 : 0;
    e = &q->entries[fd];
    if (k->flags & EV_DELETE) {
        memset(e, 0, sizeof *e);
        return close(fd);
    }
    bits(&e->reading, k);
    return tellEpoll(kq, e, fd);
}

static int change(int kq, queue *q, const struct kevent *k)
{
    struct stat s;
    int fd = (int)k->ident;
    entry *e;
    knote *n;
    if (k->filter != EVFILT_READ && k->filter != EVFILT_WRITE)
        return changeStandIn(kq, q, k);
    if (k->flags & EV_CLEAR) {
        errno = EINVAL;
        return -1;
    }
    if (fstat(fd, &s) < 0 || (e = entryOf(q, fd)) == NULL)
        return -1;
    if (e->filter || e->device != s.st_dev || e->inode != s.st_ino) {
        /* A successor; epoll may know it already, by this number, of a duplicate. */
        memset(e, 0, sizeof *e);
        epoll_ctl(kq, EPOLL_CTL_DEL, fd, NULL);
        e->device = s.st_dev;
        e->inode = s.st_ino;
    }
    n = k->filter == EVFILT_READ ? &e->reading : &e->writing;
    if (!n->set && !(k->flags & EV_ADD)) {
        errno = ENOENT;
        return -1;
    }
    if (k->flags & EV_DELETE)
        memset(n, 0, sizeof *n);
    else
        bits(n, k);
    if (tellEpoll(kq, e, fd) < 0) {
        memset(n, 0, sizeof *n);
        return -1;
    }
    return 0;
}

/* How much can be read, or how many can be accepted. */
static int64_t readable(int fd)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    int count = 0, listening = 0;
    socklen_t flag = sizeof listening;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &flag) == 0 && listening) {
        if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0)
            return info.tcpi_unacked;
        return 1;
    }
    return ioctl(fd, FIONREAD, &count) == 0 ? count : 0;
}

static int64_t writable(int fd)
{
    int room = 0, queued = 0;
    socklen_t size = sizeof room;
    if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &size) < 0)
        return 4096; /* a pipe: at least what is written as a whole */
    ioctl(fd, SIOCOUTQ, &queued);
    return room > queued ? room - queued : 1;
}

/* Report n, and do what its flags say is done after a report. */
static void report(struct kevent *k, knote *n, uintptr_t ident, short filter)
{
    EV_SET(k, ident, filter, n->set, 0, 0, n->udata);
    if (n->set & EV_ONESHOT)
        memset(n, 0, sizeof *n);
    else if (n->set & EV_DISPATCH)
        n->off = 1;
}

static int reportStandIn(int kq, entry *e, int fd, struct kevent *k)
{
    uint64_t count = 1;
    if (!(e->filter == EVFILT_USER && !(e->reading.set & (EV_CLEAR | EV_ONESHOT)))
        && e->filter != EVFILT_PROC && read(fd, &count, sizeof count) < 0)
        return 0;
    if (e->filter == EVFILT_PROC)
        e->reading.set |= EV_ONESHOT;
    report(k, &e->reading, e->ident, e->filter);
    k->data = e->filter == EVFILT_TIMER ? (int64_t)count : 0;
    k->fflags = e->filter == EVFILT_PROC ? NOTE_EXIT : 0;
    if (!e->reading.set) {
        memset(e, 0, sizeof *e);
        close(fd);
    } else {
        tellEpoll(kq, e, fd);
    }
    return 1;
}

/* What epoll says of fd, as one event or two; their number. */
static int translate(int kq, entry *e, int fd, unsigned mask, struct kevent *k, int room)
{
    int stored = 0;
    int error = mask & EPOLLERR ? ECONNRESET : 0;
    struct stat s;
    if (e->filter)
        return room > 0 ? reportStandIn(kq, e, fd, k) : 0;
    if (error && fstat(fd, &s) == 0 && !S_ISSOCK(s.st_mode))
        error = 0; /* a pipe without readers: the end of it, no error */
    if (e->reading.set && !e->reading.off && stored < room
        && mask & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
        report(&k[stored], &e->reading, (uintptr_t)fd, EVFILT_READ);
        k[stored].data = readable(fd);
        if (mask & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
            k[stored].flags |= EV_EOF;
            k[stored].fflags = (unsigned)error;
        }
        stored++;
    }
    if (e->writing.set && !e->writing.off && stored < room
        && mask & (EPOLLOUT | EPOLLHUP | EPOLLERR)) {
        report(&k[stored], &e->writing, (uintptr_t)fd, EVFILT_WRITE);
        k[stored].data = writable(fd);
        if (mask & (EPOLLHUP | EPOLLERR)) {
            k[stored].flags |= EV_EOF;
            k[stored].fflags = (unsigned)error;
        }
        stored++;
    }
    tellEpoll(kq, e, fd);
    return stored;
}

static int collect(int kq, queue *q, struct kevent *events, int nevents, int timeout)
{
    struct epoll_event batch[BATCH];
    int found, i, stored = 0, stale = 0;
    found = epoll_wait(kq, batch, nevents < BATCH ? nevents : BATCH, timeout);
    if (found < 0)
        return -1;
    for (i = 0; i < found; i++) {
        int fd = batch[i].data.fd;
        entry *e = fd < q->size ? &q->entries[fd] : NULL;
        if (e == NULL || !(e->filter || isFresh(e, fd)))
            stale = 1;
        else
            stored += translate(kq, e, fd, batch[i].events, events + stored, nevents - stored);
    }
    if (stale)
        renew(kq, q);
    return stored;
}

int kevent(int kq, const struct kevent *changes, int nchanges, struct kevent *events, int nevents,
           const struct timespec *timeout)
{
    queue *q = kq >= 0 && kq < QUEUES ? queues[kq] : NULL;
    struct timespec end, now;
    int i, stored = 0, left = -1;
    if (q == NULL) {
        errno = EBADF;
        return -1;
    }
    for (i = 0; i < nchanges; i++) {
        int why = change(kq, q, &changes[i]) < 0 ? errno : 0;
        if (why || changes[i].flags & EV_RECEIPT) {
            if (stored == nevents) {
                errno = why;
                if (why)
                    return -1;
                continue;
            }
            events[stored] = changes[i];
            events[stored].flags |= EV_ERROR;
            events[stored++].data = why;
        }
    }
    if (stored || nevents == 0)
        return stored;
    clock_gettime(CLOCK_MONOTONIC, &end);
    if (timeout != NULL) {
        end.tv_sec += timeout->tv_sec;
        end.tv_nsec += timeout->tv_nsec;
    }
    do { /* again when all that came was stale */
        if (timeout != NULL) {
            double milliseconds;
            clock_gettime(CLOCK_MONOTONIC, &now);
            milliseconds = (double)(end.tv_sec - now.tv_sec) * 1e3
                           + (double)(end.tv_nsec - now.tv_nsec) / 1e6;
            left = milliseconds <= 0 ? 0 : milliseconds > 1e9 ? 1000000000 : (int)milliseconds + 1;
        }
        stored = collect(kq, q, events, nevents, left);
    } while (stored == 0 && left != 0);
    return stored;
}
