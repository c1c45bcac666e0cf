package io.jigress.app.settings;

import static io.jigress.app.settings.SettingType.address;
import static io.jigress.app.settings.SettingType.addressRanges;
import static io.jigress.app.settings.SettingType.bool;
import static io.jigress.app.settings.SettingType.choice;
import static io.jigress.app.settings.SettingType.dnsLabel;
import static io.jigress.app.settings.SettingType.duration;
import static io.jigress.app.settings.SettingType.integer;
import static io.jigress.app.settings.SettingType.ipAddress;
import static io.jigress.app.settings.SettingType.ipAddresses;
import static io.jigress.app.settings.SettingType.list;
import static io.jigress.app.settings.SettingType.origin;
import static io.jigress.app.settings.SettingType.path;
import static io.jigress.app.settings.SettingType.size;
import static io.jigress.app.settings.SettingType.sources;

import io.jigress.config.PathRules;
import io.jigress.config.PathRules.Handling;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// All settings there are. A new one is a constant here and a line in [#ALL].
public final class KnownSettings {
    private static final long KIB = 1024;
    private static final long MIB = 1024 * KIB;
    private static final Duration MILLISECOND = Duration.ofMillis(1);

    public enum Transport { AUTO, EPOLL, IO_URING, NIO }

    public enum HalfClose { ANSWER, CANCEL }

    public enum LogLevel { OFF, ERROR, WARN, INFO, DEBUG, TRACE }

    public enum AccessLogFormat { JSON, TEXT }

    public enum LogFormat { TEXT, JSON }

    public static final Setting<String> CONFIG_FOLDER = Setting.of("config.folder", path("a folder"), "",
            "The folder of YAML files with the configuration; it is watched for changes.");
    public static final Setting<List<String>> CONFIG_SOURCES = Setting.of("config.sources", sources(), List.of(),
            "Where resources come from; of two sources that bring the same object the first wins, and `config.folder` comes before all.");
    public static final Setting<String> CONFIG_TO = Setting.of("config.to", origin(), "",
            "Instead of a folder: the one upstream for all requests.");
    public static final Setting<Duration> CONFIG_FOLDER_VANISH = Setting.of("config.folder.vanish", duration(Duration.ZERO),
            Duration.ofSeconds(1),
            "How long objects that are missing from a file rewritten in place stay in effect after its last change, since the "
                    + "file may be half written. This includes an emptied file, but not a file that is renamed into place.");
    public static final Setting<Long> CONFIG_FILE_BYTES = Setting.of("config.file.bytes", size(KIB, 1L << 30), 16 * MIB,
            "The largest file of the folder that is read. A larger file is reported as a problem, and its last good version stays in effect.");
    public static final Setting<String> STATE_FOLDER = Setting.of("state.folder", path("a folder"), "",
            "The folder for the last good configuration, from which a gateway starts when its source is missing or broken. Empty: not kept.");

    public static final Setting<String> KUBERNETES_CONFIG = Setting.of("kubernetes.config", path("a kubeconfig file"), "",
            "How clusters are reached. Empty: the files that KUBECONFIG names, `~/.kube/config`, or the service account of the pod.");
    public static final Setting<Boolean> KUBERNETES_STATUSES = Setting.of("kubernetes.statuses", bool(), true,
            "Whether statuses are written to the objects of clusters, by one gateway of all that share the Lease `jigress-status-writer`.");
    public static final Setting<String> KUBERNETES_LEASE_NAMESPACE = Setting.of("kubernetes.lease.namespace", dnsLabel(), "",
            "Where that Lease is. Empty: the namespace of the pod, else that of the kubeconfig's context.");

    public static final Setting<Integer> PORTS_HTTP = Setting.of("ports.http", integer(1, 65_535), 8080,
            "The port for Ingresses, and for all requests with `--to`.");
    public static final Setting<String> GATEWAY_ADDRESS = Setting.of("gateway.address", ipAddress(), "",
            "The address for Ingresses, and for Gateways without an address of their own. Empty: all addresses.");
    public static final Setting<List<String>> GATEWAY_ADDRESSES = Setting.of("gateway.addresses", ipAddresses(), List.of(),
            "A pool of which each Gateway without an address of its own takes one, the older first; the rest share `gateway.address`.");
    public static final Setting<ListenAddress> ADMIN_ADDRESS = Setting.of("admin.address", address(),
            new ListenAddress("127.0.0.1", 8001),
            "Where the admin port listens: configuration, explain, health, metrics.");
    public static final Setting<List<String>> ADMIN_HOSTS = Setting.of("admin.hosts", list("host names", _ -> true), List.of(),
            "Host names that the admin port accepts in the Host field, besides localhost and IP addresses.");
    public static final Setting<ListenAddress> HEALTH_ADDRESS = Setting.of("health.address", address(), ListenAddress.OFF,
            "Where /healthz, /readyz and /metrics are served read-only as well, for probes and scrapers.");

