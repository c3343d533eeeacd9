/*
 * The contract of poller.h, clause by clause, on whatever implements it
 * (-DPOLLER_KQUEUE: kqueue.c, whose few differences the header grants).
 *
 * Each TEST is run in a process of its own: poller_test NAME.  A failed CHECK
 * prints its place and ends the process with 1.
 */
#define _GNU_SOURCE
#include "poller.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define CHECK(condition)                                                                 \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            printf("%s:%d: not so: %s (errno %s)\n", __FILE__, __LINE__, #condition,     \
                   strerrorname_np(errno));                                              \
            exit(1);                                                                     \
        }                                                                                \
    } while (0)

#define FAILS(call, why)                                                                 \
    do {                                                                                 \
        errno = 0;                                                                       \
        CHECK((call) == -1);                                                             \
        CHECK(errno == (why));                                                           \
    } while (0)

#define TEST(name) static void name(void)

/* kqueue tells of a hang-up in the way of what was asked for, and drops what is closed. */
#ifdef POLLER_KQUEUE
enum { HANGUP_OF_READER = POLLER_READ, OUTLIVED_BY_DUPLICATES = 0 };
#else
enum { HANGUP_OF_READER = POLLER_GONE, OUTLIVED_BY_DUPLICATES = 1 };
#endif

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int openDescriptors(void)
{
    int count = 0;
    DIR *directory = opendir("/proc/self/fd");
    CHECK(directory != NULL);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

static void pairOf(int pair[2])
{
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
}

static poller *fresh(void)
{
    poller *p = poller_open();
    CHECK(p != NULL);
    return p;
}

/* Wait at most a second for one event, which must be this one. */
static void expectEvent(poller *p, uint64_t token, unsigned events)
{
    poller_event event = {0, 0};
    CHECK(poller_wait(p, 1.0, &event, 1) == 1);
    CHECK(event.token == token);
    CHECK(event.events == events);
}

static void expectNothing(poller *p)
{
    poller_event event;
    CHECK(poller_wait(p, 0, &event, 1) == 0);
}

/* -- opening and closing ------------------------------------------------- */

TEST(open_and_close_leave_nothing)
{
    int i, before = openDescriptors();
    for (i = 0; i < 1000; i++)
        poller_close(fresh());
    CHECK(openDescriptors() == before);
}

TEST(descriptors_are_not_inherited)
{
    int fd, ours = 0, highest = 0, before = openDescriptors();
    poller *p = fresh();
    for (fd = 3; fd < 64; fd++)
        if (fcntl(fd, F_GETFD) >= 0) {
            highest = fd;
            ours++;
            CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        }
    CHECK(ours == openDescriptors() - before && highest > 2);
    poller_close(p);
}

TEST(open_without_descriptors_fails_cleanly)
{
    int free_, before = openDescriptors();
    struct rlimit limit, none;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    /* With 0 and with each number of descriptors that is too few. */
    for (free_ = 0; free_ < 2; free_++) {
        none = limit;
        none.rlim_cur = (rlim_t)(3 + free_);
        CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
        errno = 0;
        CHECK(poller_open() == NULL);
        CHECK(errno == EMFILE);
        CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
        CHECK(openDescriptors() == before);
    }
}

TEST(close_leaves_the_watched_open)
{
    int pair[2];
    char byte;
    poller *p = fresh();
    pairOf(pair);
    CHECK(poller_watch(p, pair[0], 0, POLLER_READ, 1) == 0);
    poller_close(p);
    CHECK(write(pair[1], "x", 1) == 1);
    CHECK(read(pair[0], &byte, 1) == 1 && byte == 'x');
}

TEST(pollers_know_nothing_of_each_other)
{
    int pair[2];
    poller *p = fresh(), *q = fresh();
    pairOf(pair);
    CHECK(poller_watch(p, pair[0], 0, POLLER_READ, 1) == 0);
    CHECK(poller_watch(q, pair[0], 0, POLLER_WRITE, 2) == 0);
    CHECK(write(pair[1], "x", 1) == 1);
    expectEvent(p, 1, POLLER_READ);
    expectEvent(q, 2, POLLER_WRITE);
    CHECK(poller_wake(p) == 0);
    expectEvent(q, 2, POLLER_WRITE);
    poller_close(p);
    expectEvent(q, 2, POLLER_WRITE);
    poller_close(q);
}

/* -- interest ------------------------------------------------------------- */

TEST(reading_is_level_triggered)
{
    int pair[2];
    char bytes[2];
    poller *p = fresh();
    pairOf(pair);
    CHECK(poller_watch(p, pair[0], 0, POLLER_READ, 7) == 0);
    expectNothing(p);
    CHECK(write(pair[1], "ab", 2) == 2);
    expectEvent(p, 7, POLLER_READ);
    CHECK(read(pair[0], bytes, 1) == 1);
    expectEvent(p, 7, POLLER_READ);
    CHECK(read(pair[0], bytes, 1) == 1);
    expectNothing(p);
    poller_close(p);
}

TEST(writing_is_reported_while_there_is_room)
{
    int pair[2];
    static char much[65536];
    poller *p = fresh();
    pairOf(pair);
    CHECK(poller_watch(p, pair[0], 0, POLLER_WRITE, 8) == 0);
    expectEvent(p, 8, POLLER_WRITE);
    expectEvent(p, 8, POLLER_WRITE);
    while (write(pair[0], much, sizeof much) > 0)
        ;
    CHECK(errno == EAGAIN);
    expectNothing(p);
    while (read(pair[1], much, sizeof much) > 0)
        ;
    expectEvent(p, 8, POLLER_WRITE);
    poller_close(p);
}

TEST(both_come_in_one_event)
{
    int pair[2];
    poller *p = fresh();
    pairOf(pair);
    CHECK(write(pair[1], "x", 1) == 1);
    CHECK(poller_watch(p, pair[0], 0, POLLER_READ | POLLER_WRITE, 9) == 0);
    expectEvent(p, 9, POLLER_READ | POLLER_WRITE);
    poller_close(p);
}

TEST(interest_and_token_can_change)
{
    int pair[2];
    poller *p = fresh();
    pairOf(pair);
    CHECK(write(pair[1], "x", 1) == 1);
    CHECK(poller_watch(p, pair[0], 0, POLLER_READ, 1) == 0);
    expectEvent(p, 1, POLLER_READ);
    CHECK(poller_watch(p, pair[0], POLLER_READ, POLLER_WRITE, 2) == 0);
    expectEvent(p, 2, POLLER_WRITE);
    CHECK(poller_watch(p, pair[0], POLLER_WRITE, POLLER_READ | POLLER_WRITE, 3) == 0);
    expectEvent(p, 3, POLLER_READ | POLLER_WRITE);
    CHECK(poller_watch(p, pair[0], POLLER_READ | POLLER_WRITE, POLLER_READ, 4) == 0);
    expectEvent(p, 4, POLLER_READ);
    poller_close(p);
}

TEST(tokens_come_back_whole)
{
    static const uint64_t tokens[] = {0, 1, 0x80000000u, 0x123456789abcdef0u, UINT64_MAX - 1};
    size_t i;
    int pair[2];
    poller *p = fresh();
    pairOf(pair);
    for (i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        CHECK(poller_watch(p, pair[0], i ? POLLER_WRITE : 0, POLLER_WRITE, tokens[i]) == 0);
        expectEvent(p, tokens[i], POLLER_WRITE);
    }
    poller_close(p);
}

TEST(what_is_forgotten_is_silent)
{
    int pair[2];
    poller *p = fresh();
    pairOf(pair);
    CHECK(poller_watch(p, pair[0], 0, POLLER_READ | POLLER_WRITE, 1) == 0);
    expectEvent(p, 1, POLLER_WRITE);
    CHECK(poller_forget(p, pair[0]) == 0);
    CHECK(write(pair[1], "x", 1) == 1);
    expectNothing(p);
    FAILS(poller_forget(p, pair[0]), ENOENT);
    /* And it can come back. */
    CHECK(poller_watch(p, pair[0], 0, POLLER_READ, 2) == 0);
    expectEvent(p, 2, POLLER_READ);
    poller_close(p);
}

TEST(misuse_is_told)
{
    int pair[2];
    poller *p = fresh();
    pairOf(pair);
    FAILS(poller_watch(p, pair[0], POLLER_READ, POLLER_WRITE, 1), ENOENT);
    CHECK(poller_watch(p, pair[0], 0, POLLER_READ, 1) == 0);
    FAILS(poller_watch(p, pair[0], 0, POLLER_READ, 1), EEXIST);
    FAILS(poller_watch(p, -1, 0, POLLER_READ, 1), EBADF);
    FAILS(poller_forget(p, -1), EBADF);
    poller_close(p);
}

TEST(regular_files_are_always_ready)
{
    FILE *file = tmpfile();
    poller *p = fresh();
    CHECK(file != NULL);
    FAILS(poller_watch(p, fileno(file), 0, POLLER_READ, 1), EPERM);
    expectNothing(p);
    fclose(file);
    poller_close(p);
}

/* -- endings --------------------------------------------------------------- */

TEST(the_end_of_a_stream_can_be_read)
{
    int pair[2];
    poller_event event;
    poller *p = fresh();
    pairOf(pair);
    CHECK(poller_watch(p, pair[0], 0, POLLER_READ, 1) == 0);
    CHECK(shutdown(pair[1], SHUT_WR) == 0);
    expectEvent(p, 1, POLLER_READ);
    close(pair[1]);
    CHECK(poller_wait(p, 1, &event, 1) == 1);
    CHECK(event.events == (POLLER_READ | HANGUP_OF_READER));
    poller_close(p);
}

TEST(a_hangup_is_reported_whatever_was_asked)
{
    int pair[2], ends[2];
    poller_event event;
    poller *p = fresh();
    pairOf(pair);
    CHECK(poller_watch(p, pair[0], 0, POLLER_WRITE, 1) == 0);
    close(pair[1]);
    CHECK(poller_wait(p, 1, &event, 1) == 1);
    CHECK(event.token == 1 && (event.events & POLLER_GONE) && !(event.events & POLLER_READ));
    CHECK(poller_forget(p, pair[0]) == 0);
    /* The writing end of a pipe whose reader went. */
    CHECK(pipe(ends) == 0);
    CHECK(poller_watch(p, ends[1], 0, POLLER_READ, 2) == 0);
    expectNothing(p);
    close(ends[0]);
    expectEvent(p, 2, HANGUP_OF_READER);
    poller_close(p);
}

static void connected(int pair[2])
{
    struct sockaddr_in where = {.sin_family = AF_INET};
    socklen_t size = sizeof where;
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(listening, (struct sockaddr *)&where, size) == 0 && listen(listening, 1) == 0);
    CHECK(getsockname(listening, (struct sockaddr *)&where, &size) == 0);
    pair[0] = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(pair[0], (struct sockaddr *)&where, size) == 0);
    pair[1] = accept(listening, NULL, NULL);
    CHECK(pair[1] >= 0);
    close(listening);
}

