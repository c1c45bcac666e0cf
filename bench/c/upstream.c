// What stands behind the gateways: answers every request with a canned response, one receive and one send each.
//
//   upstream PORT [ADDRESS [NAME]]   listens on 127.0.0.1 unless an address is given; the field Server of its responses has the name
//
// A target with /b128 in it gets 128 bytes, with /b16k 16 KiB, any other 1 KiB. A target with /tunnel is upgraded:
// 101, and from then on every byte comes back; a WebSocket's key must be that of RFC 6455, section 1.3. A target with
// /events gets a stream of events, one a second. Request bodies are not understood.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct response {
    const char *bytes;
    int length;
};

struct connection {
    int fd, have;
    bool tunnel;
    struct connection *previous, *next;   // among the listeners, of which each gets events
    char buffer[16384];
};

static const char *server_name = "bench";
static struct response small, medium, large;
static const char UPGRADED[] = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n";
static const struct response upgraded = {UPGRADED, sizeof UPGRADED - 1};
static const char WEBSOCKET[] = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                                "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
static const struct response websocket = {WEBSOCKET, sizeof WEBSOCKET - 1};
static const char STREAM[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n";
static const struct response stream = {STREAM, sizeof STREAM - 1};
static const char EVENT[] = "9\r\ndata: 2\n\n\r\n";
static struct connection *listeners;

static struct response canned(int body) {
    char *bytes = malloc(body + 512 + strlen(server_name));
    int head = sprintf(bytes, "HTTP/1.1 200 OK\r\nServer: %s\r\nDate: Mon, 02 Nov 2026 10:00:00 GMT\r\n"
                              "Content-Type: application/octet-stream\r\nContent-Length: %d\r\nX-Request-Cost: 0\r\n\r\n", server_name, body);
    memset(bytes + head, 'x', body);
    return (struct response) {bytes, head + body};
}

static struct response answer(const char *head, const char *end) {
    const char *target = memchr(head, ' ', end - head);
    const char *line = memchr(head, '\r', end - head);
    if (target && line) {
        size_t length = line - target;
        if (memmem(target, length, "/b16k", 5)) {
            return large;
        } else if (memmem(target, length, "/b128", 5)) {
            return small;
        } else if (memmem(target, length, "/tunnel", 7)) {
            return memmem(head, end - head, "websocket", 9) ? websocket : upgraded;
        } else if (memmem(target, length, "/events", 7)) {
            return stream;
        }
    }
    return medium;
}

// Waits for a peer that is slow to take 16 KiB; the generator and the gateways never are for long.
static bool send_all(int fd, const char *bytes, int length) {
    while (length > 0) {
        int n = send(fd, bytes, length, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN) {
            return false;
        } else if (n > 0) {
            bytes += n;
            length -= n;
        }
    }
    return true;
}

static bool listens(struct connection *c) {
    return c->previous || listeners == c;
}

static void listen_on(struct connection *c) {
    c->next = listeners;
    if (listeners) {
        listeners->previous = c;
    }
    listeners = c;
}

static void end(struct connection *c) {
    if (listens(c)) {
        *(c->previous ? &c->previous->next : &listeners) = c->next;
        if (c->next) {
            c->next->previous = c->previous;
        }
    }
    close(c->fd);
    free(c);
}

// Those that read too slowly miss an event, whole: it is sent or not.
static void tell_listeners(void) {
    static time_t last;
    if (listeners && time(NULL) != last) {
        last = time(NULL);
        for (struct connection *c = listeners; c; c = c->next) {
            send(c->fd, EVENT, sizeof EVENT - 1, MSG_NOSIGNAL);
        }
    }
}

static void serve(struct connection *c) {
    int n = recv(c->fd, c->buffer + c->have, sizeof c->buffer - c->have, 0);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN) {
            end(c);
        }
        return;
    }
    if (c->tunnel) {
        if (!send_all(c->fd, c->buffer, n)) {
            end(c);
        }
        return;
    }
    c->have += n;
    char *from = c->buffer, *to = c->buffer + c->have, *head_end;
    while ((head_end = memmem(from, to - from, "\r\n\r\n", 4))) {
        struct response response = answer(from, head_end);
        if (!send_all(c->fd, response.bytes, response.length)) {
            end(c);
            return;
        }
        c->tunnel = response.bytes == upgraded.bytes || response.bytes == websocket.bytes;
        if (response.bytes == stream.bytes && !listens(c)) {
            listen_on(c);
        }
        from = head_end + 4;
    }
    c->have = to - from;
    memmove(c->buffer, from, c->have);
}

int main(int count, char **arguments) {
    if (count < 2 || count > 4) {
        fprintf(stderr, "upstream: needs a port\n");
        return 2;
    }
    if (count == 4) {
        server_name = arguments[3];
    }
    small = canned(128);
    medium = canned(1024);
    large = canned(16384);
    int on = 1, server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1])),
                                  .sin_addr.s_addr = count >= 3 ? inet_addr(arguments[2]) : htonl(INADDR_LOOPBACK)};
    if (bind(server, (struct sockaddr *) &address, sizeof address) || listen(server, 4096)) {
        perror("upstream");
        return 1;
    }
    int poll_fd = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN}, events[256];
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, server, &event);
    for (;;) {
        int n = epoll_wait(poll_fd, events, 256, listeners ? 100 : -1);
        tell_listeners();
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr) {
                serve(events[i].data.ptr);
                continue;
            }
            for (int fd; (fd = accept4(server, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
                struct connection *c = calloc(1, sizeof *c);
                c->fd = fd;
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                event.data.ptr = c;
                epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
            }
        }
    }
}