    public static final Setting<Transport> TRANSPORT = Setting.of("transport", choice(Transport.class), Transport.AUTO,
            "The I/O interface of the operating system. auto is epoll on Linux and nio elsewhere. The log and `jigress_build_info` tell which.");
    public static final Setting<Integer> EVENT_LOOPS = new Setting<>("event.loops", integer(1, 1024), Setting.Machine::processors,
            "the processors that the process may use", "The number of threads that carry traffic.");

    public static final Setting<Long> MEMORY_DIRECT = new Setting<>("memory.direct", size(32 * MIB, 1L << 40),
            KnownSettings::directMemory, "a quarter of the memory that the process may use, from 64MiB to 1GiB",
            "The most memory outside the heap, where the bytes of requests and responses stand. As it gets short, less is queued for slow "
                    + "peers ([the JVM](jvm.md)); when it is used up, requests are answered with 503 or their connections closed.");
    public static final Setting<Integer> MEMORY_DIRECT_SHED = Setting.of("memory.direct.shed", integer(50, 100), 85,
            "The percentage of memory.direct above which the connections that hold most of it are closed, so that the others can go on.");

    public static final Setting<Integer> LIMITS_FILES_RESERVE = new Setting<>("limits.files.reserve", integer(1, 1_000_000),
            _ -> OpenFiles.reserve(OpenFiles.limit()), "256, at most a third of the files that the process may open",
            "How many of the files that the process may open are kept for all but connections of clients and to upstreams: listening "
                    + "sockets, event loops, logs, configuration, name servers, the admin port. Raise it for many listeners or many event loops.");
    public static final Setting<Integer> LIMITS_CONNECTIONS = new Setting<>("limits.connections", integer(1, 10_000_000),
            _ -> OpenFiles.clients(OpenFiles.limit(), OpenFiles.reserve(OpenFiles.limit())),
            "half of the files that the process may open, less limits.files.reserve",
            "How many connections of clients may be open; one more is closed at once and counted. What is left of the files is for connections to "
                    + "upstreams; a request that would need one more is answered with 503.");
    public static final Setting<Long> LIMITS_TARGET_BYTES = Setting.of("limits.target.bytes", size(64, MIB), 8 * KIB,
            "The longest request target; a longer one is answered with 414.");
    public static final Setting<Long> LIMITS_HEADER_BYTES = Setting.of("limits.header.bytes", size(KIB, MIB), 64 * KIB,
            "The largest head of a request or response, all header fields together; a larger one is answered with 431.");
    public static final Setting<Long> LIMITS_FIELD_BYTES = Setting.of("limits.field.bytes", size(64, MIB), 16 * KIB,
            "The longest single header field; a longer one is answered with 431.");
    public static final Setting<Integer> LIMITS_HEADER_COUNT = Setting.of("limits.header.count", integer(1, 10_000), 100,
            "The most header fields; more are answered with 431.");

    public static final Setting<Long> LIMITS_BODY_BYTES = Setting.of("limits.body.bytes", size(0, 1L << 40), 0L,
            "The longest request body where no route says otherwise; a longer one is answered with 413. 0: no limit.");
    public static final Setting<Long> LIMITS_HELD_BYTES = Setting.of("limits.held.bytes", size(0, 64 * MIB), MIB,
            "How many bytes of one body a filter may hold back.");
    public static final Setting<Long> LIMITS_QUEUE_BYTES = Setting.of("limits.queue.bytes", size(16 * KIB, 64 * MIB), 256 * KIB,
            "How many bytes are queued for a client that takes less than arrives, until its upstream is paused. At most a 1024th of "
                    + "memory.direct, and less as that gets short; 16KiB always.");

