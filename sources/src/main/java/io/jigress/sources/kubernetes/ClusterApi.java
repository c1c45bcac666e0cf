package io.jigress.sources.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.NamedContext;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.File;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Requests and watches to the API server by the client library, which handles kubeconfigs, credentials and TLS. The library's object models
/// are not used: responses are kept as bytes. For several threads; calls block.
final class ClusterApi implements AutoCloseable {
    private static final int CONNECT_MILLIS = 5000;
    /// Of requests that have no time of their own.
    private static final int REQUEST_MILLIS = 60_000;

    private final Config config;
    /// The time without a byte after which the API server is asked whether it still answers.
    private final Duration quiet;
    private final String base;
    private final String namespace;
    private final ReentrantLock probing = new ReentrantLock();
    private volatile Connections connections;
    private volatile boolean closed;

    /// A request got no response in time.
    static final class Unanswered extends IOException {
        Unanswered(Duration time) {
            super("it did not answer within " + time.toSeconds() + " s");
        }
    }

    /// The client library's connections, and when something was last received by them.
    static final class Connections {
        private final KubernetesClient client;
        private final HttpClient http;
        private volatile long heardNanos = System.nanoTime();

        Connections(Config config) {
            client = new KubernetesClientBuilder().withConfig(config).build();
            http = client.getHttpClient();
        }

        void heard() {
            heardNanos = System.nanoTime();
        }

        boolean isQuiet(Duration time) {
            return System.nanoTime() - heardNanos > time.toNanos();
        }
    }

    /// @param body empty when there was none
    record Reply(int code, byte[] body) {
        boolean isSuccess() { return code >= 200 && code < 300; }
    }

    private ClusterApi(Config config, Duration quiet) {
        this.config = config;
        this.quiet = quiet;
        connections = new Connections(config);
        String url = config.getMasterUrl();
        base = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        namespace = Optional.ofNullable(config.getNamespace()).orElse("default");
    }

    /// Finds the cluster and the credentials, without network access.
    ///
    /// @param quiet see [KubernetesSettings#quiet]
    /// @throws IllegalArgumentException when they cannot be found; the message names what was looked for
    static ClusterApi of(@Nullable Path kubeconfig, String context, Duration quiet) {
        Config found = find(kubeconfig, context);
        if (!context.isEmpty()) {
            List<String> known = Optional.ofNullable(found.getContexts()).orElse(List.of()).stream().map(NamedContext::getName)
                    .sorted()
                    .toList();
            if (!known.contains(context)) {
                throw new IllegalArgumentException("the kubeconfig has no context \"" + context + "\" (expected: "
                        + (known.isEmpty() ? "a kubeconfig with contexts" : "one of " + String.join(", ", known)) + ")");
            }
        } else if (found.getCurrentContext() == null && found.getAutoOAuthToken() == null) {
            throw new IllegalArgumentException("there is no cluster to read: neither a kubeconfig with a current context nor the "
                    + "service account of a pod (expected: one of the two, or kubernetes:CONTEXT)");
        }
        return new ClusterApi(limited(found), quiet);
    }

    /// Reads neither files nor the environment.
    ///
    /// @throws IllegalArgumentException when the credentials or certificates cannot be used; the message does not show them
    static ClusterApi of(Kubeconfig kubeconfig, Duration quiet) {
        Kubeconfig.Credentials credentials = kubeconfig.credentials();
        ConfigBuilder builder = new ConfigBuilder(Config.empty()).withMasterUrl(kubeconfig.server())
                .withTrustCerts(kubeconfig.unverified()).withNamespace(orNull(kubeconfig.namespace()))
                .withCaCertData(orNull(kubeconfig.certificates())).withOauthToken(orNull(credentials.token()))
                .withUsername(orNull(credentials.username())).withPassword(orNull(credentials.password()));
        try {
            if (!credentials.certificate().isEmpty()) {
                builder.withClientCertData(credentials.certificate()).withClientKeyData(credentials.key());
                String algorithm = Config.getKeyAlgorithm(null, credentials.key());
                if (algorithm != null) {
                    builder.withClientKeyAlgo(algorithm);
                }
            }
            return new ClusterApi(limited(builder.build()), quiet);
        } catch (KubernetesClientException | IllegalArgumentException _) {
            throw new IllegalArgumentException("has a certificate or key that cannot be read (expected: PEM, in base64)");
        }
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }

    /// Changes the given object. Not by a builder: a copy of a configuration that was found automatically is configured from the kubeconfig's
    /// current context again, of which it keeps what the named context does not set, such as a password or `insecure-skip-tls-verify`.
    private static Config limited(Config config) {
        config.setRequestRetryBackoffLimit(0);
        config.setConnectionTimeout(CONNECT_MILLIS);
        config.setRequestTimeout(REQUEST_MILLIS);
        return config;
    }