TEST(a_reset_is_an_error)
{
    struct linger hard = {1, 0};
    int pair[2], why = 0;
    socklen_t size = sizeof why;
    poller_event event;
    poller *p = fresh();
    connected(pair);
    CHECK(poller_watch(p, pair[0], 0, POLLER_READ, 5) == 0);
    CHECK(setsockopt(pair[1], SOL_SOCKET, SO_LINGER, &hard, sizeof hard) == 0);
    close(pair[1]);
    CHECK(poller_wait(p, 1, &event, 1) == 1);
    CHECK(event.token == 5 && (event.events & POLLER_GONE));
    CHECK(getsockopt(pair[0], SOL_SOCKET, SO_ERROR, &why, &size) == 0 && why == ECONNRESET);
    poller_close(p);
}

TEST(closing_forgets_unless_there_is_a_duplicate)
{
    int pair[2], other[2], copy;
    poller *p = fresh();
    pairOf(pair);
    pairOf(other);
    CHECK(poller_watch(p, pair[0], 0, POLLER_WRITE, 1) == 0);
    close(pair[0]);
    expectNothing(p);
    FAILS(poller_forget(p, pair[0]), EBADF);
    copy = dup(other[0]);
    CHECK(poller_watch(p, other[0], 0, POLLER_WRITE, 2) == 0);
    close(other[0]);
    if (OUTLIVED_BY_DUPLICATES)
        expectEvent(p, 2, POLLER_WRITE);
    else
        expectNothing(p);
    close(copy);
    expectNothing(p);
    poller_close(p);
}

