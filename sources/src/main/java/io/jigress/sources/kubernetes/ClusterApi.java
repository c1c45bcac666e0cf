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
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Requests and watches to the API server by the client library, which handles kubeconfigs, credentials and TLS. The library's object models
/// are not used: responses are kept as bytes. For several threads; calls block.
final class ClusterApi implements AutoCloseable {
    private static final long REQUEST_SECONDS = 60;
    private static final int CONNECT_MILLIS = 5000;

    private final KubernetesClient client;
    private final HttpClient http;
    private final String base;
    private final String namespace;

    /// @param body empty when there was none
    record Reply(int code, byte[] body) {
        boolean isSuccess() { return code >= 200 && code < 300; }
    }

    private ClusterApi(Config config) {
        client = new KubernetesClientBuilder().withConfig(config).build();
        http = client.getHttpClient();
        String url = config.getMasterUrl();
        base = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        namespace = Optional.ofNullable(config.getNamespace()).orElse("default");
    }

    /// Finds the cluster and the credentials, without network access.
    ///
    /// @throws IllegalArgumentException when they cannot be found; the message names what was looked for
    static ClusterApi of(@Nullable Path kubeconfig, String context) {
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
        return new ClusterApi(limited(new ConfigBuilder(found)));
    }

    /// Reads neither files nor the environment.
    ///
    /// @throws IllegalArgumentException when the credentials or certificates cannot be used; the message does not show them
    static ClusterApi of(Kubeconfig kubeconfig) {
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
            return new ClusterApi(limited(builder));
        } catch (KubernetesClientException | IllegalArgumentException _) {
            throw new IllegalArgumentException("has a certificate or key that cannot be read (expected: PEM, in base64)");
        }
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }

    private static Config limited(ConfigBuilder builder) {
        return builder.withRequestRetryBackoffLimit(0).withConnectionTimeout(CONNECT_MILLIS)
                .withRequestTimeout((int) TimeUnit.SECONDS.toMillis(REQUEST_SECONDS)).build();
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
        return reply(http.sendAsync(request(path).build(), byte[].class));
    }

    /// @param method with a body: POST, PUT, PATCH
    Reply send(String method, String path, String contentType, String body) throws IOException, InterruptedException {
        return reply(http.sendAsync(request(path).method(method, contentType, body).build(), byte[].class));
    }

    /// Opens a response whose body lasts for a long time.
    ApiStream stream(String path) throws IOException, InterruptedException {
        ApiStream stream = new ApiStream();
        HttpRequest request = http.newHttpRequestBuilder().uri(base + path).setHeader("Accept", "application/json").forStreaming()
                .build();
        stream.opened(result(http.consumeBytes(request, stream)));
        return stream;
    }

    private HttpRequest.Builder request(String path) {
        return http.newHttpRequestBuilder().uri(base + path).setHeader("Accept", "application/json")
                .timeout(REQUEST_SECONDS, TimeUnit.SECONDS);
    }

    private static Reply reply(CompletableFuture<HttpResponse<byte[]>> future) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = result(future);
        byte[] body = response.body();
        return new Reply(response.code(), body == null ? new byte[0] : body);
    }

    private static <T> T result(CompletableFuture<T> future) throws IOException, InterruptedException {
        try {
            return future.get(REQUEST_SECONDS + CONNECT_MILLIS / 1000, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw cause instanceof IOException io ? io : new IOException(why(cause), cause);
        } catch (TimeoutException e) {
            future.cancel(true);
            throw new IOException("it did not answer within " + REQUEST_SECONDS + " s", e);
        } catch (InterruptedException e) {
            future.cancel(true);
            throw e;
        }
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
    public void close() {
        client.close();
    }
}
