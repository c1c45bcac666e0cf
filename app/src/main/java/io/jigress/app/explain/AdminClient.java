package io.jigress.app.explain;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/// A client of the admin port of a running gateway.
public final class AdminClient {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final String url;

    /// @param url of the admin port: `http://127.0.0.1:8001`, or only the authority
    public AdminClient(String url) {
        this.url = (url.contains("://") ? url : "http://" + url).replaceAll("/+$", "");
    }

    /// @param status 0 when there was no response; the body then is the reason
    public record Answer(int status, String body) {}

    public Answer explain(String method, String asked, List<String> headers) {
        StringBuilder target = new StringBuilder("/explain?method=").append(encode(method)).append("&url=").append(encode(asked));
        headers.forEach(header -> target.append("&header=").append(encode(header)));
        return get(target.toString());
    }

    /// Of a connection or UDP session.
    ///
    /// @param place `address:port`
    /// @param serverName empty for none
    public Answer explain(String protocol, String place, String serverName) {
        return get("/explain?protocol=" + encode(protocol) + "&address=" + encode(place)
                + (serverName.isEmpty() ? "" : "&sni=" + encode(serverName)));
    }

    /// One of the lists under `/config/`.
    ///
    /// @param namespace,name empty for all
    public Answer config(String list, String kind, String namespace, String name) {
        int at = name.indexOf('@');
        return get("/config/" + list + "?limit=1000000&kind=" + encode(kind)
                + (namespace.isEmpty() ? "" : "&namespace=" + encode(namespace))
                + (name.isEmpty() ? "" : "&name=" + encode(at < 0 ? name : name.substring(0, at)))
                + (at < 0 ? "" : "&cluster=" + encode(name.substring(at + 1))));
    }

    public Answer dubbo() {
        return get("/dubbo");
    }

    public Answer openApi(String name) {
        return get("/dubbo/openapi?name=" + encode(name));
    }

    private Answer get(String target) {
        try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build()) {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(URI.create(url + target)).timeout(PATIENCE).build(),
                    HttpResponse.BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.body());
        } catch (IOException e) {
            return new Answer(0, "no answer from " + url + " (is the gateway running?): " + e);
        } catch (IllegalArgumentException _) {
            return new Answer(0, "\"" + url + "\" is not a URL (expected: such as http://127.0.0.1:8001)");
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return new Answer(0, "interrupted");
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