    public static final Setting<Integer> LIMITS_UPSTREAM_CONNECTIONS = Setting.of("limits.upstream.connections",
            integer(1, 1_000_000), 4096, "The most connections to one endpoint where no policy says otherwise.");
    public static final Setting<Integer> LIMITS_UPSTREAM_PENDING = Setting.of("limits.upstream.pending", integer(0, 1_000_000),
            4096,
            "How many requests may wait for a connection to one upstream where no policy says otherwise; one more is answered with 503.");

    public static final Setting<Duration> TIMEOUTS_CLIENT_HEADER = Setting.of("timeouts.client.header", duration(MILLISECOND),
            Duration.ofSeconds(10),
            "How long a client may take to send a request's head.");
    public static final Setting<Duration> TIMEOUTS_CLIENT_IDLE = Setting.of("timeouts.client.idle", duration(MILLISECOND),
            Duration.ofSeconds(75),
            "How long a client's connection may stay idle between requests.");
    public static final Setting<Duration> TIMEOUTS_CONNECT = Setting.of("timeouts.connect", duration(MILLISECOND),
            Duration.ofSeconds(5),
            "How long a connection to an endpoint may take to be established where no policy says otherwise.");
    public static final Setting<Duration> TIMEOUTS_UPSTREAM_IDLE = Setting.of("timeouts.upstream.idle", duration(MILLISECOND),
            Duration.ofSeconds(4),
            "How long an idle connection to an endpoint is kept where no policy says otherwise; choose less than the upstream's own timeout.");
    public static final Setting<Duration> TIMEOUTS_REQUEST = Setting.of("timeouts.request", duration(Duration.ZERO),
            Duration.ZERO,
            "How long a whole request may take where no route says otherwise. 0s: no limit.");
    public static final Setting<Duration> TIMEOUTS_ATTEMPT = Setting.of("timeouts.attempt", duration(Duration.ZERO),
            Duration.ofSeconds(60),
            "How long an upstream may take to send the response head where no route says otherwise. 0s: no limit.");
    public static final Setting<Duration> TIMEOUTS_SILENCE = Setting.of("timeouts.silence", duration(Duration.ZERO),
            Duration.ofSeconds(60),
            "The longest time without a byte from or to the peer that the gateway waits for, where no route says otherwise. 0s: no limit.");

    public static final Setting<HalfClose> CLIENT_HALF_CLOSE = Setting.of("client.half.close", choice(HalfClose.class),
            HalfClose.ANSWER,
            "What it means when a client ends its sending direction (FIN) while it waits for a response. answer: it gets the response. cancel: it has left.");
    public static final Setting<Duration> TUNNEL_HALF_CLOSE_TIMEOUT = Setting.of("tunnel.half.close.timeout",
            duration(MILLISECOND), Duration.ofMinutes(1),
            "How long a tunnel (an upgraded connection) of which one side has ended its sending direction may pass without a byte before it is closed.");

    public static final Setting<Duration> DNS_TIMEOUT = Setting.of("dns.timeout", duration(MILLISECOND), Duration.ofSeconds(5),
            "How long a name server may take to answer.");
    public static final Setting<Duration> DNS_TTL_MIN = Setting.of("dns.ttl.min", duration(MILLISECOND), Duration.ofSeconds(1),
            "The shortest time after which the DNS name of an upstream is resolved again, however short its TTL.");
    public static final Setting<Duration> DNS_TTL_MAX = Setting.of("dns.ttl.max", duration(MILLISECOND), Duration.ofMinutes(5),
            "The longest time after which the DNS name of an upstream is resolved again, however long its TTL.");

