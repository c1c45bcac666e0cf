// A Dubbo 2 provider that answers every call with the same text of 100 characters, and heartbeats.
//
//   dubbo PORT
//
// Calls are not decoded: all are answered alike, whatever the service, the method and the arguments.
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

#define INPUT 65536           // holds many calls; one call must fit
#define HEAD 16
#define TEXT 100
#define RESULT (1 + 2 + TEXT) // the kind of the response, the length of the text, the text
#define OK 20
#define TWO_WAY 0x40
#define EVENT 0x20
#define REQUEST 0x80
#define HESSIAN 2

struct connection {
    int fd, have;
    uint8_t input[INPUT], out[INPUT + INPUT / HEAD * (HEAD + RESULT)];
};

static int answer(uint8_t *out, const uint8_t *request) {
    bool event = request[2] & EVENT;
    int length = event ? 1 : RESULT;
    uint8_t head[] = {0xda, 0xbb, HESSIAN | (event ? EVENT : 0), OK};
    memcpy(out, head, 4);
    memcpy(out + 4, request + 4, 8);
    uint32_t big = htonl(length);
    memcpy(out + 12, &big, 4);
    if (event) {
        out[HEAD] = 'N';
    } else {
        out[HEAD] = 0x91;
        out[HEAD + 1] = 0x30 + (TEXT >> 8);
        out[HEAD + 2] = TEXT & 0xff;
        memset(out + HEAD + 3, 'x', TEXT);
    }
    return HEAD + length;
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

static bool serve(struct connection *c) {
    int n = recv(c->fd, c->input + c->have, INPUT - c->have, 0);
    if (n <= 0) {
        return n < 0 && errno == EAGAIN;
    }
    c->have += n;
    int from = 0, sent = 0;
    while (c->have - from >= HEAD) {
        uint8_t *request = c->input + from;
        uint32_t length;
        memcpy(&length, request + 12, 4);
        length = ntohl(length);
        if (request[0] != 0xda || length > INPUT - HEAD) {
            return false;
        }
        if (c->have - from < HEAD + (int) length) {
            break;
        }
        if ((request[2] & REQUEST) && (request[2] & TWO_WAY)) {
            sent += answer(c->out + sent, request);
        }
        from += HEAD + length;
    }
    memmove(c->input, c->input + from, c->have - from);
    c->have -= from;
    return send_all(c->fd, c->out, sent);
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "dubbo PORT\n");
        return 2;
    }
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    // Of all addresses: Dubbo's own client connects to the address of the machine in place of loopback.
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1])), .sin_addr.s_addr = htonl(INADDR_ANY)};
    if (bind(listener, (struct sockaddr *) &address, sizeof address) || listen(listener, 1024)) {
        perror("dubbo");
        return 1;
    }
    int poll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[256];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(poll, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            if (c == NULL) {
                int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
                if (fd < 0) {
                    continue;
                }
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                c = malloc(sizeof *c);
                c->fd = fd;
                c->have = 0;
                event = (struct epoll_event) {.events = EPOLLIN, .data.ptr = c};
                epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
            } else if (!serve(c)) {
                close(c->fd);
                free(c);
            }
        }
    }
}
