package io.jigress.app.settings;

import static io.jigress.app.settings.SettingType.address;
import static io.jigress.app.settings.SettingType.addressRanges;
import static io.jigress.app.settings.SettingType.bool;
import static io.jigress.app.settings.SettingType.choice;
import static io.jigress.app.settings.SettingType.dnsLabel;
import static io.jigress.app.settings.SettingType.dnsLabels;
import static io.jigress.app.settings.SettingType.duration;
import static io.jigress.app.settings.SettingType.hostPort;
import static io.jigress.app.settings.SettingType.integer;
import static io.jigress.app.settings.SettingType.ipAddress;
import static io.jigress.app.settings.SettingType.ipAddresses;
import static io.jigress.app.settings.SettingType.label;
import static io.jigress.app.settings.SettingType.labelSelector;
import static io.jigress.app.settings.SettingType.list;
import static io.jigress.app.settings.SettingType.origin;
import static io.jigress.app.settings.SettingType.path;
import static io.jigress.app.settings.SettingType.serviceName;
import static io.jigress.app.settings.SettingType.size;
import static io.jigress.app.settings.SettingType.sources;
import static io.jigress.app.settings.SettingType.webUrl;

import io.jigress.config.PathRules;
import io.jigress.config.PathRules.Handling;
import io.jigress.config.ProxyProtocolInput;
import io.jigress.proxy.exchange.UdpSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// All settings. A new setting is one constant here.
public final class KnownSettings {
    private static final long KIB = 1024;
    private static final long MIB = 1024 * KIB;
    private static final Duration MILLISECOND = Duration.ofMillis(1);

    /// Filled while this class is initialised and not changed afterwards.
    private static final List<Setting<?>> DECLARED = new ArrayList<>();

    public enum TlsEngine {
        AUTO, BORINGSSL, JDK
    }

    public enum Transport { AUTO, EPOLL, IO_URING, NIO }

    public enum HalfClose { ANSWER, CANCEL }

    public enum LogLevel { OFF, ERROR, WARN, INFO, DEBUG, TRACE }

    public enum AccessLogFormat { JSON, TEXT }

    public enum LogFormat { TEXT, JSON }

    public enum ServiceType {
        NONE(""), CLUSTERIP("ClusterIP"), NODEPORT("NodePort"), LOADBALANCER("LoadBalancer");

        private final String type;

        ServiceType(String type) {
            this.type = type;
        }

        /// The type in Kubernetes' notation; empty for none.
        public String type() {
            return type;
        }
    }

    public static final Setting<String> CONFIG_FOLDER = setting("config.folder", path("a folder"), "",
            "The folder of YAML files with the configuration; it is watched for changes.");
    public static final Setting<List<String>> CONFIG_SOURCES = setting("config.sources", sources(), List.of(),
            "Where resources come from; if two sources deliver the same object, the first wins; `config.folder` comes first.");
    public static final Setting<String> CONFIG_TO = setting("config.to", origin(), "",
            "Instead of a folder: the one upstream for all requests.");
    public static final Setting<Duration> CONFIG_FOLDER_VANISH = setting("config.folder.vanish", duration(Duration.ZERO),
            Duration.ofSeconds(1),
            "How long objects that are missing from a file rewritten in place stay in effect after its last change, since the "
                    + "file may be half written. This includes an emptied file, but not a file that is renamed into place.");
    public static final Setting<Long> CONFIG_FILE_BYTES = setting("config.file.bytes", size(KIB, 1L << 30), 16 * MIB,
            "The largest file of the folder that is read. A larger file is reported as a problem, and its last good version stays in effect.");
    public static final Setting<String> STATE_FOLDER = setting("state.folder", path("a folder"), "",
            "The folder for the last good configuration, from which a gateway starts when its source is missing or broken. Empty: not kept.");

    public static final Setting<String> KUBERNETES_CONFIG = setting("kubernetes.config", path("a kubeconfig file"), "",
            "How clusters are reached. Empty: the files that KUBECONFIG names, `~/.kube/config`, or the service account of the pod.");
    public static final Setting<Boolean> KUBERNETES_STATUSES = setting("kubernetes.statuses", bool(), true,
            "Whether statuses are written to the objects of clusters, by one gateway of all that share the Lease `jigress-status-writer`.");
    public static final Setting<String> KUBERNETES_LEASE_NAMESPACE = setting("kubernetes.lease.namespace", dnsLabel(), "",
            "Where that Lease is. Empty: the namespace of the pod, else that of the kubeconfig's context.");
    public static final Setting<List<String>> KUBERNETES_NAMESPACES = setting("kubernetes.namespaces",
            dnsLabels(), List.of(),
            "The namespaces of clusters whose objects are read. Empty: all. Permissions in these namespaces are then sufficient, except for classes.");
    public static final Setting<String> KUBERNETES_LABELS = setting("kubernetes.labels", labelSelector(), "",
            "The labels that Gateways, routes, Ingresses and objects of `jigress.io` must have to be read from clusters. Empty: any.");

