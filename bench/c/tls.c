// A client of TLS 1.3: full and resumed handshakes, connections that are held open, and certificates to serve.
//
//   tls -p PORT -n NAME [-t TARGET] [-c THREADS] [-s SECONDS] [-r] [-w MICROSECONDS] [-N NAMES]
//   tls -p PORT -n NAME [-t TARGET] -H CONNECTIONS [-2]
//   tls -g COUNT -o FOLDER
//
// The first form: each thread connects, has one request answered with Connection: close, and connects again. With -r each
// handshake resumes the session of the one before; with -w it pauses between; with -N the server name is drawn from
// c0.NAME and on. Prints a line of JSON; requests are connections that were answered with 200.
// The second: opens connections, has one request answered on each (-2: HTTP/2), prints "held" and waits for the end of its input.
// The third: writes self-signed certificates for c0.example.com and on, c0.crt and c0.key and on (ECDSA P-256).
//
// Certificates are not verified: that is the client's work only.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL

struct client {
    SSL *tls;
    int fd;
};

static const char *name = "h0.example.com", *target = "/svc0/b128";
static int port, names;
static bool resume, http2;
static long pause_micros;
static SSL_CTX *context;
static int64_t end;
static atomic_long answered, errors, not_ok, resumed;
static atomic_bool told;

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static void failed(const char *what) {
    errors++;
    if (!atomic_exchange(&told, true)) {
        fprintf(stderr, "tls: %s: ", what);
        ERR_print_errors_fp(stderr);
        perror("");
    }
    ERR_clear_error();
}

static int keep_session(SSL *tls, SSL_SESSION *session) {
    SSL_SESSION **place = SSL_get_app_data(tls);
    if (!place) {
        return 0;
    }
    SSL_SESSION_free(*place);
    *place = session;
    return 1;
}

