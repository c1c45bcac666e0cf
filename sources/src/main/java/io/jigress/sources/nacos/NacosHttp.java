package io.jigress.sources.nacos;

import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// How the HTTP API of a Nacos server is called.
///
/// @param tls null for plain HTTP
record NacosHttp(@Nullable SSLContext tls) {
    static final NacosHttp PLAIN = new NacosHttp(null);

    private static final Duration CONNECT = Duration.ofSeconds(5);

    static NacosHttp of(@Nullable NacosTls tls) {
        return tls == null ? PLAIN : new NacosHttp(tls.context());
    }

    HttpClient client() {
        HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(CONNECT);
        return (tls == null ? builder : builder.sslContext(tls)).build();
    }

    /// @param server `host:port`
    /// @param target path and query
    URI uri(String server, String target) {
        return URI.create((tls == null ? "http://" : "https://") + server + target);
    }
}