    public static final Setting<String> KUBERNETES_CLUSTER_SECRETS = setting("kubernetes.cluster.secrets", labelSelector(), "",
            "The labels of Secrets that hold a kubeconfig each: such a Secret adds a cluster while the gateway runs ([clusters from Secrets](kubernetes.md#clusters-from-secrets)). Empty: none.");
    public static final Setting<String> KUBERNETES_CLUSTER_NAMESPACE = setting("kubernetes.cluster.namespace", dnsLabel(), "",
            "The namespace of these Secrets. Empty: the namespace of the pod, else that of the kubeconfig's context.");
    public static final Setting<List<String>> KUBERNETES_JOINED = setting("kubernetes.services.joined",
            list("Services as NAMESPACE/NAME, NAMESPACE/* or *", text -> text.matches("\\*|[a-z0-9-]+/(\\*|[a-z0-9-]+)")),
            List.of(),
            "The Services whose endpoints are one set over all clusters that have a Service of the same namespace and name.");
    public static final Setting<Boolean> KUBERNETES_OWN_FIRST = setting("kubernetes.services.own.first", bool(), true,
            "Whether endpoints of other clusters get requests only while the cluster of the route has none that is ready.");
    public static final Setting<ServiceType> KUBERNETES_GATEWAY_SERVICES = setting("kubernetes.gateway.services",
            choice(ServiceType.class), ServiceType.NONE,
            "The type of the Service that each Gateway of a cluster gets ([a Service per Gateway](kubernetes.md#a-service-per-gateway)). none: they get none.");
    public static final Setting<String> KUBERNETES_GATEWAY_PODS = setting("kubernetes.gateway.pods", serviceName(), "",
            "The Service, as NAMESPACE/NAME, whose endpoints are the pods of this gateway: the endpoints of these Services. Empty: only Gateways with addresses of their own get endpoints.");
    public static final Setting<Integer> KUBERNETES_GATEWAY_PORTS = setting("kubernetes.gateway.ports", integer(1024, 55_536),
            20_000,
            "The first of the 10,000 ports in the pods that these Services lead to.");
    public static final Setting<String> NACOS_CREDENTIALS = setting("nacos.credentials", path("a file"), "",
            "The login to Nacos servers that hold configuration: a file with the lines `username=` and `password=`, or `accessKey=` and `secretKey=`. "
                    + "Empty: none.");
    public static final Setting<String> NACOS_SECRETS_KEYS = setting("nacos.secrets.keys",
            path("a file, or env: and the name of a variable of the environment"), "",
            "The keys that [encrypt Secrets](nacos.md#encrypted-secrets) in Nacos: lines `NAME=KEY`, separated by commas in a variable. Empty: Secrets are not encrypted.");
    public static final Setting<String> NACOS_HIGRESS_KEY = setting("nacos.higress.key", path("a file"), "",
            "The data key of a Higress whose configuration in Nacos is [read](nacos.md#the-layout-of-higress), of 16, 24 or 32 bytes. Empty: none.");
    public static final Setting<String> NACOS_TLS_CA = setting("nacos.tls.ca", path("a file"), "",
            "The certificates, in PEM form, that Nacos servers of sources with `tls=true` are verified by. Empty: those that Java trusts.");
    public static final Setting<String> NACOS_TLS_CERTIFICATE = setting("nacos.tls.certificate", path("a file"), "",
            "The certificate chain, in PEM form, that is presented to these servers. Empty: none.");
    public static final Setting<String> NACOS_TLS_KEY = setting("nacos.tls.key", path("a file"), "",
            "The private key of that certificate, in PEM form (PKCS#8).");

    public static final Setting<String> GATEWAY_ZONE = setting("gateway.zone", label(), "",
            "The zone that this gateway runs in: a TrafficPolicy with preferZone prefers endpoints of the same zone. Empty: none is preferred.");
    public static final Setting<String> HIGRESS_NAMESPACE = setting("higress.namespace", dnsLabel(), "higress-system",
            "Where Higress's McpBridge `default` is, and Http2Rpc objects that no Ingress has beside it.");

