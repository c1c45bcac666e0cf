package io.jigress.sources.nacos;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.control.JsonParser;
import io.jigress.sources.registry.HttpAsker;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The login at a Nacos server: the fields that each request carries.
///
/// With `username` and `password` a token is fetched, and again before it expires; with `accessKey` and `secretKey` each request is signed;
/// without any, no fields are added. A login that the server refuses is tried again after pauses that grow. For one thread.
final class NacosLogin {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int BODY = 300;

    private final List<String> servers;
    private final Map<String, String> credentials;
    private final NacosHttp http;
    private final InstantSource clock;
    private String token = "";
    private long renewMillis;
    /// In a row.
    private int refusals;
    /// Until when the last refusal is not questioned.
    private long retryMillis;
    private String refusal = "";

    /// The server refuses the login, or cannot be reached; with its message.
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String words) {
            super(words);
        }
    }

    NacosLogin(List<String> servers, Map<String, String> credentials, NacosHttp http, InstantSource clock) {
        this.servers = servers;
        this.credentials = credentials;
        this.http = http;
        this.clock = clock;
    }

    private boolean byToken() {
        return credentials.containsKey("username");
    }

    /// Ensures that the token is valid for some more time; logs in again when necessary.
    void renew() throws Refused, InterruptedException {
        if (!byToken() || clock.millis() < renewMillis) {
            return;
        }
        if (clock.millis() < retryMillis) {
            throw new Refused(refusal);
        }
        String words = "";
        boolean refused = false;
        try (HttpClient client = http.client()) {
            for (String server : servers) {
                try {
                    // Nacos 3, then Nacos 2.
                    HttpResponse<String> answer = ask(client, server, "/v3/auth/user/login");
                    if (answer.statusCode() == 404 || answer.statusCode() == 501) {
                        answer = ask(client, server, "/v1/auth/users/login");
                    }
                    if (answer.statusCode() == 200 && accept(answer.body())) {
                        refusals = 0;
                        return;
                    }
                    // Some servers of Nacos 3 answer a wrong password with 500, and without saying so.
                    boolean unclear = answer.statusCode() == 500;
                    refused |= answer.statusCode() / 100 == 4 || unclear;
                    words = server + ": login: " + answer.statusCode() + " " + shortened(answer.body())
                            + (unclear ? "; are user and password right?" : "");
                } catch (IOException e) {
                    words = server + ": login: " + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
                }
            }
            client.shutdownNow();
        }
        if (refused) {
            // Not when a server is starting or cannot be reached: it is to be used as soon as it is there.
            refusal = words;
            retryMillis = clock.millis() + HttpAsker.pause(++refusals).toMillis();
        }
        throw new Refused(words);
    }

    private HttpResponse<String> ask(HttpClient client, String server, String path) throws IOException, InterruptedException {
        String form = "username=" + encoded("username") + "&password=" + encoded("password");
        HttpRequest request = HttpRequest.newBuilder(http.uri(server, "/nacos" + path)).timeout(TIMEOUT)
                .header("content-type", "application/x-www-form-urlencoded").POST(HttpRequest.BodyPublishers.ofString(form))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private String encoded(String key) {
        return URLEncoder.encode(credentials.getOrDefault(key, ""), StandardCharsets.UTF_8);
    }

    private boolean accept(String body) {
        if (!(JsonParser.parse(body.getBytes(StandardCharsets.UTF_8)) instanceof JsonParser.Result.Parsed(Json json))) {
            return false;
        }
        JsonReader answer = JsonReader.of("", json);
        token = answer.text("accessToken", "");
        long seconds = answer.integer("tokenTtl", 18_000, 1, Integer.MAX_VALUE);
        renewMillis = clock.millis() + seconds * 900;
        return !token.isEmpty();
    }

    private static String shortened(String body) {
        String line = body.replaceAll("\\s+", " ").strip();
        return line.length() > BODY ? line.substring(0, BODY) + "…" : line;
    }

    /// The token is no longer accepted.
    void forget() {
        renewMillis = 0;
    }

    /// @param resource the signed resource: `group@@service`
    Map<String, String> fields(String resource) {
        if (byToken()) {
            return Map.of("accessToken", token);
        }
        String key = credentials.getOrDefault("accessKey", "");
        if (key.isEmpty()) {
            return Map.of();
        }
        String data = clock.millis() + "@@" + resource;
        return Map.of("ak", key, "data", data, "signature", signature(data, credentials.getOrDefault("secretKey", "")));
    }

    /// The same for requests about configuration, which are signed in another way.
    Map<String, String> configFields(String namespace, String group) {
        String key = credentials.getOrDefault("accessKey", "");
        if (byToken() || key.isEmpty()) {
            return fields("");
        }
        String time = Long.toString(clock.millis());
        String resource = namespace.isEmpty() ? group : namespace + "+" + group;
        return Map.of("Spas-AccessKey", key, "Timestamp", time, "Spas-Signature",
                signature(resource + "+" + time, credentials.getOrDefault("secretKey", "")));
    }

    /// The token; empty when there is none.
    String token() {
        return byToken() ? token : "";
    }

    private static String signature(String data, String secret) {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA1"));
            return Base64.getEncoder().encodeToString(mac.doFinal(data.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalStateException("cannot sign with the secretKey", e);
        }
    }
}