    public static final Setting<Long> DNS_EDNS_BYTES = Setting.of("dns.edns.bytes", size(512, 4 * KIB), 1232L,
            "The longest answer that a name server is told to send by UDP (EDNS); a longer one is asked for by TCP.");
    private static final SettingType<Handling> PATH_PART = choice(Handling.class);
    public static final Setting<Handling> PATHS_DOT_SEGMENTS = Setting.of("paths.dot.segments", PATH_PART,
            PathRules.DEFAULT.dotSegments(),
            "What becomes of `.` and `..` in a path where no policy says otherwise: removed, kept, or answered with 400.");
    public static final Setting<Handling> PATHS_REPEATED_SLASHES = Setting.of("paths.repeated.slashes", PATH_PART,
            PathRules.DEFAULT.repeatedSlashes(), "The same for `//`: merged, kept, or answered with 400.");
    public static final Setting<Handling> PATHS_ESCAPES = Setting.of("paths.escapes",
            choice(List.of(Handling.NORMALIZE, Handling.KEEP)), PathRules.DEFAULT.escapes(),
            "The same for percent-encoded characters: those that need no escape are decoded, or all are kept.");
    public static final Setting<Handling> PATHS_ENCODED_SLASHES = Setting.of("paths.encoded.slashes", PATH_PART,
            PathRules.DEFAULT.encodedSlashes(), "The same for `%2F`: decoded, kept, or answered with 400.");
    public static final Setting<Handling> PATHS_BACKSLASHES = Setting.of("paths.backslashes", PATH_PART,
            PathRules.DEFAULT.backslashes(),
            "The same for a backslash and `%5C`: turned into a slash, kept, or answered with 400.");
    public static final Setting<Handling> PATHS_PARAMETERS = Setting.of("paths.parameters",
            choice(List.of(Handling.KEEP, Handling.REJECT)), PathRules.DEFAULT.parameters(),
            "The same for `;` in a path: kept, or answered with 400.");
    public static final Setting<Duration> REGISTRY_EMPTY_KEEP = Setting.of("registry.empty.keep", duration(Duration.ZERO),
            Duration.ofMinutes(10),
            "How long the last instances of a service stay in use when its registry lists none any more. 0s: an empty list is used at once.");

    public static final Setting<List<String>> PROXIES_TRUSTED = Setting.of("proxies.trusted",
            addressRanges(),
            List.of(), "Addresses of proxies whose X-Forwarded-* fields and X-Request-Id are accepted.");
    public static final Setting<Boolean> FORWARDED_HEADER = Setting.of("forwarded.header", bool(), false,
            "Whether requests to upstreams carry the Forwarded field (RFC 7239) besides X-Forwarded-*.");
    public static final Setting<String> ERROR_PAGE = Setting.of("error.page", path("a file"), "",
            "The page of all errors that the gateway and its filters answer; see [errors](errors.md). Empty: the built-in text.");

    public static final Setting<Duration> WARM_TIMEOUT = Setting.of("warm.timeout", duration(Duration.ZERO),
            Duration.ofSeconds(5),
            "How long a changed route waits for the first endpoints of its new upstreams; after that it goes live without endpoints.");
    public static final Setting<Duration> DRAIN_DELAY = Setting.of("drain.delay", duration(Duration.ZERO), Duration.ZERO,
            "While draining: how long new connections are still accepted after /readyz answers 503, so that load balancers notice. In Kubernetes: 5s to 15s.");
    public static final Setting<Duration> DRAIN_QUIET = Setting.of("drain.quiet", duration(Duration.ZERO), Duration.ofSeconds(1),
            "While draining: how long an idle connection stays open for a request that may be on its way.");
    public static final Setting<Duration> DRAIN_TIMEOUT = Setting.of("drain.timeout", duration(Duration.ZERO),
            Duration.ofSeconds(30),
            "While draining: how long requests in flight may take to finish.");

    public static final Setting<Boolean> ACCESS_LOG_ENABLED = Setting.of("access.log.enabled", bool(), false,
            "Whether requests are logged. A TrafficPolicy with accessLog: false excludes routes.");
    public static final Setting<String> ACCESS_LOG_PATH = Setting.of("access.log.path", path("a file"), "",
            "The file of the access log; reopened after it was renamed or deleted. Empty: standard output.");
    public static final Setting<AccessLogFormat> ACCESS_LOG_FORMAT = Setting.of("access.log.format",
            choice(AccessLogFormat.class),
            AccessLogFormat.JSON, "The format of the access log.");
    public static final Setting<Long> ACCESS_LOG_BUFFER = Setting.of("access.log.buffer", size(16 * KIB, 64 * MIB), MIB,
            "The buffer of each event loop for lines that are not written yet; when it is full, lines are dropped and counted.");
    public static final Setting<LogLevel> LOG_LEVEL = Setting.of("log.level", choice(LogLevel.class), LogLevel.INFO,
            "How much the program's own log tells, on standard error ([logging](logging.md)). Changes at run time with PUT /log-level, and on SIGHUP.");
    public static final Setting<LogFormat> LOG_FORMAT = Setting.of("log.format", choice(LogFormat.class), LogFormat.TEXT,
            "The form of a line of the program's own log. Changes on SIGHUP.");
    public static final Setting<Integer> METRICS_ROUTES = Setting.of("metrics.routes", integer(1, 10_000), 1000,
            "How many routes have metrics of their own, some 5 KiB each when they are read; later ones share the name other.");
    public static final Setting<Integer> METRICS_CLUSTERS = Setting.of("metrics.clusters", integer(1, 100_000), 1000,
            "How many upstreams have metrics of their own; later ones share the name other.");

