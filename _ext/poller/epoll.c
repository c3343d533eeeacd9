/*
 * The poller of Linux, on epoll(7); wakings come through an eventfd(2).
 */
#define _GNU_SOURCE
#include "poller.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* No caller's token: those are made of a descriptor and a generation. */
#define WAKE UINT64_MAX
#define BATCH 256

struct poller {
    int epoll;
    int wake;
    struct epoll_event batch[BATCH];
};

static int control(poller *p, int operation, int fd, uint32_t mask, uint64_t token)
{
    struct epoll_event event;
    event.events = mask;
    event.data.u64 = token;
    return epoll_ctl(p->epoll, operation, fd, &event);
}

const char *poller_facility(void)
{
    return "epoll";
}

poller *poller_open(void)
{
    poller *p = malloc(sizeof *p);
    if (p == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    p->epoll = epoll_create1(EPOLL_CLOEXEC);
    p->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (p->epoll < 0 || p->wake < 0 || control(p, EPOLL_CTL_ADD, p->wake, EPOLLIN, WAKE) < 0) {
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
    if (p->wake >= 0)
        close(p->wake);
    if (p->epoll >= 0)
        close(p->epoll);
    free(p);
}

int poller_watch(poller *p, int fd, unsigned before, unsigned interest, uint64_t token)
{
    uint32_t mask = (interest & POLLER_READ ? EPOLLIN : 0u) | (interest & POLLER_WRITE ? EPOLLOUT : 0u);
    return control(p, before ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, mask, token);
}

int poller_forget(poller *p, int fd)
{
    return control(p, EPOLL_CTL_DEL, fd, 0, 0);
}

/* Seconds to milliseconds, upwards: waking early means another, useless turn. */
static int milliseconds(double timeout)
{
    double scaled;
    int whole;
    if (timeout < 0)
        return -1;
    scaled = timeout * 1000.0;
    if (scaled >= INT_MAX)
        return INT_MAX;
    whole = (int)scaled;
    return whole < scaled ? whole + 1 : whole;
}

static void drain(int fd)
{
    uint64_t count;
    ssize_t got;
    do
        got = read(fd, &count, sizeof count);
    while (got < 0 && errno == EINTR);
}

int poller_wait(poller *p, double timeout, poller_event *events, int capacity)
{
    int found, i, stored = 0;
    if (capacity < 1) {
        errno = EINVAL;
        return -1;
    }
    /* One more than asked for, so that a waking never takes an event's place. */
    found = epoll_wait(p->epoll, p->batch, capacity < BATCH ? capacity + 1 : BATCH,
                       milliseconds(timeout));
    for (i = 0; i < found; i++) {
        uint32_t mask = p->batch[i].events;
        if (p->batch[i].data.u64 == WAKE) {
            drain(p->wake);
        } else if (stored < capacity) {
            /* What does not fit is level-triggered, and comes again. */
            events[stored].token = p->batch[i].data.u64;
            events[stored].events = (mask & EPOLLIN ? POLLER_READ : 0u)
                                    | (mask & EPOLLOUT ? POLLER_WRITE : 0u)
                                    | (mask & (EPOLLERR | EPOLLHUP) ? POLLER_GONE : 0u);
            stored++;
        }
    }
    return found < 0 ? -1 : stored;
}

int poller_wake(poller *p)
{
    uint64_t one = 1;
    ssize_t put;
    do
        put = write(p->wake, &one, sizeof one);
    while (put < 0 && errno == EINTR);
    /* Full: as many wakings wait as can be counted. */
    return put < 0 && errno != EAGAIN ? -1 : 0;
}

int poller_fileno(const poller *p)
{
    return p->epoll;
}
