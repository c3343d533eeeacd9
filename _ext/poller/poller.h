/*
 * Waiting for descriptors: one small interface, one file per facility of an
 * operating system (epoll.c, kqueue.c).  Plain C; nothing here knows Python.
 *
 * A poller watches descriptors for readiness, level-triggered: what has not
 * been read is reported again.  Each descriptor is watched once, for reading,
 * writing or both, under a token of the caller's which comes back with its
 * events; by a token that is never used twice the caller can tell an event of
 * a closed descriptor from one of its successor with the same number.
 *
 * Contract
 *   - Functions that return int return 0 or a count, and -1 with errno set on
 *     failure.
 *   - One thread at a time calls any of them, but for poller_wake, which may be
 *     called by every thread and from signal handlers, at any time between
 *     poller_open and poller_close.
 *   - A descriptor that is closed is forgotten by the kernel, by some (epoll)
 *     only when no duplicate of it is open; poller_forget for it then fails with
 *     EBADF or ENOENT, or, when its number has been given again, must not be
 *     called.
 *   - An error or hang-up on a descriptor is reported whatever was asked for: as
 *     POLLER_GONE, or, where an end can be read, as POLLER_READ at least.
 */
#ifndef TORSION_POLLER_H
#define TORSION_POLLER_H

#include <stdint.h>

#define POLLER_READ 1u  /* there is something to read, or the end of it */
#define POLLER_WRITE 2u /* something can be written */
#define POLLER_GONE 4u  /* an error or a hang-up; reported only, never asked for */

typedef struct poller poller;

typedef struct {
    uint64_t token;  /* what poller_watch was given */
    unsigned events; /* POLLER_… */
} poller_event;

/* What it waits by: "epoll" or "kqueue".  For those who must know. */
const char *poller_facility(void);

/* Make a poller.  NULL with errno set when there is none to be had. */
poller *poller_open(void);

/* Give back what the poller has.  Descriptors that it watched stay open. */
void poller_close(poller *p);

/*
 * Watch fd for `interest` (POLLER_READ | POLLER_WRITE, not empty).
 * `before` is what it was watched for until now, 0 if it was not.
 * EPERM: the descriptor is always ready (a regular file).
 */
int poller_watch(poller *p, int fd, unsigned before, unsigned interest, uint64_t token);

/* Watch fd no longer. */
int poller_forget(poller *p, int fd);

/*
 * Wait until something happens, `timeout` seconds (negative: for ever) have
 * passed, or poller_wake is called; store up to `capacity` events and return
 * their number.  A waking is consumed and stores none.
 * EINTR: a signal came first.
 */
int poller_wait(poller *p, double timeout, poller_event *events, int capacity);

/* End the wait that is on, or else the next one. */
int poller_wake(poller *p);

/* The descriptor of the poller itself, for those who look at it. */
int poller_fileno(const poller *p);

#endif
