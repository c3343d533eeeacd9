/*
 * The poller of the BSDs and macOS, on kqueue(2); wakings come as EVFILT_USER.
 *
 * kqueue has a filter for reading and one for writing, each with an event of
 * its own, where the contract has one interest and one event a descriptor:
 * what is told to the kernel is kept in a table by descriptor, and the two
 * events of one wait are put together there.
 *
 * A hang-up comes with a filter, so one that is not watched for hears of it in
 * the way of the other: at the end of what can be read, POLLER_READ alone.
 */
#include "poller.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/event.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define BATCH 512
/* As long as epoll.c can wait; some kernels refuse years. */
#define LONGEST 2147483.0

/* Tokens travel as pointers. */
_Static_assert(sizeof(void *) >= sizeof(uint64_t), "tokens need pointers of 64 bits");

typedef struct {
    uint64_t token;
    unsigned interest; /* what the kernel was told to watch for */
    unsigned turn;     /* the wait in which it last had an event */
    int at;            /* where that event was stored */
} slot;

struct poller {
    int kqueue;
    unsigned turn;
    int size;
    slot *slots;
    struct kevent batch[BATCH];
};

static void change(struct kevent *k, int fd, unsigned what, unsigned flags, uint64_t token)
{
    EV_SET(k, (uintptr_t)fd, what == POLLER_READ ? EVFILT_READ : EVFILT_WRITE,
           (unsigned short)flags, 0, 0, (void *)(uintptr_t)token);
}

static int tell(poller *p, struct kevent *changes, int count)
{
    static const struct timespec atOnce = {0, 0};
    int answer;
    do
        answer = kevent(p->kqueue, changes, count, NULL, 0, &atOnce);
    while (answer < 0 && errno == EINTR);
    return answer;
}

const char *poller_facility(void)
{
    return "kqueue";
}

poller *poller_open(void)
{
    struct kevent wake;
    poller *p = calloc(1, sizeof *p);
    if (p == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    p->kqueue = kqueue();
    EV_SET(&wake, 0, EVFILT_USER, EV_ADD | EV_CLEAR, 0, 0, NULL);
    if (p->kqueue < 0 || fcntl(p->kqueue, F_SETFD, FD_CLOEXEC) < 0 || tell(p, &wake, 1) < 0) {
        int why = errno;
        poller_close(p);
        errno = why;
        return NULL;
    }
    return p;
}

void poller_close(poller *p)
{
    if (p == NULL)
        return;
    if (p->kqueue >= 0)
        close(p->kqueue);
    free(p->slots);
    free(p);
}

static int makeRoom(poller *p, int fd)
{
    slot *grown;
    int size = p->size > 0 ? p->size : 64;
    if (fd < p->size)
        return 0;
    while (size <= fd) {
        if (size > INT32_MAX / 2) {
            errno = ENOMEM;
            return -1;
        }
        size *= 2;
    }
    grown = realloc(p->slots, (size_t)size * sizeof *grown);
    if (grown == NULL) {
        errno = ENOMEM;
        return -1;
    }
    memset(grown + p->size, 0, (size_t)(size - p->size) * sizeof *grown);
    p->slots = grown;
    p->size = size;
    return 0;
}

/* Does the kernel still know fd by what the table says?  It forgets what is closed. */
static int isKnown(poller *p, int fd)
{
    struct kevent probe;
    slot *place = &p->slots[fd];
    unsigned what = place->interest & POLLER_READ ? POLLER_READ : POLLER_WRITE;
    if (!place->interest)
        return 0;
    change(&probe, fd, what, EV_ENABLE, place->token);
    return tell(p, &probe, 1) == 0;
}

/* kqueue(2) tells how much of a file is left, which is not readiness. */
static int canBeWaitedFor(int fd)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return -1;
    if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) {
        errno = EPERM;
        return -1;
    }
    return 0;
}