    public static final Setting<Integer> PORTS_HTTP = setting("ports.http", integer(1, 65_535), 8080,
            "The port for Ingresses, and for all requests with `--to`.");
    public static final Setting<Integer> PORTS_HTTPS = setting("ports.https", integer(1, 65_535), 8443,
            "The port for Ingresses with `tls`.");
    public static final Setting<ProxyProtocolInput> PORTS_PROXY_PROTOCOL = setting("ports.proxy.protocol",
            choice(ProxyProtocolInput.class), ProxyProtocolInput.OFF,
            "Whether connections to the ports for Ingresses begin with a header of the [PROXY protocol](proxy-protocol.md). optional: those from `proxies.trusted` may. required: connections without one are closed. A TrafficPolicy sets it for the listeners of a Gateway.");
    public static final Setting<String> GATEWAY_ADDRESS = setting("gateway.address", ipAddress(), "",
            "The address for Ingresses, and for Gateways without an address of their own. Empty: all addresses.");
    public static final Setting<List<String>> GATEWAY_ADDRESSES = setting("gateway.addresses", ipAddresses(), List.of(),
            "A pool of addresses: each Gateway without an address of its own gets one, the older first, and keeps it; the rest share `gateway.address`.");
    public static final Setting<ListenAddress> ADMIN_ADDRESS = setting("admin.address", address(),
            new ListenAddress("127.0.0.1", 8001),
            "Where the admin port listens: configuration, explain, health, metrics.");
    public static final Setting<List<String>> ADMIN_HOSTS = setting("admin.hosts", list("host names", _ -> true), List.of(),
            "Host names that the admin port accepts in the Host field, besides localhost and IP addresses.");
    public static final Setting<ListenAddress> HEALTH_ADDRESS = setting("health.address", address(), ListenAddress.OFF,
            "Where /healthz, /readyz and /metrics are served read-only as well, for probes and scrapers.");
    public static final Setting<ListenAddress> WEBHOOK_ADDRESS = setting("webhook.address", address(), ListenAddress.OFF,
            "Where API servers send objects for validation, over HTTPS, before they store them ([validating webhook](kubernetes.md#validating-webhook)).");
    public static final Setting<String> WEBHOOK_CERTIFICATE = setting("webhook.certificate", path("a file"), "",
            "The certificate chain of the webhook, in PEM form. Read again when the file changes.");
    public static final Setting<String> WEBHOOK_KEY = setting("webhook.key", path("a file"), "",
            "The private key of that certificate, in PEM form.");

    public static final Setting<Transport> TRANSPORT = setting("transport", choice(Transport.class), Transport.AUTO,
            "The I/O interface of the operating system. auto is epoll on Linux and nio elsewhere. The log and `jigress_build_info` show which one is used.");
    public static final Setting<TlsEngine> TLS_ENGINE = setting("tls.engine", choice(TlsEngine.class), TlsEngine.AUTO,
            "What does the cryptography of TLS. auto is BoringSSL where its library can be loaded (Linux on x86-64 and ARM64), else the JDK. "
                    + "The log names them.");
    public static final Setting<Integer> EVENT_LOOPS = setting("event.loops", integer(1, 1024), Setting.Machine::processors,
            "the processors that the process may use", "The number of threads that carry traffic.");

    public static final Setting<Long> MEMORY_DIRECT = setting("memory.direct", size(32 * MIB, 1L << 40),
            KnownSettings::directMemory, "a quarter of the memory that the process may use, from 64MiB to 1GiB",
            "The limit of the memory outside the heap, which holds the bytes of requests and responses. When it gets short, less is queued for slow peers ([the JVM](jvm.md)); when it is used up, requests are answered with 503 or their connections closed.");
    public static final Setting<Integer> MEMORY_DIRECT_SHED = setting("memory.direct.shed", integer(50, 100), 85,
            "The percentage of memory.direct above which the connections that hold most of it are closed, so that the others can go on.");

    public static final Setting<Integer> LIMITS_FILES_RESERVE = setting("limits.files.reserve", integer(1, 1_000_000),
            _ -> OpenFiles.reserve(OpenFiles.limit()), "256, at most a third of the files that the process may open",
            "How many of the files that the process may open are reserved for other uses than connections of clients and to upstreams: listening sockets, event loops, logs, configuration, name servers, the admin port. Raise it for many listeners or many event loops.");
    public static final Setting<Integer> LIMITS_CONNECTIONS = setting("limits.connections", integer(1, 10_000_000),
            _ -> OpenFiles.clients(OpenFiles.limit(), OpenFiles.reserve(OpenFiles.limit())),
            "half of the files that the process may open beyond limits.files.reserve",
            "How many connections of clients may be open; one more is closed at once and counted. The remaining files are for connections to upstreams; a request that would need one more is answered with 503.");
    public static final Setting<Long> LIMITS_TARGET_BYTES = setting("limits.target.bytes", size(64, MIB), 8 * KIB,
            "The longest request target; a longer one is answered with 414.");
    public static final Setting<Long> LIMITS_HEADER_BYTES = setting("limits.header.bytes", size(KIB, MIB), 64 * KIB,
            "The largest head of a request or response, all header fields together; a larger one is answered with 431.");
    public static final Setting<Long> LIMITS_FIELD_BYTES = setting("limits.field.bytes", size(64, MIB), 16 * KIB,
            "The longest single header field; a longer one is answered with 431.");
    public static final Setting<Integer> LIMITS_HEADER_COUNT = setting("limits.header.count", integer(1, 10_000), 100,
            "The most header fields; more are answered with 431.");

