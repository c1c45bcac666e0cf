// Datagrams over UDP: a server that sends each back, or clients that wait for each answer before they send the next.
//
//   datagrams echo PORT
//   datagrams load -p PORT [-c clients] [-b bytes] [-w datagrams in flight per client] [-n new sessions] [-s seconds]
//
// With -n, a client uses a new socket, so a new source port, after so many answers. A client without an answer for 200 ms sends again, and its
// datagrams in flight count as lost. The result is one line of JSON.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 32
#define LONGEST 65536
#define PATIENCE_NS 200000000L
#define BUFFER (4 << 20)

struct client {
    int fd, flying;
    long answers, sent_at;
};

static char data[BATCH][LONGEST];
static struct sockaddr_in server = {.sin_family = AF_INET};

static long now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void echo(int port) {
    struct sockaddr_in names[BATCH];
    struct iovec vectors[BATCH];
    struct mmsghdr messages[BATCH];
    int fd = socket(AF_INET, SOCK_DGRAM, 0), size = BUFFER;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    server.sin_port = htons(port);
    if (bind(fd, (struct sockaddr *) &server, sizeof server)) fail("bind");
    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            vectors[i] = (struct iovec) {data[i], LONGEST};
            messages[i].msg_hdr = (struct msghdr) {.msg_name = &names[i], .msg_namelen = sizeof names[i], .msg_iov = &vectors[i], .msg_iovlen = 1};
        }
        int count = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
        if (count < 0) fail("recvmmsg");
        for (int i = 0; i < count; i++) vectors[i].iov_len = messages[i].msg_len;
        for (int sent = 0; sent < count;) {
            int more = sendmmsg(fd, messages + sent, count - sent, 0);
            sent += more > 0 ? more : 1;
        }
    }
}

static int connected(int poll, int index) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *) &server, sizeof server)) fail("connect");
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = index};
    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
    return fd;
}

int main(int count, char **arguments) {
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (count == 3 && !strcmp(arguments[1], "echo")) echo(atoi(arguments[2]));
    int port = 0, clients = 64, bytes = 512, window = 1, option;
    long renew = 0;
    double seconds = 2;
    optind = 2;
    while ((option = getopt(count, arguments, "p:c:b:w:n:s:")) != -1) {
        switch (option) {
            case 'p': port = atoi(optarg); break;
            case 'c': clients = atoi(optarg); break;
            case 'b': bytes = atoi(optarg); break;
            case 'w': window = atoi(optarg); break;
            case 'n': renew = atol(optarg); break;
            case 's': seconds = atof(optarg); break;
            default: return 2;
        }
    }
    server.sin_port = htons(port);
    int poll = epoll_create1(0);
    struct client *all = calloc(clients, sizeof *all);
    long begin = now_ns(), end = begin + (long) (seconds * 1e9), answers = 0, lost = 0, wrong = 0, checked = begin;
    for (int i = 0; i < clients; i++) all[i].fd = connected(poll, i);
    memset(data[0], 'x', LONGEST);
    for (int i = 0; i < clients; i++) {
        for (int k = 0; k < window; k++) send(all[i].fd, data[0], bytes, 0);
        all[i].flying = window;
        all[i].sent_at = begin;
    }
    long now = begin;
    while (now < end) {
        struct epoll_event events[256];
        int ready = epoll_wait(poll, events, 256, 50);
        now = now_ns();
        for (int e = 0; e < ready; e++) {
            struct client *of = &all[events[e].data.u32];
            ssize_t length;
            while ((length = recv(of->fd, data[1], LONGEST, 0)) >= 0) {
                answers++;
                wrong += length != bytes;
                if (of->flying) of->flying--;
                if (renew && ++of->answers % renew == 0) {
                    close(of->fd);
                    of->fd = connected(poll, events[e].data.u32);
                    of->flying = 0;
                }
                while (of->flying < window && send(of->fd, data[0], bytes, 0) >= 0) of->flying++;
                of->sent_at = now;
                if (window == 1) break;
            }
        }
        if (now - checked > PATIENCE_NS / 4) {
            checked = now;
            for (int i = 0; i < clients; i++) {
                if (now - all[i].sent_at > PATIENCE_NS) {
                    lost += all[i].flying;
                    all[i].flying = 0;
                    while (all[i].flying < window && send(all[i].fd, data[0], bytes, 0) >= 0) all[i].flying++;
                    all[i].sent_at = now;
                }
            }
        }
    }
    double elapsed = (now - begin) / 1e9;
    printf("{\"requests\": %ld, \"rps\": %.0f, \"errors\": %ld, \"not_ok\": %ld}\n", answers, answers / elapsed, lost, wrong);
    return 0;
}