int poller_watch(poller *p, int fd, unsigned before, unsigned interest, uint64_t token)
{
    struct kevent changes[2];
    unsigned gone;
    int count = 0;
    if (fd < 0) {
        errno = EBADF;
        return -1;
    }
    if (makeRoom(p, fd) < 0)
        return -1;
    if (before == 0) {
        if (isKnown(p, fd)) {
            errno = EEXIST;
            return -1;
        }
        p->slots[fd].interest = 0;
        if (canBeWaitedFor(fd) < 0)
            return -1;
    } else if (p->slots[fd].interest == 0) {
        errno = ENOENT;
        return -1;
    }
    if (interest & POLLER_READ)
        change(&changes[count++], fd, POLLER_READ, EV_ADD, token);
    if (interest & POLLER_WRITE)
        change(&changes[count++], fd, POLLER_WRITE, EV_ADD, token);
    /* Last: the first failure ends it, and this may be forgotten already. */
    gone = p->slots[fd].interest & ~interest;
    if (gone)
        change(&changes[count++], fd, gone, EV_DELETE, 0);
    if (tell(p, changes, count) < 0 && !(gone && errno == ENOENT)) {
        if (errno == EINVAL || errno == ENODEV || errno == EOPNOTSUPP)
            errno = EPERM; /* a device without readiness */
        return -1;
    }
    p->slots[fd].interest = interest;
    p->slots[fd].token = token;
    return 0;
}

int poller_forget(poller *p, int fd)
{
    struct kevent one;
    unsigned what;
    int why = ENOENT;
    if (fcntl(fd, F_GETFD) < 0)
        why = EBADF;
    if (fd < 0 || fd >= p->size || p->slots[fd].interest == 0) {
        errno = why;
        return -1;
    }
    /* One at a time: the failure of one must not save the other. */
    for (what = POLLER_READ; what <= POLLER_WRITE; what++)
        if (p->slots[fd].interest & what) {
            change(&one, fd, what, EV_DELETE, 0);
            if (tell(p, &one, 1) == 0)
                why = 0;
        }
    p->slots[fd].interest = 0;
    errno = why;
    return why ? -1 : 0;
}

static unsigned meaning(const struct kevent *k)
{
    unsigned ended = k->flags & EV_EOF;
    if (k->filter == EVFILT_READ) /* the end can be read; an error is more than that */
        return POLLER_READ | (ended && k->fflags ? POLLER_GONE : 0u);
    return POLLER_WRITE | (ended ? POLLER_GONE : 0u);
}

/* Store what k says, if there is room or its descriptor has an event already. */
static int store(poller *p, const struct kevent *k, poller_event *events, int stored, int capacity)
{
    slot *place;
    if (k->filter == EVFILT_USER || k->flags & EV_ERROR || k->ident >= (uintptr_t)p->size)
        return stored;
    place = &p->slots[k->ident];
    if (place->turn == p->turn) {
        events[place->at].events |= meaning(k);
        return stored;
    }
    if (stored == capacity)
        return stored; /* level-triggered: it comes again */
    place->turn = p->turn;
    place->at = stored;
    events[stored].token = (uint64_t)(uintptr_t)k->udata;
    events[stored].events = meaning(k);
    return stored + 1;
}

static struct timespec duration(double seconds)
{
    struct timespec t;
    if (seconds > LONGEST)
        seconds = LONGEST;
    t.tv_sec = (time_t)seconds;
    t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
    /* Upwards: waking early means another, useless turn. */
    if (++t.tv_nsec >= 1000000000) {
        t.tv_nsec = 0;
        t.tv_sec++;
    }
    return t;
}

int poller_wait(poller *p, double timeout, poller_event *events, int capacity)
{
    struct timespec t = {0, 0};
    int found, first, i, stored = 0;
    if (capacity < 1) {
        errno = EINVAL;
        return -1;
    }
    if (timeout > 0)
        t = duration(timeout);
    /* Two a descriptor, and one so that a waking never takes an event's place. */
    found = kevent(p->kqueue, NULL, 0, p->batch, capacity < BATCH / 2 ? 2 * capacity + 1 : BATCH,
                   timeout < 0 ? NULL : &t);
    if (found < 0)
        return -1;
    if (++p->turn == 0) { /* the count went round: what slots remember is of long ago */
        for (i = 0; i < p->size; i++)
            p->slots[i].turn = 0;
        p->turn = 1;
    }
    /* When not all have room, others are first each time. */
    first = found > capacity ? (int)(p->turn % (unsigned)found) : 0;
    for (i = 0; i < found; i++)
        stored = store(p, &p->batch[(first + i) % found], events, stored, capacity);
    return stored;
}

int poller_wake(poller *p)
{
    struct kevent wake;
    EV_SET(&wake, 0, EVFILT_USER, 0, NOTE_TRIGGER, 0, NULL);
    return tell(p, &wake, 1) < 0 ? -1 : 0;
}

int poller_fileno(const poller *p)
{
    return p->kqueue;
}