    public static final Setting<Long> LIMITS_PROXY_PROTOCOL_BYTES = setting("limits.proxy.protocol.bytes", size(64, 64 * KIB),
            4 * KIB,
            "The longest header of the PROXY protocol, version 2; the connection of a longer one is closed ([PROXY protocol](proxy-protocol.md)).");
    public static final Setting<Long> LIMITS_CLIENT_HELLO_BYTES = setting("limits.client.hello.bytes", size(KIB, 64 * KIB),
            16 * KIB,
            "The longest first message of a TLS handshake (ClientHello); the connection of a longer one is closed.");
    public static final Setting<Integer> LIMITS_HANDSHAKES = setting("limits.handshakes", integer(1, 1_000_000), 10_000,
            "How many TLS handshakes with clients may be in progress; the connection of one more is closed and counted.");

    public static final Setting<Integer> LIMITS_UDP_SESSIONS = setting("limits.udp.sessions", integer(1, 1_000_000), 10_000,
            "How many UDP sessions there may be; each event loop has an equal share of them. For one more, the session ends that carried nothing for the longest time, first of those whose client has sent nothing after an answer. Each has a socket to its endpoint, from the files for connections to upstreams.");
    public static final Setting<Long> LIMITS_UDP_DATAGRAM_BYTES = setting("limits.udp.datagram.bytes",
            size(64, UdpSettings.LONGEST),
            (long) UdpSettings.LONGEST,
            "The longest UDP datagram that is passed on; a longer one is dropped and counted. With 1500, the buffers of an event loop take 96 KiB instead of 2 MiB.");

    public static final Setting<Long> LIMITS_BODY_BYTES = setting("limits.body.bytes", size(0, 1L << 40), 0L,
            "The longest request body, unless a route has another limit; a longer one is answered with 413. 0: no limit.");
    public static final Setting<Long> LIMITS_HELD_BYTES = setting("limits.held.bytes", size(0, 64 * MIB), MIB,
            "How many bytes of one body a filter may hold back.");

    public static final Setting<Long> LIMITS_QUEUE_BYTES = setting("limits.queue.bytes", size(16 * KIB, 64 * MIB), 256 * KIB,
            "How many bytes are queued for a client that reads more slowly than the upstream sends, before the upstream is paused. At most a 1024th of memory.direct, and less when that gets short, but at least 16KiB.");
    public static final Setting<Integer> LIMITS_UPSTREAM_CONNECTIONS = setting("limits.upstream.connections",
            integer(1, 1_000_000), 4096, "The most connections to one endpoint, unless a policy has another limit.");
    public static final Setting<Integer> LIMITS_UPSTREAM_PENDING = setting("limits.upstream.pending", integer(0, 1_000_000),
            4096,
            "How many requests may wait for a connection to one upstream, unless a policy has another limit; one more is answered with 503.");

    public static final Setting<Integer> LIMITS_FILTER_CALLS = setting("limits.filter.calls", integer(1, 1_000_000), 4096,
            "How many calls to upstreams one filter may have in flight on one event loop; one more fails at once.");
    public static final Setting<Integer> LIMITS_BLOCKING_TASKS = setting("limits.blocking.tasks", integer(1, 1_000_000), 4096,
            "How many tasks of filters that block may run at once, each on a virtual thread; one more is refused.");
    public static final Setting<Integer> LIMITS_MIRRORED_REQUESTS = setting("limits.mirrored.requests", integer(0, 1_000_000),
            4096, "How many mirrored requests (copies for other backends) may be in flight; one more is not copied.");

