package io.jigress.waf.crs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// One stage of one regression test of the Core Rule Set, in the format of go-ftw.
record CrsCase(String name, String method, String uri, String version, Map<String, String> headers, byte[] body, byte[] raw,
        JsonNode output) {

    static List<CrsCase> all(Path tests) {
        YAMLMapper yaml = new YAMLMapper();
        List<CrsCase> cases = new ArrayList<>();
        Set<String> names = new HashSet<>();
        try (Stream<Path> files = Files.walk(tests)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".yaml")).sorted().toList()) {
                JsonNode root = yaml.readTree(file.toFile());
                if (root.get("tests") == null) {
                    // A rule without tests.
                    continue;
                }
                for (JsonNode test : root.get("tests")) {
                    int stage = 0;
                    for (JsonNode node : test.get("stages")) {
                        stage++;
                        String name = root.get("rule_id").asString() + "-" + test.get("test_id").asString();
                        String unique = stage == 1 ? name : name + "-stage-" + stage;
                        // Some test ids occur twice.
                        while (!names.add(unique)) {
                            unique += "-again";
                        }
                        cases.add(of(unique, node));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return cases;
    }

    private static CrsCase of(String name, JsonNode stage) {
        JsonNode input = stage.get("input");
        JsonNode encoded = input.get("encoded_request");
        byte[] raw = encoded == null ? null : Base64.getMimeDecoder().decode(encoded.asString());
        Map<String, String> headers = new LinkedHashMap<>();
        JsonNode given = input.get("headers");
        if (given != null) {
            given.properties().forEach(entry -> headers.put(entry.getKey(), entry.getValue().asString()));
        }
        String data = text(input, "data", "");
        JsonNode autocomplete = input.get("autocomplete_headers");
        if (autocomplete == null || autocomplete.asBoolean()) {
            data = complete(headers, data);
        }
        return new CrsCase(name, text(input, "method", "GET"), text(input, "uri", "/"), text(input, "version", "HTTP/1.1"),
                headers,
                data.getBytes(StandardCharsets.UTF_8), raw, stage.get("output"));
    }

    private static String text(JsonNode node, String field, String otherwise) {
        JsonNode value = node.get(field);
        return value == null ? otherwise : value.asString();
    }

    /// The headers that go-ftw adds by default.
    private static String complete(Map<String, String> headers, String data) {
        String body = data;
        if (!data.isEmpty()) {
            if (header(headers, "Content-Type") == null) {
                headers.put("Content-Type", "application/x-www-form-urlencoded");
            }
            if ("application/x-www-form-urlencoded".equals(header(headers, "Content-Type"))) {
                body = encoded(data);
            }
            if (header(headers, "Content-Length") == null) {
                headers.put("Content-Length", Integer.toString(body.getBytes(StandardCharsets.UTF_8).length));
            }
        }
        if (header(headers, "Connection") == null) {
            headers.put("Connection", "close");
        }
        return body;
    }

    private static String encoded(String data) {
        Map<String, List<String>> pairs = new TreeMap<>();
        boolean values = false;
        try {
            if (!URLDecoder.decode(data, StandardCharsets.UTF_8).equals(data)) {
                return data;
            }
            for (String pair : data.split("&")) {
                if (pair.isEmpty()) {
                    continue;
                }
                if (pair.indexOf(';') >= 0) {
                    // Go's parser refuses a query with a semicolon.
                    return data;
                }
                int equals = pair.indexOf('=');
                String value = equals < 0 ? "" : pair.substring(equals + 1);
                values |= !value.isEmpty();
                pairs.computeIfAbsent(equals < 0 ? pair : pair.substring(0, equals), _ -> new ArrayList<>()).add(value);
            }
        } catch (IllegalArgumentException _) {
            return data;
        }
        if (!values) {
            return data;
        }
        StringBuilder out = new StringBuilder();
        pairs.forEach((key, list) -> list.forEach(value -> out.append(out.isEmpty() ? "" : "&").append(escape(key)).append('=')
                .append(escape(value))));
        return out.toString();
    }

    private static String escape(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("*", "%2A").replace("%7E", "~");
    }

    static String header(Map<String, String> headers, String name) {
        for (Map.Entry<String, String> header : headers.entrySet()) {
            if (header.getKey().equalsIgnoreCase(name)) {
                return header.getValue();
            }
        }
        return null;
    }

    @Override
    public String toString() {
        return name;
    }
}
