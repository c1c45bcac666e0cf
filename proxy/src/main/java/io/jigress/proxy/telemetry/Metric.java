package io.jigress.proxy.telemetry;

import java.util.Locale;

/// All metrics except those of filters. `docs/metrics.md` lists the same.
enum Metric {
    BUILD_INFO(Type.GAUGE, "Always 1; the versions of Jigress and of Java, and the I/O interface."),
    CONNECTIONS_ACCEPTED_TOTAL(Type.COUNTER, "Connections of clients."),
    CONNECTIONS_CLOSED_TOTAL(Type.COUNTER, "Connections of clients that ended."),
    CONNECTIONS_REFUSED_TOTAL(Type.COUNTER, "Connections of clients closed at once because limits.connections were open."),
    TLS_HANDSHAKES_TOTAL(Type.COUNTER, "TLS handshakes of clients that succeeded."),
    TLS_HANDSHAKE_FAILURES_TOTAL(Type.COUNTER, "TLS handshakes of clients that failed, by reason."),
    PROXY_PROTOCOL_HEADERS_TOTAL(Type.COUNTER, "Headers of the PROXY protocol that connections of clients began with."),
    PROXY_PROTOCOL_FAILURES_TOTAL(Type.COUNTER, "Connections of clients closed because of the PROXY protocol, by reason."),
    CONNECTIONS_OPEN(Type.GAUGE, "Connections of clients now."),
    HTTP2_FLOODS_TOTAL(Type.COUNTER, "HTTP/2 connections of clients that were closed for a flood of frames, by kind."),
    TUNNELS_OPEN(Type.GAUGE, "Upgraded connections that are tunnels now."),
    MIRRORS_DROPPED_TOTAL(Type.COUNTER,
            "Mirrored requests given up because their upstream was too slow, or limits.mirrored.requests were in flight."),
    RECEIVED_BYTES_TOTAL(Type.COUNTER, "Bytes of requests, heads included."),
    SENT_BYTES_TOTAL(Type.COUNTER, "Bytes of responses, heads included."),
    REQUESTS_TOTAL(Type.COUNTER, "Requests that ended, by route and first digit of the status."),
    REQUEST_DURATION_SECONDS(Type.HISTOGRAM, "From the first byte of the request to the last of the response."),
    REQUESTS_CANCELLED_TOTAL(Type.COUNTER, "Requests whose client closed its connection before the end."),
    REQUESTS_BY_METHOD_TOTAL(Type.COUNTER, "Requests that ended, by method."),
    STREAM_SESSIONS_TOTAL(Type.COUNTER, "TCP connections and UDP sessions that began, by route and protocol."),
    STREAM_SESSIONS_OPEN(Type.GAUGE, "TCP connections and UDP sessions now, by route and protocol."),
    STREAM_SESSIONS_ENDED_TOTAL(Type.COUNTER, "TCP connections and UDP sessions that ended, by who closed first."),
    STREAM_DURATION_SECONDS(Type.HISTOGRAM, "From the beginning of a TCP connection or UDP session to its end."),
    STREAM_RECEIVED_BYTES_TOTAL(Type.COUNTER, "Bytes from clients of TCP and UDP."),
    STREAM_SENT_BYTES_TOTAL(Type.COUNTER, "Bytes to clients of TCP and UDP."),
    STREAM_UDP_SESSIONS_ENDED_TOTAL(Type.COUNTER, "UDP sessions that ended, by reason."),
    STREAM_DATAGRAMS_RECEIVED_TOTAL(Type.COUNTER, "UDP datagrams of clients that were sent to endpoints."),
    STREAM_DATAGRAMS_SENT_TOTAL(Type.COUNTER, "UDP datagrams of endpoints that were sent to clients."),
    STREAM_DATAGRAMS_DROPPED_TOTAL(Type.COUNTER, "UDP datagrams that were not passed on, by reason."),
    STREAM_FAILURES_TOTAL(Type.COUNTER, "TCP connections and UDP sessions that failed, by kind of the failure."),
    FAILURES_TOTAL(Type.COUNTER, "Failed requests, by kind and origin of the failure."),
    UPSTREAM_ATTEMPTS_TOTAL(Type.COUNTER, "Requests sent to an endpoint, including retries."),
    UPSTREAM_RETRIES_TOTAL(Type.COUNTER, "Attempts beyond the first of their request."),
    UPSTREAM_FAILURES_TOTAL(Type.COUNTER, "Failed attempts, by kind of the failure."),
    UPSTREAM_DURATION_SECONDS(Type.HISTOGRAM, "From the beginning of an attempt to the head of the response."),
    ENDPOINT_EJECTIONS_TOTAL(Type.COUNTER, "Ejections of endpoints, by the kind of the last failure before."),
    ENDPOINTS_EJECTED(Type.GAUGE, "Endpoints that are ejected now, or probed and not answering yet."),
    UPSTREAM_TLS_HANDSHAKES_TOTAL(Type.COUNTER, "TLS handshakes with endpoints that succeeded."),
    UPSTREAM_TLS_HANDSHAKE_FAILURES_TOTAL(Type.COUNTER, "TLS handshakes with endpoints that failed, by reason."),
    POOL_CONNECTIONS_OPEN(Type.GAUGE, "Connections to upstreams now."),
    POOL_CONNECTIONS_IDLE(Type.GAUGE, "Idle connections to upstreams."),
    POOL_PENDING(Type.GAUGE, "Requests that wait for a connection."),
    ACCESS_LOG_LINES_TOTAL(Type.COUNTER, "Lines accepted by the access log."),
    ACCESS_LOG_DROPPED_TOTAL(Type.COUNTER, "Lines dropped because the file was slower than the traffic."),
    DIRECT_MEMORY_REFUSED_TOTAL(Type.COUNTER,
            "Buffers that could not be allocated; each failed a request or closed a connection."),
    CONNECTIONS_SHED_TOTAL(Type.COUNTER, "Connections closed because they held most of memory.direct while it was short."),
    QUEUE_LIMIT_BYTES(Type.GAUGE,
            "The present limit of the send queue of one connection: limits.queue.bytes, or less while memory.direct is short."),
    CONFIG_APPLIES_TOTAL(Type.COUNTER, "Configurations that went live."),
    CONFIG_APPLY_FAILURES_TOTAL(Type.COUNTER, "Configurations refused as a whole."),
    CONFIG_APPLY_DURATION_SECONDS(Type.GAUGE, "How long the last configuration took to go live."),
    CONFIG_REVISION(Type.GAUGE, "The revision that is live."),
    HEAP_USED_BYTES(Type.GAUGE, "Java heap in use, garbage included."),
    HEAP_COMMITTED_BYTES(Type.GAUGE, "Java heap taken from the system."),
    HEAP_MAX_BYTES(Type.GAUGE, "The limit of the Java heap."),
    DIRECT_MEMORY_USED_BYTES(Type.GAUGE, "Memory outside the heap: buffers of Netty and of Java."),
    DIRECT_MEMORY_PINNED_BYTES(Type.GAUGE, "Of the buffers of Netty, what requests and responses occupy now."),
    DIRECT_MEMORY_LIMIT_BYTES(Type.GAUGE, "The limit of Netty's buffers outside the heap (memory.direct)."),
    GC_COLLECTIONS_TOTAL(Type.COUNTER, "Collections, by collector."),
    GC_SECONDS_TOTAL(Type.COUNTER, "Time spent collecting, by collector."),
    THREADS(Type.GAUGE, "Platform threads."),
    PROCESS_RESIDENT_MEMORY_BYTES(Type.GAUGE, "Memory of the process that is in RAM; on Linux."),
    PROCESS_VIRTUAL_MEMORY_BYTES(Type.GAUGE, "Address space of the process; on Linux."),
    PROCESS_CPU_SECONDS_TOTAL(Type.COUNTER, "CPU time of the process."),
    PROCESS_OPEN_FDS(Type.GAUGE, "File descriptors in use, sockets among them."),
    PROCESS_MAX_FDS(Type.GAUGE, "The limit of file descriptors (ulimit -n)."),
    PROCESS_START_TIME_SECONDS(Type.GAUGE, "When the process began, in seconds since 1970.");

    /// The types, as the exposition format names them.
    enum Type {
        COUNTER, GAUGE, HISTOGRAM
    }

    private final Type type;
    private final String help;

    Metric(Type type, String help) {
        this.type = type;
        this.help = help;
    }

    /// With the prefix `jigress_`, except `process_*`, which all Prometheus client libraries name the same.
    String text() {
        String name = name().toLowerCase(Locale.ROOT);
        return name.startsWith("process_") ? name : "jigress_" + name;
    }

    Type type() {
        return type;
    }

    String help() {
        return help;
    }
}