    public static final Setting<Duration> TIMEOUTS_CLIENT_HEADER = setting("timeouts.client.header", duration(MILLISECOND),
            Duration.ofSeconds(10),
            "How long a client may take to send a request's head, from its first byte on.");
    public static final Setting<Duration> TIMEOUTS_CLIENT_HANDSHAKE = setting("timeouts.client.handshake", duration(MILLISECOND),
            Duration.ofSeconds(10), "How long a client's TLS handshake may take, from its first byte on.");
    public static final Setting<Duration> TIMEOUTS_CLIENT_IDLE = setting("timeouts.client.idle", duration(MILLISECOND),
            Duration.ofSeconds(75),
            "How long a client's connection may stay idle: before its first request and between requests.");
    public static final Setting<Duration> TIMEOUTS_CONNECT = setting("timeouts.connect", duration(MILLISECOND),
            Duration.ofSeconds(5),
            "How long a connection to an endpoint may take to be established, unless a policy sets it.");
    public static final Setting<Duration> TIMEOUTS_UPSTREAM_IDLE = setting("timeouts.upstream.idle", duration(MILLISECOND),
            Duration.ofSeconds(4),
            "How long an idle connection to an endpoint is kept, unless a policy sets it; choose less than the upstream's own timeout.");
    public static final Setting<Duration> TIMEOUTS_REQUEST = setting("timeouts.request", duration(Duration.ZERO),
            Duration.ZERO,
            "How long a whole request may take, unless a route sets it. 0s: no limit.");
    public static final Setting<Duration> TIMEOUTS_ATTEMPT = setting("timeouts.attempt", duration(Duration.ZERO),
            Duration.ofSeconds(60),
            "How long an upstream may take to send the response head, unless a route sets it. 0s: no limit.");
    public static final Setting<Duration> TIMEOUTS_SILENCE = setting("timeouts.silence", duration(Duration.ZERO),
            Duration.ofSeconds(60),
            "How long an exchange may pass without a byte from or to the peer that the gateway waits for, unless a route sets it. 0s: no limit.");

    public static final Setting<Duration> TIMEOUTS_UDP_IDLE = setting("timeouts.udp.idle", duration(MILLISECOND),
            Duration.ofSeconds(30),
            "How long a UDP session may be without datagrams in both directions before it ends, unless a route sets it.");

    public static final Setting<Boolean> HTTP2_ENABLED = setting("http2.enabled", bool(), true,
            "Whether clients may use HTTP/2 ([HTTP/2](http2.md)): by ALPN with TLS, with prior knowledge without TLS.");
    public static final Setting<Integer> HTTP2_STREAMS = setting("http2.streams", integer(1, 1_000_000), 128,
            "How many requests a client may have open at once on one HTTP/2 connection; one more is refused (REFUSED_STREAM), and clients try it again.");
    public static final Setting<Long> HTTP2_WINDOW_STREAM = setting("http2.window.stream", size(64 * KIB, 64 * MIB), 256 * KIB,
            "How many bytes of the body of one HTTP/2 request may arrive before the upstream has taken them.");
    public static final Setting<Long> HTTP2_WINDOW_CONNECTION = setting("http2.window.connection", size(64 * KIB, 1024 * MIB),
            4 * MIB,
            "How many bytes of the bodies of all requests of one HTTP/2 connection may arrive before upstreams have taken them.");
    public static final Setting<Duration> HTTP2_CONNECTION_AGE = setting("http2.connection.age", duration(Duration.ZERO),
            Duration.ofHours(1),
            "After which time an HTTP/2 client is told to use a new connection (GOAWAY); requests in flight finish. 0s: never.");
    public static final Setting<Integer> HTTP2_CONNECTION_REQUESTS = setting("http2.connection.requests",
            integer(0, Integer.MAX_VALUE), 0,
            "After how many requests an HTTP/2 client is told to use a new connection. 0: never.");
    public static final Setting<Integer> HTTP2_CONTINUATIONS = setting("http2.continuations", integer(1, 10_000), 10,
            "The most frames of one header block; a client that sends more loses its connection.");
    public static final Setting<Integer> HTTP2_RESETS = setting("http2.resets", integer(1, 1_000_000), 200,
            "How many streams per second a client may end by RST_STREAM; one that the gateway resets for a fault of the client counts as 20. With more, the connection is closed (ENHANCE_YOUR_CALM).");
    public static final Setting<Integer> HTTP2_SETTINGS = setting("http2.settings", integer(1, 1_000_000), 20,
            "How many SETTINGS frames per second a client may send on an HTTP/2 connection; with more, it is closed.");
    public static final Setting<Integer> HTTP2_PINGS = setting("http2.pings", integer(1, 1_000_000), 10_000,
            "How many PING frames per second a client may send on an HTTP/2 connection; with more, it is closed.");
    public static final Setting<Integer> HTTP2_PRIORITIES = setting("http2.priorities", integer(1, 1_000_000), 1000,
            "How many PRIORITY and PRIORITY_UPDATE frames per second a client may send on an HTTP/2 connection; with more, it is closed.");
    public static final Setting<Integer> HTTP2_EMPTY_FRAMES = setting("http2.empty.frames", integer(1, 1_000_000), 100,
            "How many frames per second that have no payload and end no stream, or are of unknown types, a client may send on an HTTP/2 connection; with more, it is closed.");
    public static final Setting<Integer> HTTP2_WINDOW_UPDATES = setting("http2.window.updates", integer(1, 1_000_000), 1000,
            "How many WINDOW_UPDATE frames per second, beyond two for each DATA frame that it was sent, a client may send on an HTTP/2 connection; with more, it is closed.");