    /// Those that SIGHUP makes take effect; all others need a start.
    public static final List<Setting<?>> RELOADED = List.of(ERROR_PAGE, LOG_LEVEL, LOG_FORMAT);

    /// In the order in which they are shown.
    public static final List<Setting<?>> ALL = List.of(CONFIG_FOLDER, CONFIG_SOURCES, CONFIG_TO, CONFIG_FOLDER_VANISH,
            CONFIG_FILE_BYTES, STATE_FOLDER, KUBERNETES_CONFIG, KUBERNETES_STATUSES, KUBERNETES_LEASE_NAMESPACE, PORTS_HTTP,
            GATEWAY_ADDRESS, GATEWAY_ADDRESSES, ADMIN_ADDRESS, ADMIN_HOSTS, HEALTH_ADDRESS, TRANSPORT, EVENT_LOOPS, MEMORY_DIRECT,
            MEMORY_DIRECT_SHED,
            LIMITS_FILES_RESERVE, LIMITS_CONNECTIONS, LIMITS_TARGET_BYTES, LIMITS_HEADER_BYTES, LIMITS_FIELD_BYTES,
            LIMITS_HEADER_COUNT, LIMITS_BODY_BYTES, LIMITS_HELD_BYTES, LIMITS_QUEUE_BYTES, LIMITS_UPSTREAM_CONNECTIONS,
            LIMITS_UPSTREAM_PENDING,
            TIMEOUTS_CLIENT_HEADER, TIMEOUTS_CLIENT_IDLE, TIMEOUTS_CONNECT, TIMEOUTS_UPSTREAM_IDLE, TIMEOUTS_REQUEST,
            TIMEOUTS_ATTEMPT, TIMEOUTS_SILENCE, CLIENT_HALF_CLOSE, TUNNEL_HALF_CLOSE_TIMEOUT, DNS_TIMEOUT, DNS_TTL_MIN,
            DNS_TTL_MAX, DNS_EDNS_BYTES, PATHS_DOT_SEGMENTS, PATHS_REPEATED_SLASHES, PATHS_ESCAPES, PATHS_ENCODED_SLASHES,
            PATHS_BACKSLASHES, PATHS_PARAMETERS, REGISTRY_EMPTY_KEEP, PROXIES_TRUSTED, FORWARDED_HEADER, ERROR_PAGE, WARM_TIMEOUT,
            DRAIN_DELAY, DRAIN_QUIET, DRAIN_TIMEOUT, ACCESS_LOG_ENABLED, ACCESS_LOG_PATH, ACCESS_LOG_FORMAT, ACCESS_LOG_BUFFER,
            LOG_LEVEL, LOG_FORMAT, METRICS_ROUTES, METRICS_CLUSTERS);

    private KnownSettings() {}

    /// How many connections to upstreams may be open: what is left of the files.
    public static int upstreamConnections(Settings settings) {
        return Math.max(1, OpenFiles.upstreams(OpenFiles.limit(), settings.value(LIMITS_FILES_RESERVE),
                settings.value(LIMITS_CONNECTIONS)));
    }

    /// No more than the JVM lets anybody have, in whole MiB.
    private static long directMemory(Setting.Machine machine) {
        long share = Math.clamp(machine.memory().getAsLong() / 4, 64 * MIB, 1024 * MIB);
        return Math.min(share, machine.directMemory().getAsLong()) / MIB * MIB;
    }

    public static Optional<Setting<?>> named(String name) {
        return ALL.stream().filter(setting -> setting.name().equals(name)).findFirst();
    }
}