TEST(a_successor_has_its_own_token)
{
    int pair[2], next, old;
    poller *p = fresh();
    pairOf(pair);
    CHECK(poller_watch(p, pair[0], 0, POLLER_WRITE, 1) == 0);
    expectEvent(p, 1, POLLER_WRITE);
    old = pair[0];
    close(old);
    next = dup(pair[1]);
    CHECK(next == old);
    CHECK(poller_watch(p, next, 0, POLLER_READ, 2) == 0);
    /* Its peer is closed, so there is an end to read. */
    expectEvent(p, 2, POLLER_READ | HANGUP_OF_READER);
    poller_close(p);
}

/* -- waiting --------------------------------------------------------------- */

static double waited(poller *p, double timeout)
{
    poller_event event;
    double start = now();
    CHECK(poller_wait(p, timeout, &event, 1) == 0);
    return now() - start;
}

TEST(timeouts_are_kept_and_rounded_up)
{
    poller *p = fresh();
    CHECK(waited(p, 0) < 0.5);
    CHECK(waited(p, 0.05) >= 0.05);
    CHECK(waited(p, 0.0101) >= 0.0101);
    /* Not a spin: the least wait is one the kernel sleeps for. */
    CHECK(waited(p, 1e-9) >= 1e-9);
    CHECK(waited(p, 0.0004) >= 0.0004);
    poller_close(p);
}