    public static final Setting<HalfClose> CLIENT_HALF_CLOSE = setting("client.half.close", choice(HalfClose.class),
            HalfClose.ANSWER,
            "What a FIN of a client that waits for a response means. answer: the client has only ended its sending direction and gets the response. cancel: the client has left, and the request is cancelled.");
    public static final Setting<Duration> TUNNEL_HALF_CLOSE_TIMEOUT = setting("tunnel.half.close.timeout",
            duration(MILLISECOND), Duration.ofMinutes(1),
            "How long a tunnel (an upgraded connection) may be without traffic before it is closed when one side has ended its sending direction.");
    public static final Setting<Duration> TUNNEL_IDLE_TIMEOUT = setting("tunnel.idle.timeout", duration(Duration.ZERO),
            Duration.ofHours(1), "How long a tunnel may be without traffic before it is closed. 0s: no limit.");
    public static final Setting<Duration> TUNNEL_DRAIN_TIMEOUT = setting("tunnel.drain.timeout", duration(Duration.ZERO),
            Duration.ZERO,
            "When a listener drains, each of its tunnels is closed at a random moment within this time, so that their clients do not all connect again at once. 0s: they stay open until the process ends.");

    public static final Setting<Duration> DNS_TIMEOUT = setting("dns.timeout", duration(MILLISECOND), Duration.ofSeconds(5),
            "How long a name server may take to answer.");
    public static final Setting<Duration> DNS_TTL_MIN = setting("dns.ttl.min", duration(MILLISECOND), Duration.ofSeconds(1),
            "The shortest time after which the DNS name of an upstream is resolved again, however short its TTL.");
    public static final Setting<Duration> DNS_TTL_MAX = setting("dns.ttl.max", duration(MILLISECOND), Duration.ofMinutes(5),
            "The longest time after which the DNS name of an upstream is resolved again, however long its TTL.");

    public static final Setting<Long> DNS_EDNS_BYTES = setting("dns.edns.bytes", size(512, 4 * KIB), 1232L,
            "The longest response that name servers are told to send by UDP (EDNS); a longer one is requested by TCP.");
    private static final SettingType<Handling> PATH_PART = choice(Handling.class);
    public static final Setting<Handling> PATHS_DOT_SEGMENTS = setting("paths.dot.segments", PATH_PART,
            PathRules.DEFAULT.dotSegments(),
            "How `.` and `..` in a path are handled, unless a policy sets it: removed, kept, or answered with 400.");
    public static final Setting<Handling> PATHS_REPEATED_SLASHES = setting("paths.repeated.slashes", PATH_PART,
            PathRules.DEFAULT.repeatedSlashes(),
            "How `//` in a path is handled, unless a policy sets it: merged, kept, or answered with 400.");
    public static final Setting<Handling> PATHS_ESCAPES = setting("paths.escapes",
            choice(List.of(Handling.NORMALIZE, Handling.KEEP)), PathRules.DEFAULT.escapes(),
            "How percent-encoded characters in a path are handled, unless a policy sets it: those that need no escape are decoded, or all are kept.");
    public static final Setting<Handling> PATHS_ENCODED_SLASHES = setting("paths.encoded.slashes", PATH_PART,
            PathRules.DEFAULT.encodedSlashes(),
            "How `%2F` in a path is handled, unless a policy sets it: decoded, kept, or answered with 400.");
    public static final Setting<Handling> PATHS_BACKSLASHES = setting("paths.backslashes", PATH_PART,
            PathRules.DEFAULT.backslashes(),
            "How a backslash and `%5C` in a path are handled, unless a policy sets it: turned into a slash, kept, or answered with 400.");
    public static final Setting<Handling> PATHS_PARAMETERS = setting("paths.parameters",
            choice(List.of(Handling.KEEP, Handling.REJECT)), PathRules.DEFAULT.parameters(),
            "How `;` in a path is handled, unless a policy sets it: kept, or answered with 400.");
    public static final Setting<Duration> REGISTRY_EMPTY_KEEP = setting("registry.empty.keep", duration(Duration.ZERO),
            Duration.ofMinutes(10),
            "How long the last instances of a service stay in use when its registry returns an empty list. 0s: an empty list is used at once.");

