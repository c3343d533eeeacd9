/*
 * The proactor of Windows, on an I/O completion port.
 *
 * Sockets are registered with FILE_SKIP_COMPLETION_PORT_ON_SUCCESS, so that
 * what is over at once is not reported again.  Completions are fetched in
 * batches.  Their status is the kernel's (NTSTATUS in the OVERLAPPED), and is
 * made a Winsock number here by a table: WSAGetOverlappedResult would do so,
 * but it needs the socket, which may be closed.
 */
#define WIN32_LEAN_AND_MEAN
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0601
#endif

#include "proactor.h"

#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <windows.h>

#include <stdlib.h>
#include <string.h>

#define BATCH 64
#define ADDRESS_ROOM (sizeof(struct sockaddr_storage) + 16) /* as AcceptEx wants it */
/* How long proactor_close waits for what it has cancelled, in milliseconds. */
#define PATIENCE 2000

enum kind { NOTHING, RECEIVE, SEND, RECEIVE_FROM, ACCEPT, CONNECT };

struct proactor_operation {
    OVERLAPPED overlapped; /* first: a completion's address is the operation's */
    void *owner;
    proactor *home;                    /* whose list it is in, while pending */
    proactor_operation *before, *next; /* there */
    SOCKET handle;
    SOCKET accepted;
    enum kind kind;
    int pending;
    int sender_length;
    struct sockaddr_storage sender;
    char addresses[2 * ADDRESS_ROOM];
};

struct proactor {
    HANDLE port;
    size_t count;
    proactor_operation *pending;
    volatile LONG woken; /* a waking is in the queue */
    LPFN_ACCEPTEX accept_ex;
    LPFN_CONNECTEX connect_ex;
    OVERLAPPED_ENTRY batch[BATCH];
};

/* -- errors ----------------------------------------------------------------- */

/* ntdll's, which no header of the SDK declares for programs. */
ULONG WINAPI RtlNtStatusToDosError(LONG status);

static const struct {
    DWORD windows;
    int winsock;
} NUMBERS[] = {
    {ERROR_NETNAME_DELETED, WSAECONNRESET},
    {ERROR_CONNECTION_REFUSED, WSAECONNREFUSED},
    {ERROR_CONNECTION_ABORTED, WSAECONNABORTED},
    {ERROR_NETWORK_UNREACHABLE, WSAENETUNREACH},
    {ERROR_HOST_UNREACHABLE, WSAEHOSTUNREACH},
    {ERROR_PORT_UNREACHABLE, WSAECONNRESET},
    {ERROR_SEM_TIMEOUT, WSAETIMEDOUT},
    {ERROR_NOT_CONNECTED, WSAENOTCONN},
    {ERROR_PIPE_NOT_CONNECTED, WSAENOTCONN},
    {ERROR_INVALID_HANDLE, WSAENOTSOCK},
    {ERROR_INVALID_PARAMETER, WSAEINVAL},
    {ERROR_NOT_ENOUGH_MEMORY, WSAENOBUFS},
    {ERROR_NO_SYSTEM_RESOURCES, WSAENOBUFS},
    {ERROR_MORE_DATA, WSAEMSGSIZE},
    {676, PROACTOR_CANCELLED}, /* wine says so when a socket is closed */
};

static int winsock(DWORD error)
{
    size_t i;
    for (i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++)
        if (NUMBERS[i].windows == error)
            return NUMBERS[i].winsock;
    return error ? (int)error : WSAEINVAL;
}

static int last(void)
{
    return winsock(GetLastError());
}

/* -- the list of what is pending ---------------------------------------------- */

static void link_in(proactor *p, proactor_operation *op)
{
    op->pending = 1;
    op->home = p;
    op->before = NULL;
    op->next = p->pending;
    if (p->pending != NULL)
        p->pending->before = op;
    p->pending = op;
    p->count++;
}

