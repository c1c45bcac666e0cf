// Loads a gateway with HTTP/1.1 keep-alive GETs from one thread and prints what came of it as one line of JSON.
//
//   load -p PORT [-t TARGET] [-c CONNECTIONS] [-s SECONDS] [-r RATE] [-f FIELDS_FILE] [-h HOSTS -n PATHS]
//
// RATE 0 is a closed loop: each connection sends its next request when it has its answer. Otherwise requests are due at
// a fixed rate, whether the gateway keeps up or not, and latency counts from when a request was due: a gateway that stalls
// is charged for everybody who had to wait.
// SIGTERM ends the run before its time.
// With HOSTS and PATHS each request is for one of h0..hN.example.com and /svc0../svcN + TARGET, drawn uniformly.
//
// Responses have a Content-Length or chunks.
//
// errors: requests without a whole answer; closed: keep-alive connections that the gateway ended. Latencies in microseconds.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define HEAD (-1)         // connection.left while the head of the response is still coming
#define CHUNKED (-2)      // connection.left in a body of chunks, which ends with END: the bodies have no such bytes in them
#define END "\r\n0\r\n\r\n"
#define BUFFER 32768      // holds any head; bodies are only counted
#define FIELDS 8192       // the header fields that every request carries
#define MILLISECOND 1000000LL
#define SECOND 1000000000LL

struct connection {
    int fd;
    bool busy, last;      // last: the response said Connection: close
    int have;
    long left;
    int64_t due;
    char buffer[BUFFER];
};

static struct sockaddr_in gateway;
static int poll_fd, route_count = 1;
static char **request_lines, fields[FIELDS];
static int *request_line_lengths, fields_length;
static uint32_t *latencies;   // in units of 100 ns
static long latency_count, latency_capacity;
static long done, errors, closed, not_ok;
static struct connection **idle;
static int idle_count;
static volatile sig_atomic_t over;