static void *wakeLater(void *p)
{
    struct timespec pause = {0, 50000000};
    nanosleep(&pause, NULL);
    CHECK(poller_wake(p) == 0);
    return NULL;
}

static void endsWhenWoken(double timeout)
{
    pthread_t thread;
    poller *p = fresh();
    double took;
    CHECK(pthread_create(&thread, NULL, wakeLater, p) == 0);
    took = waited(p, timeout);
    CHECK(took >= 0.045 && took < 5);
    CHECK(pthread_join(thread, NULL) == 0);
    poller_close(p);
}

TEST(negative_is_for_ever)
{
    endsWhenWoken(-1);
    endsWhenWoken(-0.001);
}

TEST(absurd_timeouts_do_not_overflow)
{
    endsWhenWoken(3e6);
    endsWhenWoken(1e300);
    endsWhenWoken(INFINITY);
}

TEST(capacity_is_kept)
{
    poller_event events[4];
    int i, pairs[3][2], seen[3] = {0, 0, 0};
    poller *p = fresh();
    for (i = 0; i < 3; i++) {
        pairOf(pairs[i]);
        CHECK(poller_watch(p, pairs[i][0], 0, POLLER_WRITE, (uint64_t)i) == 0);
    }
    for (i = 0; i < 12; i++) {
        memset(events, 0x5a, sizeof events);
        CHECK(poller_wait(p, 1, events, 1) == 1);
        CHECK(events[0].token < 3);
        seen[events[0].token]++;
        CHECK(events[1].token == 0x5a5a5a5a5a5a5a5au);
    }
    /* Who did not fit comes again, and nobody is passed over for ever. */
    CHECK(seen[0] > 0 && seen[1] > 0 && seen[2] > 0);
    CHECK(poller_wait(p, 1, events, 4) == 3);
    FAILS(poller_wait(p, 0, events, 0), EINVAL);
    FAILS(poller_wait(p, 0, events, -1), EINVAL);
    poller_close(p);
}