    public static final Setting<List<String>> PROXIES_TRUSTED = setting("proxies.trusted",
            addressRanges(),
            List.of(),
            "Addresses of proxies whose X-Forwarded-* fields, X-Request-Id and headers of the PROXY protocol are accepted.");
    public static final Setting<Boolean> FORWARDED_HEADER = setting("forwarded.header", bool(), false,
            "Whether requests to upstreams carry the Forwarded field (RFC 7239) besides X-Forwarded-*.");
    public static final Setting<String> ERROR_PAGE = setting("error.page", path("a file"), "",
            "The file with the page for all errors that the gateway and its filters answer; see [errors](errors.md). Empty: the built-in text.");

    public static final Setting<Duration> WARM_TIMEOUT = setting("warm.timeout", duration(Duration.ZERO),
            Duration.ofSeconds(5),
            "How long a changed route waits for the first endpoints of its new upstreams; after that it goes live without endpoints.");
    public static final Setting<Long> RETRY_BUFFER = setting("retry.buffer", size(0, 64 * MIB), 64 * KIB,
            "The longest request body that is kept for a retry; a request with a longer one is sent once.");
    public static final Setting<Long> RETRY_BUFFER_TOTAL = setting("retry.buffer.total", size(0, 1L << 40), 16 * MIB,
            "How many bytes of request bodies are kept for retries, in all requests together; beyond that, requests are sent once.");
    public static final Setting<Duration> DRAIN_DELAY = setting("drain.delay", duration(Duration.ZERO), Duration.ZERO,
            "While draining: how long new connections are still accepted after /readyz answers 503, so that load balancers notice. In Kubernetes: 5s to 15s.");
    public static final Setting<Duration> DRAIN_QUIET = setting("drain.quiet", duration(Duration.ZERO), Duration.ofSeconds(1),
            "While draining: how long an idle connection stays open for a request that may be on its way.");
    public static final Setting<Duration> DRAIN_TIMEOUT = setting("drain.timeout", duration(Duration.ZERO),
            Duration.ofSeconds(30),
            "While draining: how long requests in flight may take to finish.");

