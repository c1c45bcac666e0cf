package io.jigress.sources.nacos;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.control.JsonParser;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Lists the data ids of a group by the HTTP API of the console, page by page: gRPC has no request for it.
final class NacosListing {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int PAGE = 500;
    private static final int PAGES = 40;
    private static final int WORDS = 300;

    private final NacosAddress address;
    private final NacosLogin login;
    private final NacosHttp http;

    NacosListing(NacosAddress address, NacosLogin login, NacosHttp http) {
        this.address = address;
        this.login = login;
        this.http = http;
    }

    /// @throws NacosFault when a page cannot be read
    Set<String> all() throws NacosFault, InterruptedException {
        String words = "";
        try (HttpClient client = http.client()) {
            for (String server : address.servers()) {
                try {
                    return all(client, server);
                } catch (IOException e) {
                    words = server + ": list: " + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
                }
            }
            client.shutdownNow();
        }
        throw new NacosFault(words);
    }

    private Set<String> all(HttpClient client, String server) throws IOException, InterruptedException {
        // Nacos 3, then Nacos 2.
        boolean third = true;
        Set<String> dataIds = new HashSet<>();
        for (int page = 1; page <= PAGES; page++) {
            HttpResponse<String> answer = ask(client, server, third, page);
            if (third && page == 1 && (answer.statusCode() == 404 || answer.statusCode() == 501)) {
                third = false;
                answer = ask(client, server, false, page);
            }
            if (answer.statusCode() != 200) {
                throw new IOException(answer.statusCode() + " " + shortened(answer.body()));
            }
            if (!(JsonParser
                    .parse(answer.body().getBytes(StandardCharsets.UTF_8)) instanceof JsonParser.Result.Parsed(Json json))) {
                throw new IOException("the answer is not JSON: " + shortened(answer.body()));
            }
            JsonReader root = JsonReader.of("", json);
            JsonReader data = third ? root.object("data") : root;
            List<JsonReader> items = data.objects("pageItems");
            for (JsonReader item : items) {
                String name = address.nameOf(item.text(third ? "groupName" : "group", ""), item.text("dataId", ""));
                if (name != null) {
                    dataIds.add(name);
                }
            }
            if (items.isEmpty() || page >= data.integer("pagesAvailable", 1, 0, Integer.MAX_VALUE)) {
                dataIds.remove("");
                return dataIds;
            }
        }
        throw new IOException("more than " + PAGE * PAGES + " data ids");
    }

    private HttpResponse<String> ask(HttpClient client, String server, boolean third, int page)
            throws IOException, InterruptedException {
        String paging = "?search=blur&dataId=*&pageNo=" + page + "&pageSize=" + PAGE;
        String target = third
                ? "/nacos/v3/admin/cs/config/list" + paging + "&groupName=" + escaped(address.group()) + "&namespaceId="
                        + escaped(address.namespace())
                : "/nacos/v1/cs/configs" + paging + "&group=" + escaped(address.group()) + "&tenant="
                        + escaped(address.namespace());
        HttpRequest.Builder request = HttpRequest.newBuilder(http.uri(server, target)).timeout(TIMEOUT);
        String token = login.token();
        if (!token.isEmpty()) {
            request.header("authorization", "Bearer " + token);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String escaped(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String shortened(String body) {
        String line = body.replaceAll("\\s+", " ").strip();
        return line.length() > WORDS ? line.substring(0, WORDS) + "…" : line;
    }
}