static void link_out(proactor_operation *op)
{
    proactor *p = op->home;
    if (op->before != NULL)
        op->before->next = op->next;
    else
        p->pending = op->next;
    if (op->next != NULL)
        op->next->before = op->before;
    p->count--;
    op->home = NULL;
    op->pending = 0;
}

/* -- opening and closing -------------------------------------------------------- */

static int extension(SOCKET s, GUID id, void *function, DWORD size)
{
    DWORD got;
    if (WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, function, size, &got, NULL,
                 NULL) != 0)
        return WSAGetLastError();
    return 0;
}

static int find_extensions(proactor *p)
{
    static const GUID acceptEx = WSAID_ACCEPTEX, connectEx = WSAID_CONNECTEX;
    int error;
    SOCKET s = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);
    if (s == INVALID_SOCKET)
        return WSAGetLastError();
    error = extension(s, acceptEx, &p->accept_ex, sizeof p->accept_ex);
    if (!error)
        error = extension(s, connectEx, &p->connect_ex, sizeof p->connect_ex);
    closesocket(s);
    return error;
}

proactor *proactor_open(int *error)
{
    WSADATA data;
    proactor *p = calloc(1, sizeof *p);
    if (p == NULL) {
        *error = WSAENOBUFS;
        return NULL;
    }
    *error = WSAStartup(MAKEWORD(2, 2), &data);
    if (*error) {
        free(p);
        return NULL;
    }
    p->port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    *error = p->port == NULL ? last() : find_extensions(p);
    if (*error) {
        proactor_close(p);
        return NULL;
    }
    return p;
}

void proactor_close(proactor *p)
{
    proactor_operation *op;
    proactor_completion ignored[BATCH];
    ULONGLONG end = GetTickCount64() + PATIENCE;
    if (p == NULL)
        return;
    for (op = p->pending; op != NULL; op = op->next)
        CancelIoEx((HANDLE)op->handle, &op->overlapped);
    while (p->count && GetTickCount64() < end)
        if (proactor_wait(p, 0.05, ignored, BATCH) < 0)
            break;
    /* What is not over even now is the kernel's for good: it stays pending. */
    for (op = p->pending; op != NULL; op = op->next)
        op->home = NULL;
    if (p->port != NULL)
        CloseHandle(p->port);
    free(p);
    WSACleanup();
}

int proactor_register(proactor *p, proactor_handle handle)
{
    WSAPROTOCOL_INFOW info;
    int size = sizeof info;
    UCHAR modes = FILE_SKIP_SET_EVENT_ON_HANDLE;
    if (getsockopt((SOCKET)handle, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info, &size) != 0)
        return WSAGetLastError();
    if (!(info.dwServiceFlags1 & XP1_IFS_HANDLES))
        /* A layered provider: its completions are not to be relied upon. */
        return WSAEPROVIDERFAILEDINIT;
    if (CreateIoCompletionPort((HANDLE)handle, p->port, 0, 0) == NULL)
        return last();
    /* Datagrams that are too long complete twice in that mode: only streams. */
    if (info.iSocketType == SOCK_STREAM)
        modes |= FILE_SKIP_COMPLETION_PORT_ON_SUCCESS;
    if (!SetFileCompletionNotificationModes((HANDLE)handle, modes))
        return last();
    return 0;
}

/* -- operations ------------------------------------------------------------------ */

proactor_operation *proactor_operation_new(void *owner)
{
    proactor_operation *op = calloc(1, sizeof *op);
    if (op != NULL)
        op->owner = owner;
    return op;
}

int proactor_operation_free(proactor_operation *op)
{
    if (op != NULL && op->pending)
        return PROACTOR_PENDING;
    free(op);
    return 0;
}

int proactor_operation_pending(const proactor_operation *op)
{
    return op->pending;
}

/* Before the system is asked: it may complete before it has answered. */
static int begin(proactor *p, proactor_operation *op, enum kind kind, proactor_handle handle)
{
    if (op->pending)
        return WSAEALREADY;
    memset(&op->overlapped, 0, sizeof op->overlapped);
    op->kind = kind;
    op->handle = (SOCKET)handle;
    link_in(p, op);
    return 0;
}