static void end_early(int number) {
    (void) number;
    over = 1;
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static uint32_t draw(uint32_t below) {
    static uint32_t state = 2463534242u;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

static bool open_connection(struct connection *c) {
    int on = 1;
    c->busy = c->last = false;
    c->have = 0;
    c->left = HEAD;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(c->fd, (struct sockaddr *) &gateway, sizeof gateway)) {
        close(c->fd);
        c->fd = -1;
        errors++;
        return false;
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, c->fd, &event);
    return true;
}

static void send_request(struct connection *c, int64_t due) {
    uint32_t route = draw(route_count);
    struct iovec parts[] = {{request_lines[route], request_line_lengths[route]}, {fields, fields_length}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    c->due = due;
    c->busy = true;
    // A failed send shows as the end of the connection, and is counted there.
    sendmsg(c->fd, &message, MSG_NOSIGNAL);
}

// The connection may take the next request: at once in a closed loop, when one is due otherwise.
static void ready(struct connection *c, bool open_loop) {
    if (open_loop) {
        idle[idle_count++] = c;
    } else {
        send_request(c, now());
    }
}

static void replace(struct connection *c, bool open_loop) {
    for (int i = 0; i < idle_count; i++) {
        if (idle[i] == c) {
            idle[i--] = idle[--idle_count];
        }
    }
    close(c->fd);
    if (open_connection(c)) {
        ready(c, open_loop);
    }
}

static void finish(struct connection *c, bool open_loop) {
    int64_t waited = (now() - c->due) / 100;
    if (latency_count < latency_capacity) {
        latencies[latency_count++] = waited > UINT32_MAX ? UINT32_MAX : waited;
    }
    done++;
    c->busy = false;
    c->have = 0;
    c->left = HEAD;
    if (c->last) {
        closed++;
        replace(c, open_loop);
    } else {
        ready(c, open_loop);
    }
}

static void fail(struct connection *c, bool open_loop) {
    if (c->busy) {
        errors++;
    } else {
        closed++;
    }
    replace(c, open_loop);
}

// Keeps the bytes in which the end of the body may begin.
static void receive_chunks(struct connection *c, bool open_loop) {
    int end = sizeof END - 1;
    if (c->have >= end && !memcmp(c->buffer + c->have - end, END, end)) {
        finish(c, open_loop);
    } else if (c->have > end) {
        memmove(c->buffer, c->buffer + c->have - end, end);
        c->have = end;
    }
}

static void receive(struct connection *c, bool open_loop) {
    int n = recv(c->fd, c->buffer + c->have, BUFFER - 1 - c->have, 0);
    if (n <= 0 || !c->busy) {
        fail(c, open_loop);
        return;
    }
    if (c->left == HEAD) {
        c->have += n;
        c->buffer[c->have] = 0;
        char *end = memmem(c->buffer, c->have, "\r\n\r\n", 4);
        if (!end) {
            if (c->have == BUFFER - 1) {
                fail(c, open_loop);
            }
            return;
        }
        *end = 0;
        int status = atoi(c->buffer + sizeof "HTTP/1.1");
        not_ok += status < 200 || status > 299;
        c->last = strcasestr(c->buffer, "\r\nconnection: close");
        char *length = strcasestr(c->buffer, "\r\ncontent-length:");
        if (!length && strcasestr(c->buffer, "\r\ntransfer-encoding: chunked")) {
            c->left = CHUNKED;
            c->have -= end + 2 - c->buffer;
            memmove(c->buffer, end + 2, c->have);   // from the line break before the first chunk on
            receive_chunks(c, open_loop);
            return;
        }
        if (!length) {
            fail(c, open_loop);   // every answer of the upstream has one, or chunks behind a plugin
            return;
        }
        c->left = atol(length + sizeof "\r\ncontent-length:" - 1) - (c->have - (end + 4 - c->buffer));
        c->have = 0;
    } else if (c->left == CHUNKED) {
        c->have += n;
        receive_chunks(c, open_loop);
        return;
    } else {
        c->left -= n;
    }
    if (c->left <= 0) {
        finish(c, open_loop);
    }
}

static void read_fields(const char *path) {
    FILE *file = path ? fopen(path, "r") : NULL;
    if (path && !file) {
        perror(path);
        exit(2);
    }
    char line[4096];
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = 0;
        if (*line) {
            fields_length += snprintf(fields + fields_length, FIELDS - fields_length - 2, "%s\r\n", line);
        }
    }
    fields_length += sprintf(fields + fields_length, "\r\n");
}

static void write_request_lines(const char *target, int hosts, int paths) {
    bool one = hosts * paths == 0;
    route_count = one ? 1 : hosts * paths;
    request_lines = malloc(route_count * sizeof *request_lines);
    request_line_lengths = malloc(route_count * sizeof *request_line_lengths);
    for (int i = 0; i < route_count; i++) {
        request_line_lengths[i] = one
            ? asprintf(&request_lines[i], "GET %s HTTP/1.1\r\nHost: h0.example.com\r\n", target)
            : asprintf(&request_lines[i], "GET /svc%d%s HTTP/1.1\r\nHost: h%d.example.com\r\n", i % paths, target, i / paths);
    }
}

static int by_value(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;
    return (x > y) - (x < y);
}

static double quantile(double q) {
    return latency_count ? latencies[(long) ((latency_count - 1) * q)] / 10.0 : 0;
}

int main(int count, char **arguments) {
    const char *target = "/", *fields_file = NULL;
    int port = 0, connections = 64, hosts = 0, paths = 0, option;
    double seconds = 4, rate = 0;
    while ((option = getopt(count, arguments, "p:t:c:s:r:f:h:n:")) != -1) {
        switch (option) {
        case 'p': port = atoi(optarg); break;
        case 't': target = optarg; break;
        case 'c': connections = atoi(optarg); break;
        case 's': seconds = atof(optarg); break;
        case 'r': rate = atof(optarg); break;
        case 'f': fields_file = optarg; break;
        case 'h': hosts = atoi(optarg); break;
        case 'n': paths = atoi(optarg); break;
        default: return 2;
        }
    }
    if (!port || connections < 1 || hosts < 0 || paths < 0) {
        fprintf(stderr, "load: needs a port (-p), and counts above 0\n");
        return 2;
    }
    bool open_loop = rate > 0;
    gateway = (struct sockaddr_in) {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    poll_fd = epoll_create1(0);
    read_fields(fields_file);
    write_request_lines(target, hosts, paths);
    latency_capacity = (long) (seconds * (open_loop ? rate * 1.2 : 300000)) + 1000;
    latencies = malloc(latency_capacity * sizeof *latencies);
    struct connection *all = calloc(connections, sizeof *all);
    idle = malloc(connections * sizeof *idle);

    signal(SIGTERM, end_early);
    int opened = 0;
    for (int i = 0; i < connections; i++) {
        opened += open_connection(all + i);
    }
    int64_t start = now(), end = start + (int64_t) (seconds * SECOND), due = start;
    for (int i = 0; i < connections; i++) {
        if (all[i].fd >= 0) {
            ready(all + i, open_loop);
        }
    }

    struct epoll_event events[512];
    long issued = 0;
    for (int64_t t = start; t < end && !over; t = now()) {
        int64_t wait = MILLISECOND;
        if (open_loop) {
            for (; due <= t && idle_count > 0; due = start + (int64_t) (++issued * (SECOND / rate))) {
                send_request(idle[--idle_count], due);
            }
            if (idle_count > 0 && due - t < wait) {
                wait = due > t ? due - t : 0;
            }
        }
        struct timespec timeout = {.tv_nsec = wait};
        int n = epoll_pwait2(poll_fd, events, 512, &timeout, NULL);
        for (int i = 0; i < n; i++) {
            receive(events[i].data.ptr, open_loop);
        }
    }

    double elapsed = (now() - start) / (double) SECOND;
    // Whoever still waits counts with the time so far: a gateway must not look better for never answering.
    double longest_open = 0;
    for (int i = 0; i < connections; i++) {
        if (all[i].fd >= 0 && all[i].busy && (now() - all[i].due) / 1000.0 > longest_open) {
            longest_open = (now() - all[i].due) / 1000.0;
        }
    }
    qsort(latencies, latency_count, sizeof *latencies, by_value);
    double longest = quantile(1) > longest_open ? quantile(1) : longest_open;
    printf("{\"requests\":%ld,\"seconds\":%.3f,\"rps\":%.1f,\"opened\":%d,\"errors\":%ld,\"closed\":%ld,\"not_ok\":%ld,"
           "\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}\n",
           done, elapsed, done / elapsed, opened, errors, closed, not_ok,
           quantile(.5), quantile(.9), quantile(.99), quantile(.999), longest);
    return 0;
}
