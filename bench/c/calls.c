// An HTTP/2 upstream in the clear that answers calls of gRPC: each message comes back, and the call ends with status 0
// when the client's side has ended. So it serves unary calls, and streams of both sides.
//
//   calls PORT
//
// Heads are not decoded: all are answered alike. Messages must be small, for windows of streams are not counted.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define INPUT 131072          // holds any frame of the default size, and many small ones
#define HEAD 9                // bytes of a frame's head
#define PREFACE 24
#define CREDIT 16384          // bytes of DATA after which the connection's window is filled again

enum { DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE };

struct bytes {
    uint8_t *at;
    int length, capacity;
};

struct connection {
    int fd, have, owed;
    bool began;
    long window;
    struct bytes out, waiting;   // waiting: frames in order, the first of which is DATA that exceeds the window
    uint8_t input[INPUT];
};

static const uint8_t ANSWER[] = "\x88" "\x0f\x10\x10" "application/grpc" "\x00\x0dgrpc-encoding\x08identity" "\x00\x14grpc-accept-encoding\x04gzip";
static const uint8_t TRAILERS[] = "\x00\x0bgrpc-status\x01" "0";

static void add(struct bytes *to, const void *bytes, int length) {
    if (to->length + length > to->capacity) {
        to->capacity = 2 * (to->length + length);
        to->at = realloc(to->at, to->capacity);
    }
    memcpy(to->at + to->length, bytes, length);
    to->length += length;
}

static void frame(struct bytes *to, int type, int flags, uint32_t stream, const void *payload, int length) {
    uint8_t head[HEAD] = {length >> 16, length >> 8, length, type, flags, stream >> 24, stream >> 16, stream >> 8, stream};
    add(to, head, HEAD);
    add(to, payload, length);
}

static void window_update(struct connection *c, uint32_t stream, uint32_t bytes) {
    uint8_t payload[] = {bytes >> 24, bytes >> 16, bytes >> 8, bytes};
    frame(&c->out, WINDOW_UPDATE, 0, stream, payload, 4);
}

static int length_of(const uint8_t *frame) {
    return frame[0] << 16 | frame[1] << 8 | frame[2];
}

// Moves what the window allows from what waits to what is sent.
static void release(struct connection *c) {
    int from = 0;
    while (from < c->waiting.length) {
        const uint8_t *next = c->waiting.at + from;
        int length = length_of(next);
        if (next[3] == DATA) {
            if (length > c->window) {
                break;
            }
            c->window -= length;
        }
        add(&c->out, next, HEAD + length);
        from += HEAD + length;
    }
    memmove(c->waiting.at, c->waiting.at + from, c->waiting.length - from);
    c->waiting.length -= from;
}

static void received(struct connection *c, const uint8_t *frame_at) {
    int length = length_of(frame_at), type = frame_at[3], flags = frame_at[4];
    const uint8_t *payload = frame_at + HEAD;
    uint32_t stream = (frame_at[5] & 0x7f) << 24 | frame_at[6] << 16 | frame_at[7] << 8 | frame_at[8];
    switch (type) {
    case SETTINGS:
        if (!(flags & 1)) {
            frame(&c->out, SETTINGS, 1, 0, "", 0);
        }
        break;
    case PING:
        if (!(flags & 1)) {
            frame(&c->out, PING, 1, 0, payload, length);
        }
        break;
    case WINDOW_UPDATE:
        if (stream == 0) {
            c->window += (payload[0] & 0x7f) << 24 | payload[1] << 16 | payload[2] << 8 | payload[3];
        }
        break;
    case HEADERS:
        frame(&c->waiting, HEADERS, 4, stream, ANSWER, sizeof ANSWER - 1);
        break;
    case DATA:
        c->owed += length;
        if (length > 0 && !(flags & 1)) {
            window_update(c, stream, length);
        }
        int padding = flags & 8 ? payload[0] + 1 : 0;
        if (length > padding) {
            frame(&c->waiting, DATA, 0, stream, payload + (padding ? 1 : 0), length - padding);
        }
        break;
    default:
        break;
    }
    if (type <= HEADERS && flags & 1) {
        frame(&c->waiting, HEADERS, 5, stream, TRAILERS, sizeof TRAILERS - 1);
    }
    if (c->owed >= CREDIT) {
        window_update(c, 0, c->owed);
        c->owed = 0;
    }
}

// Waits for a peer that is slow to take it; the gateways never are for long.
static bool send_all(int fd, const uint8_t *bytes, int length) {
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

static void end(struct connection *c) {
    close(c->fd);
    free(c->out.at);
    free(c->waiting.at);
    free(c);
}

static void serve(struct connection *c) {
    int n = recv(c->fd, c->input + c->have, INPUT - c->have, 0);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN) {
            end(c);
        }
        return;
    }
    c->have += n;
    int from = 0;
    if (!c->began && c->have >= PREFACE) {
        c->began = true;
        from = PREFACE;
        frame(&c->out, SETTINGS, 0, 0, "", 0);
    }
    while (c->began && c->have - from >= HEAD && c->have - from >= HEAD + length_of(c->input + from)) {
        received(c, c->input + from);
        from += HEAD + length_of(c->input + from);
    }
    memmove(c->input, c->input + from, c->have - from);
    c->have -= from;
    release(c);
    if (c->have == INPUT || !send_all(c->fd, c->out.at, c->out.length)) {
        end(c);
        return;
    }
    c->out.length = 0;
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "calls: needs a port\n");
        return 2;
    }
    int on = 1, server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(server, (struct sockaddr *) &address, sizeof address) || listen(server, 4096)) {
        perror("calls");
        return 1;
    }
    int poll_fd = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN}, events[256];
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, server, &event);
    for (;;) {
        int n = epoll_wait(poll_fd, events, 256, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr) {
                serve(events[i].data.ptr);
                continue;
            }
            for (int fd; (fd = accept4(server, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
                struct connection *c = calloc(1, sizeof *c);
                c->fd = fd;
                c->window = 65535;
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                event.data.ptr = c;
                epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
            }
        }
    }
}