TEST(a_thousand_are_all_seen)
{
    enum { MANY = 1000 };
    static poller_event events[MANY];
    static int fds[MANY];
    static char seen[MANY];
    struct rlimit limit;
    int i, found, turns = 0, missing = MANY;
    poller *p;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > MANY + 20);
    p = fresh();
    for (i = 0; i < MANY; i++) {
        fds[i] = socket(AF_INET, SOCK_DGRAM, 0);
        CHECK(fds[i] >= 0);
        CHECK(poller_watch(p, fds[i], 0, POLLER_WRITE, (uint64_t)i) == 0);
    }
    while (missing > 0) {
        found = poller_wait(p, 1, events, MANY);
        CHECK(found > 0 && turns++ < 100);
        for (i = 0; i < found; i++) {
            CHECK(events[i].token < MANY && events[i].events == POLLER_WRITE);
            missing -= !seen[events[i].token];
            seen[events[i].token] = 1;
        }
    }
    for (i = 0; i < MANY; i++)
        CHECK(poller_forget(p, fds[i]) == 0 && close(fds[i]) == 0);
    expectNothing(p);
    poller_close(p);
}

/* -- waking ----------------------------------------------------------------- */

TEST(a_waking_ends_the_next_wait_and_is_consumed)
{
    int i;
    poller *p = fresh();
    for (i = 0; i < 100; i++)
        CHECK(poller_wake(p) == 0);
    CHECK(waited(p, 30) < 15);
    CHECK(waited(p, 0.05) >= 0.05);
    CHECK(poller_wake(p) == 0);
    CHECK(waited(p, -1) < 15);
    poller_close(p);
}

TEST(a_waking_takes_no_place)
{
    int pair[2], i;
    poller *p = fresh();
    pairOf(pair);
    CHECK(poller_watch(p, pair[0], 0, POLLER_WRITE, 3) == 0);
    for (i = 0; i < 10; i++) {
        CHECK(poller_wake(p) == 0);
        expectEvent(p, 3, POLLER_WRITE);
    }
    CHECK(poller_forget(p, pair[0]) == 0);
    CHECK(waited(p, 0.02) >= 0.02);
    poller_close(p);
}

TEST(as_many_wakings_as_can_be_counted)
{
    char name[64], target[64];
    uint64_t nearly = UINT64_MAX - 1;
    int fd, filled = 0;
    ssize_t size;
    poller *p = fresh();
    for (fd = 3; fd < 64; fd++) {
        snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        size = readlink(name, target, sizeof target - 1);
        if (size < 0)
            continue;
        target[size] = 0;
        if (strstr(target, "eventfd"))
            filled += write(fd, &nearly, sizeof nearly) == sizeof nearly;
    }
    CHECK(filled == 1);
    CHECK(poller_wake(p) == 0);
    CHECK(waited(p, 30) < 15);
    CHECK(waited(p, 0.02) >= 0.02);
    CHECK(poller_wake(p) == 0);
    CHECK(waited(p, 30) < 15);
    poller_close(p);
}

enum { THREADS = 4, WAKINGS = 20000 };

static void *wakeOften(void *p)
{
    int i;
    for (i = 0; i < WAKINGS; i++)
        CHECK(poller_wake(p) == 0);
    return NULL;
}

TEST(threads_may_wake_at_any_time)
{
    pthread_t threads[THREADS];
    poller_event event;
    int i, pair[2];
    char byte;
    poller *p = fresh();
    pairOf(pair);
    CHECK(poller_watch(p, pair[0], 0, POLLER_READ, 1) == 0);
    for (i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, wakeOften, p) == 0);
    /* Events are not lost among the wakings. */
    for (i = 0; i < 2000; i++) {
        CHECK(write(pair[1], "x", 1) == 1);
        while (poller_wait(p, 5, &event, 1) == 0)
            ;
        CHECK(event.token == 1 && event.events == POLLER_READ);
        CHECK(read(pair[0], &byte, 1) == 1);
    }
    for (i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    (void)poller_wait(p, 0, &event, 1);
    expectNothing(p);
    poller_close(p);
}

static poller *ofTheHandler;
static volatile sig_atomic_t signals;

