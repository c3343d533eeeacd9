/*
 * As much of kqueue(2) as pollers use, for Linux: kqueue_shim.c tells how.
 * For tests; put the directory above on the include path.
 */
#ifndef TORSION_TEST_SYS_EVENT_H
#define TORSION_TEST_SYS_EVENT_H

#include <stdint.h>
#include <time.h>
#include <unistd.h>

struct kevent {
    uintptr_t ident;
    short filter;
    unsigned short flags;
    unsigned fflags;
    int64_t data;
    void *udata;
};

#define EVFILT_READ (-1)
#define EVFILT_WRITE (-2)
#define EVFILT_PROC (-5)
#define EVFILT_TIMER (-7)
#define EVFILT_USER (-11)

#define EV_ADD 0x0001
#define EV_DELETE 0x0002
#define EV_ENABLE 0x0004
#define EV_DISABLE 0x0008
#define EV_ONESHOT 0x0010
#define EV_CLEAR 0x0020
#define EV_RECEIPT 0x0040
#define EV_DISPATCH 0x0080
#define EV_ERROR 0x4000
#define EV_EOF 0x8000

#define NOTE_TRIGGER 0x01000000
#define NOTE_EXIT 0x80000000u

#define EV_SET(k, a, b, c, d, e, f)                                                     \
    do {                                                                                 \
        struct kevent *k_ = (k);                                                         \
        k_->ident = (a);                                                                 \
        k_->filter = (b);                                                                \
        k_->flags = (c);                                                                 \
        k_->fflags = (d);                                                                \
        k_->data = (e);                                                                  \
        k_->udata = (f);                                                                 \
    } while (0)

int kqueue(void);
int kevent(int kq, const struct kevent *changes, int nchanges, struct kevent *events, int nevents,
           const struct timespec *timeout);

/* What belongs to a kqueue must go when it is closed. */
int kqueue_shim_close(int fd);
#define close(fd) kqueue_shim_close(fd)

#endif
