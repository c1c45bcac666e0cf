package io.jigress.waf.crs;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The built gateway with the filter `waf` in front of the backend of the regression tests.
final class JigressProcess {
    private final Path folder;
    private final Process process;
    private final int port;

    private JigressProcess(Path folder, Process process, int port) {
        this.folder = folder;
        this.process = process;
        this.port = port;
    }

    /// Starts it on a free port; returns when the rules are compiled.
    static JigressProcess start(Path launcher, Path folder, Path coreRuleSet, int backend)
            throws IOException, InterruptedException {
        int port = Ports.free();
        int admin = Ports.free();
        Path configuration = Files.createDirectories(folder.resolve("conf"));
        Files.writeString(configuration.resolve("all.yaml"), configuration(port, backend));
        Process process = new ProcessBuilder(launcher.toString(), "run", "--config", configuration.toString(),
                "--admin", "127.0.0.1:" + admin, "--set", "waf.crs=" + coreRuleSet, "--set", "limits.held.bytes=16MiB",
                "--set", "waf.audit.log=" + folder.resolve("waf.log"))
                .redirectErrorStream(true).redirectOutput(folder.resolve("jigress.out").toFile()).start();
        Ports.await(port, process, folder.resolve("jigress.out"));
        JigressProcess started = new JigressProcess(folder, process, port);
        started.awaitRules();
        return started;
    }

    private static String configuration(int port, int backend) {
        return """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: main}
            spec:
              gatewayClassName: jigress
              listeners: [{name: http, port: %d, protocol: HTTP}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: all}
            spec:
              parentRefs: [{name: main}]
              rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: all}]}]
            ---
            apiVersion: jigress.io/v1
            kind: Backend
            metadata: {name: all}
            spec: {endpoints: [{address: 127.0.0.1, port: %d}]}
            ---
            apiVersion: jigress.io/v1
            kind: Plugin
            metadata: {name: waf}
            spec:
              name: waf
              config:
                useCRS: true
                mode: detect
                paranoiaLevel: 4
                responses: true
                exclusions:
                  - >-
                    SecAction "id:900005,phase:1,nolog,pass,setvar:tx.crs_validate_utf8_encoding=1,setvar:tx.arg_name_length=100,setvar:tx.arg_length=400,setvar:tx.total_arg_length=64000,setvar:tx.max_num_args=255,setvar:tx.max_file_size=64100,setvar:tx.combined_file_sizes=65535"
              targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: main}]
            """.formatted(port, backend);
    }

    private void awaitRules() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/")).build();
        long deadline = System.nanoTime() + 60_000_000_000L;
        try (HttpClient client = HttpClient.newHttpClient()) {
            while (client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() != 200) {
                if (System.nanoTime() > deadline) {
                    throw new IOException("the rules are not compiled: " + Files.readString(folder.resolve("jigress.out")));
                }
                LockSupport.parkNanos(20_000_000);
            }
        }
    }

    int port() {
        return port;
    }

    /// Stops it, and reads what it logged of the request from each address.
    Map<String, CrsLog> stop(Map<String, Integer> statuses, List<CrsCase> cases) throws IOException, InterruptedException {
        process.destroy();
        process.waitFor();
        Map<String, StringBuilder> texts = new HashMap<>();
        JsonMapper json = new JsonMapper();
        try (BufferedReader lines = Files.newBufferedReader(folder.resolve("waf.log"), StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode entry = json.readTree(line);
                StringBuilder text = texts.computeIfAbsent(entry.get("client").asString(), _ -> new StringBuilder());
                entry.get("matches").forEach(match -> text.append("[id \"").append(match.get("rule").asString())
                        .append("\"] [msg \"").append(match.get("msg").asString()).append("\"] [data \"")
                        .append(match.get("data") == null ? "" : match.get("data").asString()).append("\"] at ")
                        .append(match.get("variable").asString()).append('\n'));
            }
        }
        Map<String, CrsLog> logs = new HashMap<>();
        for (int i = 0; i < cases.size(); i++) {
            String name = cases.get(i).name();
            StringBuilder text = texts.get(CrsClient.address(i));
            logs.put(name, CrsLog.of(text == null ? "" : text.toString(), statuses.get(name), text != null));
        }
        return logs;
    }
}
