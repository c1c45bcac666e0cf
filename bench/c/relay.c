/* Load for TCP relays, and the server behind them.
 *
 *   relay serve PORT                              echoes what it receives
 *   relay messages PORT CONNECTIONS BYTES SECONDS [FILE]   each connection sends a message and waits for its echo, again and again; with a
 *                                                 file each connection begins with its content, which is echoed too (a ClientHello)
 *   relay connects PORT CONCURRENT SECONDS        connects, has one byte echoed, closes, again and again
 *   relay hold PORT CONNECTIONS                   opens connections, has one byte echoed on each, says "held" and waits for the end of its input
 *
 * One thread, epoll. Prints one line of JSON. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, MOST = 65536 };

struct conn {
    int fd;
    int prefix;         /* bytes of the prefix that are not echoed yet */
    int sent, received; /* of the present message */
    char *held;         /* serve: what could not be written yet */
    int from, to;
};

static struct sockaddr_in address;
static int loop;
static char *message, *prefix;
static int size = 1, prefix_size;
static struct conn *conns;
static char buffer[1 << 18];
static long done, failed;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void watch(int op, struct conn *c, uint32_t events) {
    struct epoll_event e = {.events = events, .data.ptr = c};
    if (epoll_ctl(loop, op, c->fd, &e) < 0) die("epoll_ctl");
}

static void begin(struct conn *c) {
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0) die("socket");
    int on = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    c->prefix = prefix_size;
    c->sent = c->received = 0;
    if (connect(c->fd, (struct sockaddr *) &address, sizeof address) < 0 && errno != EINPROGRESS) die("connect");
    watch(EPOLL_CTL_ADD, c, EPOLLOUT);
}

static void send_on(struct conn *c) {
    while (c->sent < size) {
        ssize_t n = send(c->fd, message + c->sent, size - c->sent, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EAGAIN) {
                watch(EPOLL_CTL_MOD, c, EPOLLIN | EPOLLOUT);
                return;
            }
            die("send");
        }
        c->sent += n;
    }
    watch(EPOLL_CTL_MOD, c, EPOLLIN);
}

/* Returns 1 when a message is complete. */
static int receive(struct conn *c) {
    for (;;) {
        ssize_t n = recv(c->fd, buffer, sizeof buffer, 0);
        if (n < 0 && errno == EAGAIN) return 0;
        if (n <= 0) {
            fprintf(stderr, "a connection ended early\n");
            exit(1);
        }
        int mine = n < c->prefix ? n : c->prefix;
        c->prefix -= mine;
        c->received += n - mine;
        if (c->received >= size) return 1;
    }
}

static void serve(int port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    address.sin_port = htons(port);
    if (bind(listener, (struct sockaddr *) &address, sizeof address) < 0 || listen(listener, 4096) < 0) die("listen");
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL}, events[EVENTS];
    epoll_ctl(loop, EPOLL_CTL_ADD, listener, &e);
    for (;;) {
        int n = epoll_wait(loop, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            struct conn *c = events[i].data.ptr;
            if (!c) {
                int fd;
                while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                    struct conn *made = calloc(1, sizeof *made);
                    made->fd = fd;
                    watch(EPOLL_CTL_ADD, made, EPOLLIN);
                }
                continue;
            }
            int over = 0;
            if (c->held) {
                ssize_t w = send(c->fd, c->held + c->from, c->to - c->from, MSG_NOSIGNAL);
                if (w > 0) c->from += w;
                else if (w < 0 && errno != EAGAIN) over = 1;
                if (c->from == c->to) {
                    free(c->held);
                    c->held = NULL;
                    watch(EPOLL_CTL_MOD, c, EPOLLIN);
                }
            } else {
                ssize_t r = recv(c->fd, buffer, sizeof buffer, 0);
                if (r == 0 || (r < 0 && errno != EAGAIN)) over = 1;
                if (r > 0) {
                    ssize_t w = send(c->fd, buffer, r, MSG_NOSIGNAL);
                    if (w < 0 && errno != EAGAIN) over = 1;
                    else if (w < r) {
                        if (w < 0) w = 0;
                        c->held = malloc(r - w);
                        memcpy(c->held, buffer + w, r - w);
                        c->from = 0;
                        c->to = r - w;
                        watch(EPOLL_CTL_MOD, c, EPOLLOUT);
                    }
                }
            }
            if (over) {
                close(c->fd);
                free(c->held);
                free(c);
            }
        }
    }
}

