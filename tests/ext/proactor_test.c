/*
 * The contract of proactor.h, clause by clause, on iocp.c.  Built for Windows
 * and run there, or by wine.
 *
 * Starting a program under wine takes long, so all tests run in one process:
 * each prints "well NAME", or where it failed, and the next one goes on.
 */
#include "proactor.h"

#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static jmp_buf failed;
static const char *running;

#define CHECK(condition)                                                                      \
    do {                                                                                      \
        if (!(condition)) {                                                                   \
            printf("failed %s: line %d: not so: %s (last error %d)\n", running, __LINE__,     \
                   #condition, (int)GetLastError());                                          \
            longjmp(failed, 1);                                                               \
        }                                                                                     \
    } while (0)

#define EQUAL(found, wanted)                                                                  \
    do {                                                                                      \
        long long is_ = (long long)(found), should_ = (long long)(wanted);                    \
        if (is_ != should_) {                                                                 \
            printf("failed %s: line %d: %s is %lld, not %s = %lld\n", running, __LINE__,      \
                   #found, is_, #wanted, should_);                                            \
            longjmp(failed, 1);                                                               \
        }                                                                                     \
    } while (0)

#define TEST(name) static void name(void)

/* -- what the tests need -------------------------------------------------------- */

static double now(void)
{
    LARGE_INTEGER count, frequency;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    return (double)count.QuadPart / (double)frequency.QuadPart;
}

static proactor *fresh(void)
{
    int error = -5;
    proactor *p = proactor_open(&error);
    CHECK(p != NULL);
    EQUAL(error, 0);
    return p;
}

static SOCKET new_socket(proactor *p, int family, int type)
{
    SOCKET s = WSASocketW(family, type, 0, NULL, 0, WSA_FLAG_OVERLAPPED);
    u_long on = 1;
    CHECK(s != INVALID_SOCKET);
    ioctlsocket(s, FIONBIO, &on);
    if (p != NULL)
        EQUAL(proactor_register(p, s), 0);
    return s;
}

typedef struct {
    struct sockaddr_storage a;
    int length;
} where;

static where loopback(int family, int port)
{
    where w;
    memset(&w, 0, sizeof w);
    if (family == AF_INET6) {
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)&w.a;
        six->sin6_family = AF_INET6;
        six->sin6_addr.s6_addr[15] = 1;
        six->sin6_port = htons((u_short)port);
        w.length = sizeof *six;
    } else {
        struct sockaddr_in *four = (struct sockaddr_in *)&w.a;
        four->sin_family = AF_INET;
        four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        four->sin_port = htons((u_short)port);
        w.length = sizeof *four;
    }
    return w;
}

static where bound(SOCKET s, int family)
{
    where w = loopback(family, 0);
    EQUAL(bind(s, (struct sockaddr *)&w.a, w.length), 0);
    EQUAL(getsockname(s, (struct sockaddr *)&w.a, &w.length), 0);
    return w;
}

static proactor_completion one(proactor *p, proactor_operation *op)
{
    proactor_completion c;
    memset(&c, 0, sizeof c);
    EQUAL(proactor_wait(p, 5, &c, 1), 1);
    if (op != NULL)
        CHECK(c.operation == op);
    CHECK(!proactor_operation_pending(c.operation));
    return c;
}

/* What a beginning answered, or, if it is pending, how it completed. */
static int outcome(proactor *p, proactor_operation *op, int answer, size_t *count)
{
    proactor_completion c;
    if (answer != PROACTOR_PENDING)
        return answer;
    CHECK(proactor_operation_pending(op));
    c = one(p, op);
    if (count != NULL)
        *count = c.count;
    return c.error;
}

typedef struct {
    proactor *p;
    SOCKET listener, client, server;
    where at;
    proactor_operation *a, *b, *c;
} pair;

static pair connected(int family)
{
    pair x;
    int accepting, connecting;
    x.p = fresh();
    x.a = proactor_operation_new(&x.a);
    x.b = proactor_operation_new(&x.b);
    x.c = proactor_operation_new(&x.c);
    x.listener = new_socket(x.p, family, SOCK_STREAM);
    x.at = bound(x.listener, family);
    EQUAL(listen(x.listener, 5), 0);
    x.server = new_socket(NULL, family, SOCK_STREAM);
    x.client = new_socket(x.p, family, SOCK_STREAM);
    bound(x.client, family);
    accepting = proactor_accept(x.p, x.a, x.listener, x.server);
    EQUAL(accepting, PROACTOR_PENDING);
    connecting = proactor_connect(x.p, x.b, x.client, &x.at.a, x.at.length);
    if (connecting == PROACTOR_PENDING)
        EQUAL(proactor_pending(x.p), 2);
    while (proactor_pending(x.p))
        EQUAL(one(x.p, NULL).error, 0);
    EQUAL(proactor_register(x.p, x.server), 0);
    return x;
}

static void closed(proactor *p, SOCKET s)
{
    proactor_cancel_all(p, s);
    closesocket(s);
}

static void done(pair x)
{
    closed(x.p, x.client);
    closed(x.p, x.server);
    closed(x.p, x.listener);
    proactor_close(x.p);
    EQUAL(proactor_operation_free(x.a), 0);
    EQUAL(proactor_operation_free(x.b), 0);
    EQUAL(proactor_operation_free(x.c), 0);
}

static proactor_buffer bytes(const void *base, size_t length)
{
    proactor_buffer b;
    b.base = base;
    b.length = length;
    return b;
}

static void reset(SOCKET s)
{
    struct linger off = {1, 0};
    setsockopt(s, SOL_SOCKET, SO_LINGER, (char *)&off, sizeof off);
    closesocket(s);
}

static void exchange(int family)
{
    pair x = connected(family);
    char got[16];
    proactor_buffer out[3] = {bytes("he", 2), bytes("", 0), bytes("llo", 3)};
    proactor_buffer in[2] = {bytes(got, 2), bytes(got + 2, 10)};
    size_t count = 99;
    int receiving = proactor_receive(x.p, x.a, x.server, in, 2, &count);
    EQUAL(receiving, PROACTOR_PENDING);
    count = 0;
    EQUAL(proactor_send(x.p, x.b, x.client, out, 3, &count), PROACTOR_DONE);
    EQUAL(count, 5);
    EQUAL(outcome(x.p, x.a, receiving, &count), 0);
    EQUAL(count, 5);
    CHECK(memcmp(got, "hello", 5) == 0);
    done(x);
}

/* -- opening ---------------------------------------------------------------------- */

TEST(many_can_be_opened_and_closed)
{
    DWORD before, after;
    int i;
    proactor_close(fresh());
    GetProcessHandleCount(GetCurrentProcess(), &before);
    for (i = 0; i < 100; i++)
        proactor_close(fresh());
    proactor_close(NULL);
    GetProcessHandleCount(GetCurrentProcess(), &after);
    CHECK(after <= before + 2);
}

TEST(what_is_no_socket_is_refused)
{
    proactor *p = fresh();
    EQUAL(proactor_register(p, 0x7ff0), WSAENOTSOCK);
    proactor_close(p);
}

TEST(a_socket_has_one_proactor)
{
    proactor *p = fresh(), *q = fresh();
    SOCKET s = new_socket(p, AF_INET, SOCK_STREAM);
    CHECK(proactor_register(q, s) > 0);
    closesocket(s);
    proactor_close(p);
    proactor_close(q);
}

TEST(closing_ends_what_is_pending)
{
    pair x = connected(AF_INET);
    char got[5];
    proactor_buffer in = bytes(got, 5);
    size_t count;
    EQUAL(proactor_receive(x.p, x.a, x.server, &in, 1, &count), PROACTOR_PENDING);
    EQUAL(proactor_operation_free(x.a), PROACTOR_PENDING);
    proactor_close(x.p);
    CHECK(!proactor_operation_pending(x.a));
    EQUAL(proactor_operation_free(x.a), 0);
    proactor_operation_free(x.b);
    proactor_operation_free(x.c);
    closesocket(x.server);
    closesocket(x.client);
    closesocket(x.listener);
}

/* -- streams -------------------------------------------------------------------------- */

TEST(bytes_are_exchanged_in_pieces)
{
    exchange(AF_INET);
}

TEST(bytes_are_exchanged_over_ipv6)
{
    exchange(AF_INET6);
}

TEST(connections_know_both_their_addresses)
{
    pair x = connected(AF_INET);
    where peer, name;
    peer.length = name.length = sizeof peer.a;
    EQUAL(getpeername(x.server, (struct sockaddr *)&peer.a, &peer.length), 0);
    EQUAL(getsockname(x.client, (struct sockaddr *)&name.a, &name.length), 0);
    CHECK(memcmp(&peer.a, &name.a, 8) == 0);
    peer.length = sizeof peer.a;
    EQUAL(getpeername(x.client, (struct sockaddr *)&peer.a, &peer.length), 0);
    CHECK(memcmp(&peer.a, &x.at.a, 8) == 0);
    EQUAL(shutdown(x.client, SD_SEND), 0);
    EQUAL(shutdown(x.server, SD_BOTH), 0);
    done(x);
}

TEST(receiving_nothing_tells_that_there_is_something)
{
    pair x = connected(AF_INET);
    char got[10];
    size_t count = 7;
    proactor_buffer out = bytes("abc", 3);
    int receiving = proactor_receive(x.p, x.a, x.server, NULL, 0, &count);
    EQUAL(receiving, PROACTOR_PENDING);
    EQUAL(proactor_send(x.p, x.b, x.client, &out, 1, &count), 0);
    EQUAL(outcome(x.p, x.a, receiving, &count), 0);
    EQUAL(count, 0);
    EQUAL(recv(x.server, got, 10, 0), 3);
    EQUAL(recv(x.server, got, 10, 0), -1);
    EQUAL(WSAGetLastError(), WSAEWOULDBLOCK);
    /* and with something there it is over at once */
    EQUAL(proactor_send(x.p, x.b, x.client, &out, 1, &count), 0);
    Sleep(50);
    EQUAL(proactor_receive(x.p, x.a, x.server, NULL, 0, &count), PROACTOR_DONE);
    EQUAL(recv(x.server, got, 10, 0), 3);
    done(x);
}

TEST(the_end_of_a_stream_is_nothing_received)
{
    pair x = connected(AF_INET);
    char got[5];
    proactor_buffer in = bytes(got, 5);
    size_t count = 7;
    int receiving = proactor_receive(x.p, x.a, x.server, NULL, 0, &count);
    shutdown(x.client, SD_SEND);
    EQUAL(outcome(x.p, x.a, receiving, &count), 0);
    EQUAL(recv(x.server, got, 5, 0), 0);
    count = 7;
    EQUAL(outcome(x.p, x.a, proactor_receive(x.p, x.a, x.server, &in, 1, &count), &count), 0);
    EQUAL(count, 0);
    done(x);
}

TEST(a_reset_is_told_in_winsocks_number)
{
    pair x = connected(AF_INET);
    char got[5];
    proactor_buffer in = bytes(got, 5), out = bytes("x", 1);
    size_t count;
    int sending, receiving = proactor_receive(x.p, x.a, x.server, &in, 1, &count);
    EQUAL(receiving, PROACTOR_PENDING);
    reset(x.client);
    EQUAL(outcome(x.p, x.a, receiving, &count), WSAECONNRESET);
    sending = proactor_send(x.p, x.b, x.server, &out, 1, &count);
    sending = outcome(x.p, x.b, sending, &count);
    CHECK(sending == WSAECONNRESET || sending == WSAECONNABORTED);
    done(x);
}

TEST(a_refusal_is_told_in_winsocks_number)
{
    proactor *p = fresh();
    proactor_operation *op = proactor_operation_new(NULL);
    SOCKET unused = new_socket(NULL, AF_INET, SOCK_STREAM);
    SOCKET s = new_socket(p, AF_INET, SOCK_STREAM);
    where nobody = bound(unused, AF_INET);
    bound(s, AF_INET);
    EQUAL(outcome(p, op, proactor_connect(p, op, s, &nobody.a, nobody.length), NULL),
          WSAECONNREFUSED);
    closed(p, s);
    closesocket(unused);
    proactor_close(p);
    proactor_operation_free(op);
}

TEST(what_is_not_bound_cannot_connect)
{
    proactor *p = fresh();
    proactor_operation *op = proactor_operation_new(NULL);
    SOCKET s = new_socket(p, AF_INET, SOCK_STREAM);
    where anywhere = loopback(AF_INET, 9);
    EQUAL(proactor_connect(p, op, s, &anywhere.a, anywhere.length), WSAEINVAL);
    CHECK(!proactor_operation_pending(op));
    EQUAL(proactor_pending(p), 0);
    closed(p, s);
    proactor_close(p);
    proactor_operation_free(op);
}

TEST(much_is_sent_as_the_other_end_takes_it)
{
    enum { PIECE = 512 * 1024, PIECES = 16 };
    pair x = connected(AF_INET);
    char *data = malloc(PIECE), got[65536];
    proactor_buffer out[PIECES];
    size_t count = 0, total = 0;
    int i, sending, n;
    for (i = 0; i < PIECE; i++)
        data[i] = (char)(i * 7);
    for (i = 0; i < PIECES; i++)
        out[i] = bytes(data, PIECE);
    sending = proactor_send(x.p, x.b, x.client, out, PIECES, &count);
    CHECK(sending == PROACTOR_PENDING || sending == 0);
    while (total < (size_t)PIECE * PIECES) {
        n = recv(x.server, got, sizeof got, 0);
        if (n < 0) {
            EQUAL(WSAGetLastError(), WSAEWOULDBLOCK);
            Sleep(1);
            continue;
        }
        CHECK(n > 0);
        for (i = 0; i < n; i += 997)
            EQUAL(got[i], data[(total + (size_t)i) % PIECE]);
        total += (size_t)n;
    }
    EQUAL(outcome(x.p, x.b, sending, &count), 0);
    EQUAL(count, (size_t)PIECE * PIECES);
    free(data);
    done(x);
}

TEST(more_buffers_than_it_takes_are_left)
{
    pair x = connected(AF_INET);
    proactor_buffer out[PROACTOR_BUFFERS + 9];
    size_t count = 0;
    int i;
    for (i = 0; i < PROACTOR_BUFFERS + 9; i++)
        out[i] = bytes("ab", 2);
    i = proactor_send(x.p, x.b, x.client, out, PROACTOR_BUFFERS + 9, &count);
    EQUAL(outcome(x.p, x.b, i, &count), 0);
    EQUAL(count, 2 * PROACTOR_BUFFERS);
    done(x);
}

TEST(what_is_over_at_once_is_not_reported)
{
    pair x = connected(AF_INET);
    proactor_buffer out = bytes("x", 1);
    proactor_completion c;
    size_t count;
    int i;
    for (i = 0; i < 20; i++)
        EQUAL(proactor_send(x.p, x.b, x.client, &out, 1, &count), PROACTOR_DONE);
    EQUAL(proactor_wait(x.p, 0.05, &c, 1), 0);
    done(x);
}

TEST(several_accepts_wait_at_once)
{
    enum { MANY = 20 };
    proactor *p = fresh();
    proactor_operation *ops[MANY], *mine[MANY];
    SOCKET accepted[MANY], clients[MANY], listener = new_socket(p, AF_INET, SOCK_STREAM);
    where at = bound(listener, AF_INET);
    int i;
    listen(listener, MANY);
    for (i = 0; i < MANY; i++) {
        ops[i] = proactor_operation_new(&ops[i]);
        accepted[i] = new_socket(NULL, AF_INET, SOCK_STREAM);
        EQUAL(proactor_accept(p, ops[i], listener, accepted[i]), PROACTOR_PENDING);
    }
    for (i = 0; i < MANY; i++) {
        mine[i] = proactor_operation_new(&mine[i]);
        clients[i] = new_socket(p, AF_INET, SOCK_STREAM);
        bound(clients[i], AF_INET);
        CHECK(proactor_connect(p, mine[i], clients[i], &at.a, at.length) <= 0);
    }
    while (proactor_pending(p)) {
        proactor_completion c = one(p, NULL);
        EQUAL(c.error, 0);
        CHECK(*(proactor_operation **)c.owner == c.operation);
    }
    for (i = 0; i < MANY; i++) {
        where peer;
        peer.length = sizeof peer.a;
        EQUAL(getpeername(accepted[i], (struct sockaddr *)&peer.a, &peer.length), 0);
        closed(p, clients[i]);
        closesocket(accepted[i]);
        EQUAL(proactor_operation_free(ops[i]), 0);
        EQUAL(proactor_operation_free(mine[i]), 0);
    }
    closed(p, listener);
    proactor_close(p);
}

/* -- cancelling ------------------------------------------------------------------------ */

TEST(what_is_cancelled_completes_once)
{
    pair x = connected(AF_INET);
    proactor_completion c;
    char got[5];
    proactor_buffer in = bytes(got, 5);
    size_t count;
    EQUAL(proactor_receive(x.p, x.a, x.server, &in, 1, &count), PROACTOR_PENDING);
    EQUAL(proactor_cancel(x.p, x.a), 0);
    c = one(x.p, x.a);
    EQUAL(c.error, PROACTOR_CANCELLED);
    CHECK(c.owner != NULL);
    EQUAL(proactor_wait(x.p, 0.05, &c, 1), 0);
    CHECK(proactor_cancel(x.p, x.a) > 0);
    EQUAL(proactor_receive(x.p, x.a, x.server, &in, 1, &count), PROACTOR_PENDING);
    done(x);
}

TEST(one_of_several_can_be_cancelled)
{
    pair x = connected(AF_INET);
    SOCKET s = new_socket(NULL, AF_INET, SOCK_STREAM), t = new_socket(NULL, AF_INET, SOCK_STREAM);
    EQUAL(proactor_accept(x.p, x.a, x.listener, s), PROACTOR_PENDING);
    EQUAL(proactor_accept(x.p, x.b, x.listener, t), PROACTOR_PENDING);
    EQUAL(proactor_cancel(x.p, x.a), 0);
    EQUAL(one(x.p, x.a).error, PROACTOR_CANCELLED);
    CHECK(proactor_operation_pending(x.b));
    closesocket(s);
    done(x);
    closesocket(t);
}

TEST(a_handle_is_closed_with_all_that_is_pending)
{
    pair x = connected(AF_INET);
    char got[5];
    proactor_buffer in = bytes(got, 5);
    size_t count;
    int i;
    EQUAL(proactor_receive(x.p, x.a, x.server, &in, 1, &count), PROACTOR_PENDING);
    EQUAL(proactor_receive(x.p, x.b, x.server, &in, 1, &count), PROACTOR_PENDING);
    closed(x.p, x.server);
    for (i = 0; i < 2; i++)
        EQUAL(one(x.p, NULL).error, PROACTOR_CANCELLED);
    x.server = INVALID_SOCKET;
    done(x);
}

TEST(closing_without_cancelling_is_told_as_cancelled)
{
    pair x = connected(AF_INET);
    char got[5];
    proactor_buffer in = bytes(got, 5);
    size_t count;
    EQUAL(proactor_receive(x.p, x.a, x.server, &in, 1, &count), PROACTOR_PENDING);
    closesocket(x.server);
    EQUAL(one(x.p, x.a).error, PROACTOR_CANCELLED);
    x.server = INVALID_SOCKET;
    done(x);
}

TEST(a_pending_operation_cannot_be_begun_again)
{
    pair x = connected(AF_INET);
    char got[5];
    proactor_buffer in = bytes(got, 5);
    size_t count;
    EQUAL(proactor_receive(x.p, x.a, x.server, &in, 1, &count), PROACTOR_PENDING);
    EQUAL(proactor_receive(x.p, x.a, x.server, &in, 1, &count), WSAEALREADY);
    EQUAL(proactor_pending(x.p), 1);
    done(x);
}

/* -- datagrams ---------------------------------------------------------------------------- */

static void datagrams(int family)
{
    pair x = connected(AF_INET);
    SOCKET s = new_socket(x.p, family, SOCK_DGRAM), t = new_socket(x.p, family, SOCK_DGRAM);
    where at = bound(s, family), from = bound(t, family);
    const struct sockaddr *sender;
    char got[4];
    proactor_buffer in = bytes(got, 4), out[2] = {bytes("a", 1), bytes("bc", 2)};
    size_t count = 0;
    int length, receiving, i;
    for (i = 0; i < 2; i++) { /* before there is something, and after */
        if (i == 0)
            EQUAL(receiving = proactor_receive_from(x.p, x.a, s, &in, 1, &count),
                  PROACTOR_PENDING);
        length = proactor_send_to(x.p, x.b, t, out, 2, &at.a, at.length, &count);
        if (i == 1) {
            EQUAL(outcome(x.p, x.b, length, &count), 0);
            EQUAL(count, 3);
            receiving = proactor_receive_from(x.p, x.a, s, &in, 1, &count);
        }
        while (proactor_pending(x.p)) {
            proactor_completion c = one(x.p, NULL);
            EQUAL(c.error, 0);
            EQUAL(c.count, 3);
        }
        CHECK(memcmp(got, "abc", 3) == 0);
        sender = proactor_sender(x.a, &length);
        EQUAL(length, from.length);
        CHECK(memcmp(sender, &from.a, 8) == 0);
    }
    (void)receiving;
    /* What is too long is cut. */
    out[0] = bytes("0123456789", 10);
    EQUAL(outcome(x.p, x.b, proactor_send_to(x.p, x.b, t, out, 1, &at.a, at.length, &count), NULL),
          0);
    EQUAL(outcome(x.p, x.a, proactor_receive_from(x.p, x.a, s, &in, 1, &count), &count), 0);
    EQUAL(count, 4);
    CHECK(memcmp(got, "0123", 4) == 0);
    /* Nothing is a datagram as well. */
    EQUAL(outcome(x.p, x.b, proactor_send_to(x.p, x.b, t, out, 0, &at.a, at.length, &count), NULL),
          0);
    EQUAL(outcome(x.p, x.a, proactor_receive_from(x.p, x.a, s, &in, 1, &count), &count), 0);
    EQUAL(count, 0);
    closed(x.p, s);
    closed(x.p, t);
    done(x);
}

TEST(datagrams_come_with_their_senders)
{
    datagrams(AF_INET);
}

TEST(datagrams_come_over_ipv6)
{
    datagrams(AF_INET6);
}

TEST(a_connected_socket_sends_without_an_address)
{
    pair x = connected(AF_INET);
    SOCKET s = new_socket(x.p, AF_INET, SOCK_DGRAM), t = new_socket(x.p, AF_INET, SOCK_DGRAM);
    where at = bound(s, AF_INET);
    char got[4];
    proactor_buffer out = bytes("abc", 3);
    size_t count = 0;
    EQUAL(connect(t, (struct sockaddr *)&at.a, at.length), 0);
    EQUAL(outcome(x.p, x.b, proactor_send_to(x.p, x.b, t, &out, 1, NULL, 0, &count), NULL), 0);
    Sleep(20);
    EQUAL(recv(s, got, 4, 0), 3);
    closed(x.p, s);
    closed(x.p, t);
    done(x);
}

/* -- waiting -------------------------------------------------------------------------------- */

TEST(timeouts_are_kept_and_rounded_up)
{
    proactor *p = fresh();
    proactor_completion c;
    double began, took;
    EQUAL(proactor_wait(p, 0, &c, 1), 0);
    began = now();
    EQUAL(proactor_wait(p, 0.0501, &c, 1), 0);
    took = now() - began;
    CHECK(took >= 0.049);
    CHECK(took < 0.5);
    EQUAL(proactor_wait(p, 0, &c, 0), -WSAEINVAL);
    proactor_close(p);
}

TEST(a_waking_ends_the_next_wait_and_is_consumed)
{
    proactor *p = fresh();
    proactor_completion c;
    double began;
    int i;
    for (i = 0; i < 1000; i++)
        EQUAL(proactor_wake(p), 0);
    began = now();
    EQUAL(proactor_wait(p, 1e12, &c, 1), 0);
    CHECK(now() - began < 1);
    began = now();
    EQUAL(proactor_wait(p, 0.05, &c, 1), 0);
    CHECK(now() - began > 0.04);
    EQUAL(proactor_wake(p), 0);
    EQUAL(proactor_wait(p, -1, &c, 1), 0);
    proactor_close(p);
}

static DWORD WINAPI waker(void *p)
{
    int i;
    for (i = 0; i < 200; i++)
        proactor_wake(p);
    Sleep(50);
    return (DWORD)proactor_wake(p);
}

TEST(threads_may_wake_at_any_time)
{
    proactor *p = fresh();
    proactor_completion c;
    HANDLE threads[4];
    int i, turns = 0;
    for (i = 0; i < 4; i++)
        threads[i] = CreateThread(NULL, 0, waker, p, 0, NULL);
    while (WaitForMultipleObjects(4, threads, TRUE, 0) != WAIT_OBJECT_0) {
        EQUAL(proactor_wait(p, 0.2, &c, 1), 0);
        CHECK(++turns < 2000);
    }
    for (i = 0; i < 4; i++)
        CloseHandle(threads[i]);
    proactor_close(p);
}

TEST(completions_come_in_batches_within_the_capacity)
{
    enum { MANY = 100 };
    proactor *p = fresh();
    proactor_completion c[MANY];
    proactor_operation *ops[MANY];
    SOCKET s = new_socket(p, AF_INET, SOCK_DGRAM);
    where at = bound(s, AF_INET);
    proactor_buffer out = bytes("x", 1);
    size_t count;
    int i, got, total = 0, most = 0;
    for (i = 0; i < MANY; i++) {
        ops[i] = proactor_operation_new(NULL);
        EQUAL(proactor_send_to(p, ops[i], s, &out, 1, &at.a, at.length, &count), PROACTOR_PENDING);
    }
    EQUAL(proactor_wait(p, 1, c, 3), 3);
    for (total = 3; total < MANY; total += got) {
        got = proactor_wait(p, 1, c, MANY);
        CHECK(got > 0);
        most = got > most ? got : most;
    }
    CHECK(most > 3);
    for (i = 0; i < MANY; i++)
        EQUAL(proactor_operation_free(ops[i]), 0);
    closed(p, s);
    proactor_close(p);
}

#define RUN(name)                                                                             \
    if (argc < 2 || strcmp(argv[1], #name) == 0) {                                            \
        running = #name;                                                                      \
        if (setjmp(failed) == 0) {                                                            \
            name();                                                                           \
            puts("well " #name);                                                              \
        }                                                                                     \
        fflush(stdout);                                                                       \
    }

int main(int argc, char **argv)
{
    RUN(many_can_be_opened_and_closed)
    RUN(what_is_no_socket_is_refused)
    RUN(a_socket_has_one_proactor)
    RUN(closing_ends_what_is_pending)
    RUN(bytes_are_exchanged_in_pieces)
    RUN(bytes_are_exchanged_over_ipv6)
    RUN(connections_know_both_their_addresses)
    RUN(receiving_nothing_tells_that_there_is_something)
    RUN(the_end_of_a_stream_is_nothing_received)
    RUN(a_reset_is_told_in_winsocks_number)
    RUN(a_refusal_is_told_in_winsocks_number)
    RUN(what_is_not_bound_cannot_connect)
    RUN(much_is_sent_as_the_other_end_takes_it)
    RUN(more_buffers_than_it_takes_are_left)
    RUN(what_is_over_at_once_is_not_reported)
    RUN(several_accepts_wait_at_once)
    RUN(what_is_cancelled_completes_once)
    RUN(one_of_several_can_be_cancelled)
    RUN(a_handle_is_closed_with_all_that_is_pending)
    RUN(closing_without_cancelling_is_told_as_cancelled)
    RUN(a_pending_operation_cannot_be_begun_again)
    RUN(datagrams_come_with_their_senders)
    RUN(datagrams_come_over_ipv6)
    RUN(a_connected_socket_sends_without_an_address)
    RUN(timeouts_are_kept_and_rounded_up)
    RUN(a_waking_ends_the_next_wait_and_is_consumed)
    RUN(threads_may_wake_at_any_time)
    RUN(completions_come_in_batches_within_the_capacity)
    return 0;
}