static void hang_up(struct client *c) {
    // Else the session could not be resumed. Nothing is sent.
    SSL_set_shutdown(c->tls, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(c->tls);
    close(c->fd);
}

// session: resumed when there is one, and where the next one goes.
static bool dial(struct client *c, const char *server_name, SSL_SESSION **session) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    c->tls = SSL_new(context);
    if (connect(c->fd, (struct sockaddr *) &address, sizeof address)) {
        failed("connect");
        hang_up(c);
        return false;
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    SSL_set_fd(c->tls, c->fd);
    SSL_set_tlsext_host_name(c->tls, server_name);
    SSL_set_app_data(c->tls, session);
    if (session && *session) {
        SSL_set_session(c->tls, *session);
    }
    if (SSL_connect(c->tls) != 1) {
        failed("handshake");
        hang_up(c);
        return false;
    }
    resumed += SSL_session_reused(c->tls);
    return true;
}

static bool read_all(SSL *tls, uint8_t *to, int length) {
    for (int have = 0, n; have < length; have += n) {
        n = SSL_read(tls, to + have, length - have);
        if (n <= 0) {
            return false;
        }
    }
    return true;
}

static bool ask_http1(SSL *tls, const char *server_name, bool close) {
    char buffer[4096];
    int length = snprintf(buffer, sizeof buffer, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", target, server_name, close ? "Connection: close\r\n" : "");
    if (SSL_write(tls, buffer, length) <= 0) {
        return false;
    }
    int have = 0, n;
    while ((n = SSL_read(tls, buffer + have, sizeof buffer - 1 - have)) > 0) {
        have += n;
        buffer[have] = 0;
        char *body = strstr(buffer, "\r\n\r\n"), *field = strcasestr(buffer, "\r\ncontent-length:");
        if (!close && body && field && have >= body + 4 - buffer + atol(field + sizeof "\r\ncontent-length:" - 1)) {
            break;
        }
    }
    if (have < 12) {
        return false;
    }
    not_ok += memcmp(buffer + 8, " 200", 4) != 0;
    return true;
}

// A GET on stream 1; heads are not decoded, but that an indexed ":status: 200" is among the first bytes.
static bool ask_http2(SSL *tls, const char *server_name) {
    uint8_t out[1024], frame[16384];
    int authority = strlen(server_name), path = strlen(target), block = 2 + 2 + authority + 2 + path, n = 0;
    n += sprintf((char *) out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    memcpy(out + n, (uint8_t[]) {0, 0, 0, 4, 0, 0, 0, 0, 0}, 9);
    n += 9;
    memcpy(out + n, (uint8_t[]) {0, block >> 8, block, 1, 5, 0, 0, 0, 1, 0x82, 0x87, 0x01, authority}, 13);
    n += 13;
    memcpy(out + n, server_name, authority);
    n += authority;
    out[n++] = 0x04;
    out[n++] = path;
    memcpy(out + n, target, path);
    n += path;
    if (SSL_write(tls, out, n) <= 0) {
        return false;
    }
    for (;;) {
        uint8_t head[9];
        if (!read_all(tls, head, 9)) {
            return false;
        }
        int length = head[0] << 16 | head[1] << 8 | head[2], type = head[3], flags = head[4];
        if (length > (int) sizeof frame || !read_all(tls, frame, length) || type == 3 || type == 7) {
            return false;
        }
        if (type == 4 && !(flags & 1) && SSL_write(tls, (uint8_t[]) {0, 0, 0, 4, 1, 0, 0, 0, 0}, 9) <= 0) {
            return false;
        } else if (type == 1) {
            not_ok += !memchr(frame, 0x88, length < 4 ? length : 4);
        }
        if (type <= 1 && flags & 1) {
            return true;
        }
    }
}

static void *connect_again(void *number) {
    unsigned seed = (unsigned) (intptr_t) number + 1;
    SSL_SESSION *session = NULL;
    while (now() < end) {
        char drawn[256];
        struct client c;
        if (names) {
            snprintf(drawn, sizeof drawn, "c%d.%s", rand_r(&seed) % names, name);
        }
        const char *server_name = names ? drawn : name;
        if (dial(&c, server_name, resume ? &session : NULL)) {
            if (ask_http1(c.tls, server_name, true)) {
                answered++;
            } else {
                failed("request");
            }
            hang_up(&c);
        } else {
            usleep(1000);
        }
        if (pause_micros) {
            usleep(pause_micros);
        }
    }
    return NULL;
}

static int handshakes(int threads, double seconds) {
    int64_t start = now();
    end = start + (int64_t) (seconds * SECOND);
    pthread_t all[threads];
    for (intptr_t i = 0; i < threads; i++) {
        pthread_create(all + i, NULL, connect_again, (void *) i);
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(all[i], NULL);
    }
    double elapsed = (now() - start) / (double) SECOND;
    printf("{\"requests\":%ld,\"seconds\":%.3f,\"rps\":%.1f,\"errors\":%ld,\"not_ok\":%ld,\"resumed\":%ld}\n", answered, elapsed,
           answered / elapsed, errors, not_ok, resumed);
    return 0;
}

static int hold(int count) {
    for (int i = 0; i < count; i++) {
        struct client c;
        if (!dial(&c, name, NULL)) {
            return 1;
        } else if (!(http2 ? ask_http2(c.tls, name) : ask_http1(c.tls, name, false)) || not_ok) {
            fprintf(stderr, "tls: the request on connection %d was not answered with 200\n", i);
            return 1;
        }
    }
    printf("held\n");
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
    return 0;
}

static void write_certificate(int number, const char *folder) {
    char text[4096];
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    BIGNUM *serial = BN_new();
    BN_rand(serial, 120, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY);
    BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate));
    BN_free(serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 30 * 86400L);
    snprintf(text, sizeof text, "c%d.example.com", number);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC, (uint8_t *) text, -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    snprintf(text, sizeof text, "DNS:c%d.example.com", number);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, text);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    snprintf(text, sizeof text, "%s/c%d.crt", folder, number);
    FILE *file = fopen(text, "w");
    if (!file) {
        perror(text);
        exit(1);
    }
    PEM_write_X509(file, certificate);
    fclose(file);
    snprintf(text, sizeof text, "%s/c%d.key", folder, number);
    file = fopen(text, "w");
    PEM_write_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

int main(int count, char **arguments) {
    int threads = 8, held = 0, certificates = 0, option;
    double seconds = 2;
    const char *folder = ".";
    while ((option = getopt(count, arguments, "p:n:t:c:s:rw:N:H:2g:o:")) != -1) {
        switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'n': name = optarg; break;
        case 't': target = optarg; break;
        case 'c': threads = atoi(optarg); break;
        case 's': seconds = atof(optarg); break;
        case 'r': resume = true; break;
        case 'w': pause_micros = atol(optarg); break;
        case 'N': names = atoi(optarg); break;
        case 'H': held = atoi(optarg); break;
        case '2': http2 = true; break;
        case 'g': certificates = atoi(optarg); break;
        case 'o': folder = optarg; break;
        default: return 2;
        }
    }
    for (int i = 0; i < certificates; i++) {
        write_certificate(i, folder);
    }
    if (certificates) {
        return 0;
    }
    if (!port || threads < 1 || strlen(name) > 100 || strlen(target) > 100) {
        fprintf(stderr, "tls: needs a port (-p), a thread, and a name and a target of at most 100 characters\n");
        return 2;
    }
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
    SSL_CTX_set1_groups_list(context, "X25519");
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, keep_session);
    if (http2) {
        SSL_CTX_set_alpn_protos(context, (const uint8_t *) "\2h2", 3);
    } else {
        SSL_CTX_set_alpn_protos(context, (const uint8_t *) "\10http/1.1", 9);
    }
    return held ? hold(held) : handshakes(threads, seconds);
}
