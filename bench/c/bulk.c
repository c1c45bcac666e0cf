// An HTTP/1.1 upstream for bodies of any size, one thread for each connection.
//
//   bulk PORT
//
// A target with /down-N in it gets N bytes. Any other request's body (Content-Length) is read, and the response says how many bytes it had.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE 262144

static bool send_all(int fd, const char *bytes, int length) {
    for (int n; length > 0; bytes += n, length -= n) {
        n = send(fd, bytes, length, MSG_NOSIGNAL);
        if (n <= 0) {
            return false;
        }
    }
    return true;
}

static bool answer(int fd, char *buffer, int have, char *body) {
    char head[256], *down = memmem(buffer, body - buffer, "/down-", 6);
    if (down && down < strchr(buffer, '\r')) {
        long left = atol(down + 6);
        bool open = send_all(fd, head, sprintf(head, "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %ld\r\n\r\n", left));
        for (; open && left > 0; left -= PIECE) {
            open = send_all(fd, buffer, left < PIECE ? left : PIECE);
        }
        return open;
    }
    body[-2] = 0;
    char *field = strcasestr(buffer, "\r\ncontent-length:");
    if (!field) {
        send_all(fd, head, sprintf(head, "HTTP/1.1 411 Length Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        return false;
    }
    long length = atol(field + sizeof "\r\ncontent-length:" - 1);
    for (long left = length - (have - (body - buffer)), n; left > 0; left -= n) {
        n = recv(fd, buffer, left < PIECE ? left : PIECE, 0);
        if (n <= 0) {
            return false;
        }
    }
    char told[32];
    int digits = sprintf(told, "%ld", length);
    return send_all(fd, head, sprintf(head, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", digits, told));
}

static void *serve(void *connection) {
    int fd = (int) (intptr_t) connection;
    char *buffer = calloc(1, PIECE + 1);
    for (int have = 0, n; (n = recv(fd, buffer + have, PIECE - have, 0)) > 0;) {
        have += n;
        buffer[have] = 0;
        char *end = memmem(buffer, have, "\r\n\r\n", 4);
        if (end) {
            if (!answer(fd, buffer, have, end + 4)) {
                break;
            }
            have = 0;
        }
    }
    free(buffer);
    close(fd);
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "bulk: needs a port\n");
        return 2;
    }
    int on = 1, server = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(server, (struct sockaddr *) &address, sizeof address) || listen(server, 128)) {
        perror("bulk");
        return 1;
    }
    for (int fd; (fd = accept(server, NULL, NULL)) >= 0;) {
        pthread_t thread;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        pthread_create(&thread, NULL, serve, (void *) (intptr_t) fd);
        pthread_detach(thread);
    }
    return 1;
}