/* A new connection takes on the properties of its socket only when told to. */
static int settle(proactor_operation *op)
{
    if (op->kind == ACCEPT
        && setsockopt(op->accepted, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&op->handle,
                      sizeof op->handle) != 0)
        return WSAGetLastError();
    if (op->kind == CONNECT
        && setsockopt(op->handle, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0) != 0)
        return WSAGetLastError();
    return 0;
}

/* The system has answered: with 0, or the number of an error. */
static int answered(proactor_operation *op, int error, int reported)
{
    if (error == WSA_IO_PENDING || (error == 0 && reported))
        return PROACTOR_PENDING;
    link_out(op);
    return error ? winsock((DWORD)error) : settle(op);
}

static DWORD describe(const proactor_buffer *buffers, int count, WSABUF *described)
{
    static char nothing;
    DWORD i;
    if (count > PROACTOR_BUFFERS)
        count = PROACTOR_BUFFERS;
    for (i = 0; i < (DWORD)count; i++) {
        described[i].buf = (char *)(uintptr_t)buffers[i].base;
        described[i].len = (ULONG)buffers[i].length;
        if (buffers[i].length > LONG_MAX) {
            /* What follows must not be sent before the rest of this one. */
            described[i].len = LONG_MAX;
            return i + 1;
        }
    }
    if (i == 0) { /* the calls want one at least */
        described[0].buf = &nothing;
        described[0].len = 0;
        return 1;
    }
    return i;
}

int proactor_receive(proactor *p, proactor_operation *op, proactor_handle handle,
                     const proactor_buffer *buffers, int buffers_count, size_t *count)
{
    WSABUF described[PROACTOR_BUFFERS];
    DWORD got = 0, flags = 0;
    int error = begin(p, op, RECEIVE, handle);
    if (error)
        return error;
    if (WSARecv(op->handle, described, describe(buffers, buffers_count, described), &got, &flags,
                &op->overlapped, NULL) != 0)
        error = WSAGetLastError();
    *count = got;
    return answered(op, error, 0);
}

int proactor_send(proactor *p, proactor_operation *op, proactor_handle handle,
                  const proactor_buffer *buffers, int buffers_count, size_t *count)
{
    WSABUF described[PROACTOR_BUFFERS];
    DWORD sent = 0;
    int error = begin(p, op, SEND, handle);
    if (error)
        return error;
    if (WSASend(op->handle, described, describe(buffers, buffers_count, described), &sent, 0,
                &op->overlapped, NULL) != 0)
        error = WSAGetLastError();
    *count = sent;
    return answered(op, error, 0);
}

int proactor_receive_from(proactor *p, proactor_operation *op, proactor_handle handle,
                          const proactor_buffer *buffers, int buffers_count, size_t *count)
{
    WSABUF described[PROACTOR_BUFFERS];
    DWORD got = 0, flags = 0;
    int error = begin(p, op, RECEIVE_FROM, handle);
    if (error)
        return error;
    op->sender_length = sizeof op->sender;
    if (WSARecvFrom(op->handle, described, describe(buffers, buffers_count, described), &got,
                    &flags, (struct sockaddr *)&op->sender, &op->sender_length, &op->overlapped,
                    NULL) != 0)
        error = WSAGetLastError();
    *count = got;
    /* Too long is reported, too. */
    return answered(op, error == WSAEMSGSIZE ? 0 : error, 1);
}

const void *proactor_sender(const proactor_operation *op, int *length)
{
    *length = op->kind == RECEIVE_FROM && !op->pending ? op->sender_length : 0;
    return &op->sender;
}

