/*
 * Doing, and being told when it is done: the interface to systems that report
 * completion, as poller.h is to those that report readiness.  One file per
 * facility (iocp.c).  Plain C; nothing here knows Python.
 *
 * An operation is begun on a handle, and is either over at once or pending.  A
 * pending one is owned by the system, with all the memory that it was given,
 * until proactor_wait returns its completion; then it can be used again.  Each
 * pending operation completes exactly once, cancelled ones as well.
 *
 * Contract
 *   - What begins an operation returns PROACTOR_DONE (it is over, nothing will
 *     be reported), PROACTOR_PENDING, or the number of an error (nothing was
 *     begun).  Numbers are the system's own for sockets, on Windows WSAE….
 *   - Bytes and addresses to be sent are read, and buffers are written, until
 *     the operation is over: the caller keeps them.  The arrays that describe
 *     them are read only by the call.
 *   - One thread at a time calls any of these, but for proactor_wake, which
 *     may be called by every thread between proactor_open and proactor_close.
 *   - Before a handle is closed its operations are cancelled; they complete
 *     with PROACTOR_CANCELLED.
 */
#ifndef TORSION_PROACTOR_H
#define TORSION_PROACTOR_H

#include <stddef.h>
#include <stdint.h>

#define PROACTOR_DONE 0
#define PROACTOR_PENDING (-1)
#define PROACTOR_CANCELLED 995 /* ERROR_OPERATION_ABORTED */

/* As many buffers one operation takes; more are left for the next. */
#define PROACTOR_BUFFERS 64

typedef struct proactor proactor;
typedef struct proactor_operation proactor_operation;
typedef uintptr_t proactor_handle; /* of a socket */

typedef struct {
    const void *base; /* written to by what receives */
    size_t length;
} proactor_buffer;

typedef struct {
    proactor_operation *operation;
    void *owner;  /* what proactor_operation_new was given */
    int error;    /* 0, or the number of an error */
    size_t count; /* bytes that were transferred */
} proactor_completion;

/* Make a proactor.  NULL with *error set when there is none to be had. */
proactor *proactor_open(int *error);

/*
 * Cancel what is pending, wait until it is over, and give back what the
 * proactor has.  Operations stay their owners', to be freed.
 */
void proactor_close(proactor *p);

/* Let operations be begun on a socket; once in its life.  0 or an error. */
int proactor_register(proactor *p, proactor_handle handle);

/* Make an operation that is not begun.  NULL: no memory. */
proactor_operation *proactor_operation_new(void *owner);

/* Give an operation back.  PROACTOR_PENDING: it cannot be yet. */
int proactor_operation_free(proactor_operation *op);

/* Tell whether an operation is pending. */
int proactor_operation_pending(const proactor_operation *op);

/*
 * Receive into buffers.  With no buffers (or empty ones) this is done when
 * there is something to receive, or the end, which stays where it is.
 */
int proactor_receive(proactor *p, proactor_operation *op, proactor_handle handle,
                     const proactor_buffer *buffers, int buffers_count, size_t *count);

/* Send buffers, all of them unless there are more than PROACTOR_BUFFERS. */
int proactor_send(proactor *p, proactor_operation *op, proactor_handle handle,
                  const proactor_buffer *buffers, int buffers_count, size_t *count);

/*
 * Receive a datagram.  What does not fit is lost, and not an error.  Whose it
 * was proactor_sender tells afterwards.
 */
int proactor_receive_from(proactor *p, proactor_operation *op, proactor_handle handle,
                          const proactor_buffer *buffers, int buffers_count, size_t *count);

/* The socket address of who sent the datagram; it is the operation's. */
const void *proactor_sender(const proactor_operation *op, int *length);

/* Send a datagram to a socket address. */
int proactor_send_to(proactor *p, proactor_operation *op, proactor_handle handle,
                     const proactor_buffer *buffers, int buffers_count, const void *address,
                     int length, size_t *count);

/*
 * Accept a connection of `listener` as `accepted`, a new socket of the same
 * family.  Several may be begun at once, each takes one connection.
 */
int proactor_accept(proactor *p, proactor_operation *op, proactor_handle listener,
                    proactor_handle accepted);

/* Connect a socket that is bound. */
int proactor_connect(proactor *p, proactor_operation *op, proactor_handle handle,
                     const void *address, int length);

/*
 * Cancel a pending operation.  It completes all the same, maybe with what it
 * had done before.  0, or an error: it is over already.
 */
int proactor_cancel(proactor *p, proactor_operation *op);

/* Cancel all that is pending on a handle; to be called before it is closed. */
void proactor_cancel_all(proactor *p, proactor_handle handle);

/*
 * Wait until operations complete, `timeout` seconds (negative: for ever) have
 * passed, or proactor_wake is called; store up to `capacity` completions and
 * return their number, or minus the number of an error.  A waking is consumed
 * and stores none.
 */
int proactor_wait(proactor *p, double timeout, proactor_completion *completions, int capacity);

/* End the wait that is on, or else the next one.  0 or an error. */
int proactor_wake(proactor *p);

/* How many operations are pending. */
size_t proactor_pending(const proactor *p);

#endif