static void wakeFromHandler(int number)
{
    int saved = errno;
    (void)number;
    signals++;
    if (ofTheHandler != NULL && poller_wake(ofTheHandler) != 0)
        abort();
    errno = saved;
}

static void alarmSoon(void)
{
    struct itimerval soon = {{0, 0}, {0, 50000}};
    CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
}

TEST(a_signal_interrupts)
{
    struct sigaction action = {.sa_handler = wakeFromHandler};
    poller_event event;
    poller *p = fresh();
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    alarmSoon();
    FAILS(poller_wait(p, 10, &event, 1), EINTR);
    CHECK(signals == 1);
    expectNothing(p);
    poller_close(p);
}

TEST(handlers_may_wake)
{
    struct sigaction action = {.sa_handler = wakeFromHandler};
    poller_event event;
    double start = now();
    int found;
    poller *p = fresh();
    ofTheHandler = p;
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    alarmSoon();
    found = poller_wait(p, -1, &event, 1);
    CHECK(found == 0 || (found == -1 && errno == EINTR));
    if (found == -1) /* the waking is for the next wait, then */
        CHECK(poller_wait(p, -1, &event, 1) == 0);
    CHECK(now() - start < 15 && signals == 1);
    CHECK(waited(p, 0.02) >= 0.02);
    poller_close(p);
}

TEST(others_can_look_at_it)
{
    int pair[2];
    poller *p = fresh();
    struct pollfd look = {.fd = poller_fileno(p), .events = POLLIN};
    CHECK(look.fd >= 0);
    pairOf(pair);
    CHECK(poller_watch(p, pair[0], 0, POLLER_READ, 1) == 0);
    CHECK(poll(&look, 1, 0) == 0);
    CHECK(write(pair[1], "x", 1) == 1);
    CHECK(poll(&look, 1, 1000) == 1);
    CHECK(poller_forget(p, pair[0]) == 0);
    CHECK(poll(&look, 1, 0) == 0);
    CHECK(poller_wake(p) == 0);
    CHECK(poll(&look, 1, 1000) == 1);
    poller_close(p);
}

TEST(it_says_what_it_waits_by)
{
#ifdef POLLER_KQUEUE
    CHECK(strcmp(poller_facility(), "kqueue") == 0);
#else
    CHECK(strcmp(poller_facility(), "epoll") == 0);
#endif
}

#define RUN(name)                                                                        \
    if (strcmp(argv[1], #name) == 0) {                                                   \
        name();                                                                          \
        puts("well");                                                                    \
        return 0;                                                                        \
    }

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    signal(SIGPIPE, SIG_IGN);
    RUN(open_and_close_leave_nothing)
    RUN(descriptors_are_not_inherited)
    RUN(open_without_descriptors_fails_cleanly)
    RUN(close_leaves_the_watched_open)
    RUN(pollers_know_nothing_of_each_other)
    RUN(reading_is_level_triggered)
    RUN(writing_is_reported_while_there_is_room)
    RUN(both_come_in_one_event)
    RUN(interest_and_token_can_change)
    RUN(tokens_come_back_whole)
    RUN(what_is_forgotten_is_silent)
    RUN(misuse_is_told)
    RUN(regular_files_are_always_ready)
    RUN(the_end_of_a_stream_can_be_read)
    RUN(a_hangup_is_reported_whatever_was_asked)
    RUN(a_reset_is_an_error)
    RUN(closing_forgets_unless_there_is_a_duplicate)
    RUN(a_successor_has_its_own_token)
    RUN(timeouts_are_kept_and_rounded_up)
    RUN(negative_is_for_ever)
    RUN(absurd_timeouts_do_not_overflow)
    RUN(capacity_is_kept)
    RUN(a_thousand_are_all_seen)
    RUN(a_waking_ends_the_next_wait_and_is_consumed)
    RUN(a_waking_takes_no_place)
    RUN(as_many_wakings_as_can_be_counted)
    RUN(threads_may_wake_at_any_time)
    RUN(a_signal_interrupts)
    RUN(handlers_may_wake)
    RUN(others_can_look_at_it)
    RUN(it_says_what_it_waits_by)
    return 2;
}