    private static Config find(@Nullable Path kubeconfig, String context) {
        String named = context.isEmpty() ? null : context;
        if (kubeconfig == null) {
            return Config.autoConfigure(named);
        }
        File file = kubeconfig.toFile();
        if (!file.canRead()) {
            throw new IllegalArgumentException("the kubeconfig " + kubeconfig + " cannot be read (expected: a readable file)");
        }
        return Config.fromKubeconfig(named, file);
    }

    /// The API server's URL.
    String address() {
        return base;
    }

    /// The namespace of the pod, or of the context.
    String namespace() {
        return namespace;
    }

    Reply get(String path) throws IOException, InterruptedException {
        Connections by = connections;
        return reply(by, request(by, path, requestTime()), requestTime());
    }

    /// @param method with a body: POST, PUT, PATCH
    Reply send(String method, String path, String contentType, String body) throws IOException, InterruptedException {
        Connections by = connections;
        return reply(by, request(by, path, requestTime()).method(method, contentType, body), requestTime());
    }

    /// Opens a response whose body lasts for a long time.
    ApiStream stream(String path) throws IOException, InterruptedException {
        Connections by = connections;
        ApiStream stream = new ApiStream(by);
        HttpRequest request = by.http.newHttpRequestBuilder().uri(base + path).setHeader("Accept", "application/json")
                .forStreaming().build();
        stream.opened(result(by, by.http.consumeBytes(request, stream), requestTime()));
        return stream;
    }

    Duration quiet() {
        return quiet;
    }

    private Duration requestTime() {
        return quiet.multipliedBy(2);
    }

    /// Whether the API server still answers by the connections of a stream; asks it when nothing was received for a while.
    ///
    /// If it does not, later requests use new connections. One that was lost without notice, as by a load balancer that was replaced, would
    /// otherwise be used until the system gives it up, after 15 minutes or so.
    boolean isAlive(Connections by) throws InterruptedException {
        probing.lockInterruptibly();
        try {
            if (by != connections) {
                return false;
            }
            if (!by.isQuiet(quiet)) {
                return true;
            }
            try {
                // Every user may read it; any response will do.
                Duration time = quiet.dividedBy(3);
                reply(by, request(by, "/version", time), time);
                return true;
            } catch (IOException _) {
                renew(by);
                return false;
            }
        } finally {
            probing.unlock();
        }
    }

    private synchronized void renew(Connections by) {
        if (by == connections && !closed) {
            connections = new Connections(config);
            by.client.close();
        }
    }

    private HttpRequest.Builder request(Connections by, String path, Duration time) {
        return by.http.newHttpRequestBuilder().uri(base + path).setHeader("Accept", "application/json")
                .timeout(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    private Reply reply(Connections by, HttpRequest.Builder request, Duration time) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = result(by, by.http.sendAsync(request.build(), byte[].class), time);
        byte[] body = response.body();
        return new Reply(response.code(), body == null ? new byte[0] : body);
    }

    private <T> T result(Connections by, CompletableFuture<T> future, Duration time) throws IOException, InterruptedException {
        try {
            T response = future.get(time.toMillis() + CONNECT_MILLIS, TimeUnit.MILLISECONDS);
            by.heard();
            return response;
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (isUnanswered(cause)) {
                throw unanswered(by, time);
            }
            throw cause instanceof IOException io ? io : new IOException(why(cause), cause);
        } catch (TimeoutException _) {
            future.cancel(true);
            throw unanswered(by, time);
        } catch (InterruptedException e) {
            future.cancel(true);
            throw e;
        }
    }

    private Unanswered unanswered(Connections by, Duration time) {
        if (by.isQuiet(quiet)) {
            renew(by);
        }
        return new Unanswered(time);
    }

    /// Whether a request was sent that got no response in time.
    private static boolean isUnanswered(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof HttpTimeoutException) {
                return !(cause instanceof HttpConnectTimeoutException);
            }
        }
        return false;
    }

    /// The innermost message: the layers above repeat it with their class names.
    static String why(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && cause.getCause() != cause) {
            if (cause instanceof ConnectException && cause.getMessage() == null) {
                return cause.getCause() instanceof UnresolvedAddressException
                        ? "its name cannot be resolved"
                        : "the connection is refused";
            }
            cause = cause.getCause();
        }
        String message = cause.getMessage();
        return message == null || message.isBlank() ? cause.getClass().getSimpleName() : message;
    }

    /// A value in a query.
    static String encode(String value) {
        return java.net.URLEncoder.encode(value, UTF_8);
    }

    @Override
    public synchronized void close() {
        closed = true;
        connections.client.close();
    }
}