int proactor_send_to(proactor *p, proactor_operation *op, proactor_handle handle,
                     const proactor_buffer *buffers, int buffers_count, const void *address,
                     int length, size_t *count)
{
    WSABUF described[PROACTOR_BUFFERS];
    DWORD sent = 0;
    int error = begin(p, op, SEND, handle);
    if (error)
        return error;
    if (WSASendTo(op->handle, described, describe(buffers, buffers_count, described), &sent, 0,
                  (const struct sockaddr *)address, length, &op->overlapped, NULL) != 0)
        error = WSAGetLastError();
    *count = sent;
    return answered(op, error, 1);
}

int proactor_accept(proactor *p, proactor_operation *op, proactor_handle listener,
                    proactor_handle accepted)
{
    DWORD got = 0;
    int error = begin(p, op, ACCEPT, listener);
    if (error)
        return error;
    op->accepted = (SOCKET)accepted;
    if (!p->accept_ex(op->handle, op->accepted, op->addresses, 0, ADDRESS_ROOM, ADDRESS_ROOM, &got,
                      &op->overlapped))
        error = WSAGetLastError();
    return answered(op, error, 0);
}

int proactor_connect(proactor *p, proactor_operation *op, proactor_handle handle,
                     const void *address, int length)
{
    int error = begin(p, op, CONNECT, handle);
    if (error)
        return error;
    if (!p->connect_ex(op->handle, (const struct sockaddr *)address, length, NULL, 0, NULL,
                       &op->overlapped))
        error = WSAGetLastError();
    return answered(op, error, 0);
}

int proactor_cancel(proactor *p, proactor_operation *op)
{
    (void)p;
    if (!op->pending)
        return ERROR_NOT_FOUND;
    return CancelIoEx((HANDLE)op->handle, &op->overlapped) ? 0 : last();
}

void proactor_cancel_all(proactor *p, proactor_handle handle)
{
    (void)p;
    CancelIoEx((HANDLE)handle, NULL);
}

/* -- waiting ------------------------------------------------------------------------ */

static DWORD milliseconds(double seconds)
{
    DWORD found;
    if (seconds < 0)
        return INFINITE;
    if (seconds > LONG_MAX / 1000)
        return (DWORD)(LONG_MAX / 1000) * 1000;
    found = (DWORD)(seconds * 1000);
    /* Upwards: waking early means another, useless turn. */
    return (double)found / 1000 < seconds ? found + 1 : found;
}

static void complete(const OVERLAPPED_ENTRY *entry, proactor_completion *c)
{
    proactor_operation *op = CONTAINING_RECORD(entry->lpOverlapped, proactor_operation, overlapped);
    LONG status = (LONG)op->overlapped.Internal;
    link_out(op);
    c->operation = op;
    c->owner = op->owner;
    c->count = entry->dwNumberOfBytesTransferred;
    c->error = status == 0 ? 0 : winsock(RtlNtStatusToDosError(status));
    if (c->error == WSAEMSGSIZE && op->kind == RECEIVE_FROM)
        c->error = 0;
    if (c->error == 0)
        c->error = settle(op);
}

int proactor_wait(proactor *p, double timeout, proactor_completion *completions, int capacity)
{
    ULONG found = 0, i;
    int stored = 0;
    if (capacity < 1)
        return -WSAEINVAL;
    if (!GetQueuedCompletionStatusEx(p->port, p->batch,
                                     (ULONG)(capacity < BATCH ? capacity : BATCH), &found,
                                     milliseconds(timeout), FALSE)) {
        DWORD error = GetLastError();
        return error == WAIT_TIMEOUT ? 0 : -winsock(error);
    }
    for (i = 0; i < found; i++)
        if (p->batch[i].lpOverlapped == NULL)
            InterlockedExchange(&p->woken, 0);
        else
            complete(&p->batch[i], &completions[stored++]);
    return stored;
}

int proactor_wake(proactor *p)
{
    int error;
    if (InterlockedExchange(&p->woken, 1))
        return 0; /* one is on its way */
    if (PostQueuedCompletionStatus(p->port, 0, 0, NULL))
        return 0;
    error = last();
    InterlockedExchange(&p->woken, 0);
    return error;
}

size_t proactor_pending(const proactor *p)
{
    return p->count;
}