/* The end of an attempt to connect: 0 when it stands. */
static int connected(struct conn *c) {
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    return error;
}

static void open_all(int count) {
    conns = calloc(count, sizeof *conns);
    for (int i = 0; i < count; i++) {
        struct conn *c = conns + i;
        begin(c);
        struct epoll_event e;
        if (epoll_wait(loop, &e, 1, 10000) != 1 || connected(c)) die("connect");
        if (prefix_size && send(c->fd, prefix, prefix_size, MSG_NOSIGNAL) != prefix_size) die("send");
        watch(EPOLL_CTL_MOD, c, 0);
    }
}

static void messages(int count, double seconds) {
    open_all(count);
    double start = now(), end = start + seconds;
    for (int i = 0; i < count; i++) send_on(conns + i);
    struct epoll_event events[EVENTS];
    double at = start;
    while ((at = now()) < end) {
        int n = epoll_wait(loop, events, EVENTS, 100);
        for (int i = 0; i < n; i++) {
            struct conn *c = events[i].data.ptr;
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR) && receive(c)) {
                done++;
                c->sent = c->received = 0;
                send_on(c);
            } else if (events[i].events & EPOLLOUT) send_on(c);
        }
    }
    printf("{\"requests\": %ld, \"rps\": %.1f, \"errors\": 0, \"not_ok\": 0}\n", done, done / (at - start));
}

static void connects(int concurrent, double seconds) {
    conns = calloc(concurrent, sizeof *conns);
    double start = now(), end = start + seconds, at = start;
    for (int i = 0; i < concurrent; i++) begin(conns + i);
    struct epoll_event events[EVENTS];
    while ((at = now()) < end) {
        int n = epoll_wait(loop, events, EVENTS, 100);
        for (int i = 0; i < n; i++) {
            struct conn *c = events[i].data.ptr;
            if (events[i].events & EPOLLIN) {
                char byte;
                if (recv(c->fd, &byte, 1, 0) == 1) done++;
                else failed++;
            } else if (events[i].events & EPOLLOUT && !connected(c)) {
                send(c->fd, "x", 1, MSG_NOSIGNAL);
                watch(EPOLL_CTL_MOD, c, EPOLLIN);
                continue;
            } else failed++;
            struct linger reset = {1, 0}; /* so that no port stays in TIME_WAIT */
            setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
            close(c->fd);
            begin(c);
        }
    }
    printf("{\"requests\": %ld, \"rps\": %.1f, \"errors\": %ld, \"not_ok\": 0}\n", done, done / (at - start), failed);
}

static void hold(int count) {
    open_all(count);
    for (int i = 0; i < count; i++) {
        struct conn *c = conns + i;
        send_on(c);
        struct epoll_event e;
        do
            if (epoll_wait(loop, &e, 1, 10000) != 1) die("echo");
        while (!receive(c));
    }
    puts("held");
    fflush(stdout);
    while (read(0, buffer, sizeof buffer) > 0) {
    }
}

int main(int argc, char **argv) {
    struct rlimit files = {MOST, MOST};
    setrlimit(RLIMIT_NOFILE, &files);
    loop = epoll_create1(0);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (argc < 3) return 2;
    int port = atoi(argv[2]);
    address.sin_port = htons(port);
    message = memset(malloc(1 << 20), 'x', 1 << 20);
    if (!strcmp(argv[1], "serve")) serve(port);
    else if (!strcmp(argv[1], "messages") && argc >= 6) {
        size = atoi(argv[4]);
        if (argc > 6) {
            int file = open(argv[6], O_RDONLY);
            prefix = malloc(1 << 16);
            prefix_size = file < 0 ? -1 : read(file, prefix, 1 << 16);
            if (prefix_size < 0) die(argv[6]);
        }
        messages(atoi(argv[3]), atof(argv[5]));
    } else if (!strcmp(argv[1], "connects") && argc == 5) connects(atoi(argv[3]), atof(argv[4]));
    else if (!strcmp(argv[1], "hold") && argc == 4) hold(atoi(argv[3]));
    else return 2;
    return 0;
}