    public static final Setting<Boolean> ACCESS_LOG_ENABLED = setting("access.log.enabled", bool(), false,
            "Whether requests are logged. A TrafficPolicy with accessLog: false excludes routes.");
    public static final Setting<String> ACCESS_LOG_PATH = setting("access.log.path", path("a file"), "",
            "The file of the access log; reopened after it was renamed or deleted. Empty: standard output.");
    public static final Setting<AccessLogFormat> ACCESS_LOG_FORMAT = setting("access.log.format",
            choice(AccessLogFormat.class),
            AccessLogFormat.JSON, "The format of the access log.");
    public static final Setting<Long> ACCESS_LOG_BUFFER = setting("access.log.buffer", size(16 * KIB, 64 * MIB), MIB,
            "The buffer of each event loop for lines that are not written yet; when it is full, lines are dropped and counted.");
    public static final Setting<Long> PLUGINS_WASM_CACHE_BYTES = setting("plugins.wasm.cache.bytes", size(MIB, 1L << 40),
            512 * MIB,
            "How much compiled code of Wasm plugins is kept in the folder `wasm` of `state.folder`, so that a plugin that was loaded before is not compiled again. The code that was not used for the longest time goes first.");
    public static final Setting<Long> PLUGINS_WASM_COMPILER_MEMORY = setting("plugins.wasm.compiler.memory",
            size(64 * MIB, 1L << 40),
            1024 * MIB,
            "How much heap the process may have that compiles a large module of a Wasm plugin. A module that needs more is not loaded.");
    public static final Setting<String> PLUGINS_MAVEN_REPOSITORY = setting("plugins.maven.repository", webUrl(), "",
            "The Maven repository from which [plugins in Java](plugins-java.md) are fetched whose `url` is a Maven coordinate. Empty: such plugins are refused.");
    public static final Setting<List<String>> PLUGINS_INDEXES = setting("plugins.indexes",
            list("folders, files or URLs (file, http, https, oci), maybe with #sha256= and a checksum", SettingType::isIndex),
            List.of(),
            "The [indexes of plugins](market.md) that `jigress plugin` and the admin port show besides the built-in filters.");
    public static final Setting<String> PLUGINS_REGISTRY_CONFIG = setting("plugins.registry.config", path("a file"), "",
            "The file with the logins to registries of [indexes](market.md#indexes-in-registries), as `docker login` writes it, or as a Secret of type kubernetes.io/dockerconfigjson has it. It is read each time. Empty: none.");
    public static final Setting<String> WAF_CRS = setting("waf.crs", path("a folder"), "",
            "The folder of the OWASP Core Rule Set, for the filter [waf](filters/waf.md). Empty: none.");
    public static final Setting<String> WAF_AUDIT_LOG = setting("waf.audit.log", path("a file"), "",
            "The file to which the filter waf writes what its rules matched, as JSON lines; it may be renamed at any time. Empty: not written.");
    public static final Setting<ListenAddress> SENTINEL_COMMAND_ADDRESS = setting("sentinel.command.address", address(),
            ListenAddress.OFF,
            "Where the commands of Sentinel's dashboard are answered ([dashboard](sentinel-nacos.md#the-dashboard)). Rules can be changed there.");
    public static final Setting<String> SENTINEL_COMMAND_TOKEN_FILE = setting("sentinel.command.token.file", path("a file"), "",
            "The file with the token that commands must contain, as Authorization: Bearer or as the parameter token. Empty: no token is required; only for a loopback address.");
    public static final Setting<List<String>> SENTINEL_DASHBOARDS = setting("sentinel.dashboards", list("host:port", _ -> true),
            List.of(),
            "Dashboards of Sentinel that are sent a heartbeat every 10 seconds; the first that takes it.");
    public static final Setting<String> SENTINEL_APP = setting("sentinel.app", dnsLabel(), "jigress",
            "The name of the application that a dashboard of Sentinel shows, and the namespace of this gateway at token servers.");
    public static final Setting<String> SENTINEL_CLUSTER_SERVER = setting("sentinel.cluster.server", hostPort(), "",
            "The token server of Sentinel that decides on cluster rules ([cluster flow control](filters/sentinel.md#cluster-flow-control)). Empty: none.");
    public static final Setting<Duration> SENTINEL_CLUSTER_TIMEOUT = setting("sentinel.cluster.timeout",
            duration(Duration.ofMillis(1)),
            Duration.ofMillis(20),
            "How long a request waits for the token server; after it the rule is applied to this gateway alone.");
    public static final Setting<ListenAddress> SENTINEL_CLUSTER_ADDRESS = setting("sentinel.cluster.address", address(),
            ListenAddress.OFF,
            "Where the embedded token server listens for other gateways and for applications with Sentinel. Its protocol has no authentication.");
    public static final Setting<LogLevel> LOG_LEVEL = setting("log.level", choice(LogLevel.class), LogLevel.INFO,
            "The level of the program's own log, which is written to standard error ([logging](logging.md)). Changes at run time with PUT /log-level, and on SIGHUP.");
    public static final Setting<LogFormat> LOG_FORMAT = setting("log.format", choice(LogFormat.class), LogFormat.TEXT,
            "The format of the program's own log. Changes on SIGHUP.");
    public static final Setting<Integer> METRICS_ROUTES = setting("metrics.routes", integer(1, 10_000), 1000,
            "How many routes have metrics of their own, each of which takes some 5 KiB in a scrape; later routes share the name other.");
    public static final Setting<Integer> METRICS_CLUSTERS = setting("metrics.clusters", integer(1, 100_000), 1000,
            "How many upstreams have metrics of their own; later ones share the name other.");

    /// Settings that take effect on SIGHUP; all others need a restart.
    public static final List<Setting<?>> RELOADED = List.of(ERROR_PAGE, LOG_LEVEL, LOG_FORMAT);

    /// In the order of declaration, in which they are also shown.
    public static final List<Setting<?>> ALL = List.copyOf(DECLARED);

    private KnownSettings() {}

    private static <T> Setting<T> setting(String name, SettingType<T> type, T fallback, String doc) {
        return setting(name, type, _ -> fallback, "", doc);
    }

    private static <T> Setting<T> setting(String name, SettingType<T> type, Function<Setting.Machine, T> fallback,
            String fallbackText, String doc) {
        Setting<T> setting = new Setting<>(name, type, fallback, fallbackText, doc);
        DECLARED.add(setting);
        return setting;
    }

    /// The limit of connections to upstreams: the remaining files.
    public static int upstreamConnections(Settings settings) {
        return Math.max(1, OpenFiles.upstreams(OpenFiles.limit(), settings.value(LIMITS_FILES_RESERVE),
                settings.value(LIMITS_CONNECTIONS)));
    }

    /// At most what the JVM allows, in whole MiB.
    private static long directMemory(Setting.Machine machine) {
        long share = Math.clamp(machine.memory().getAsLong() / 4, 64 * MIB, 1024 * MIB);
        return Math.min(share, machine.directMemory().getAsLong()) / MIB * MIB;
    }

    public static Optional<Setting<?>> named(String name) {
        return ALL.stream().filter(setting -> setting.name().equals(name)).findFirst();
    }
}
