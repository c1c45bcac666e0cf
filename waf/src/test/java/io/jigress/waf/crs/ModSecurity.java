package io.jigress.waf.crs;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Apache with mod_security2 as a reverse proxy, with the packages apache2-bin and libapache2-mod-security2 of Debian.
final class ModSecurity {
    private static final Path PROGRAM = Path.of("/usr/sbin/apache2");
    private static final Path MODULES = Path.of("/usr/lib/apache2/modules");
    private static final Path UNICODE = Path.of("/etc/modsecurity/unicode.mapping");

    private final Path folder;
    private final Process process;
    private final int port;

    private ModSecurity(Path folder, Process process, int port) {
        this.folder = folder;
        this.process = process;
        this.port = port;
    }

    static boolean isInstalled() { return Files.isExecutable(PROGRAM) && Files.exists(MODULES.resolve("mod_security2.so")); }

    /// Starts it on a free port.
    ///
    /// @param directives with `Include`s relative to the folder of rules
    static ModSecurity start(Path folder, Path rules, String directives, int backend) throws IOException, InterruptedException {
        Path data = Files.createDirectories(folder.resolve("data"));
        // Apache leaves the rights of root before it writes there.
        data.toFile().setWritable(true, false);
        String absolute = directives.replace("Include @", "Include " + rules + "/@");
        Files.writeString(folder.resolve("security.conf"),
                """
            %s
            SecDataDir %s
            SecTmpDir %s
            SecUnicodeMapFile %s 20127
            SecRequestBodyNoFilesLimit 13107200
            SecPcreMatchLimit 500000000
            SecPcreMatchLimitRecursion 500000000
            SecAuditEngine On
            SecAuditLogFormat JSON
            SecAuditLogType Serial
            SecAuditLogParts AHZ
            SecAuditLog %s
            """.formatted(absolute, data, data, UNICODE, folder.resolve("audit.log")));
        int port = Ports.free();
        Path configuration = folder.resolve("apache.conf");
        Files.writeString(configuration, """
            ServerRoot %1$s
            ServerName localhost
            Listen 127.0.0.1:%2$d
            PidFile %1$s/apache.pid
            ErrorLog %1$s/error.log
            LogLevel warn
            User www-data
            Group www-data
            KeepAlive Off
            Timeout 5
            StartServers 1
            ServerLimit 1
            LoadModule mpm_event_module %3$s/mod_mpm_event.so
            LoadModule authz_core_module %3$s/mod_authz_core.so
            LoadModule unique_id_module %3$s/mod_unique_id.so
            LoadModule proxy_module %3$s/mod_proxy.so
            LoadModule proxy_http_module %3$s/mod_proxy_http.so
            LoadModule security2_module %3$s/mod_security2.so
            ProxyPreserveHost On
            ProxyPass / http://127.0.0.1:%4$d/
            Include %1$s/security.conf
            """.formatted(folder, port, MODULES, backend));
        Process process = new ProcessBuilder(PROGRAM.toString(), "-f", configuration.toString(), "-DFOREGROUND")
                .redirectErrorStream(true).redirectOutput(folder.resolve("apache.out").toFile()).start();
        Ports.await(port, process, folder.resolve("apache.out"));
        return new ModSecurity(folder, process, port);
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
        try (BufferedReader lines = Files.newBufferedReader(folder.resolve("audit.log"), StandardCharsets.ISO_8859_1)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode entry = json.readTree(line);
                StringBuilder text = texts.computeIfAbsent(entry.get("transaction").get("remote_address").asString(),
                        _ -> new StringBuilder());
                JsonNode messages = entry.get("audit_data").get("messages");
                if (messages != null) {
                    messages.forEach(message -> append(message.asString(), text));
                }
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

    /// Rules of which PCRE gave up a match have logged an error, which is no match.
    private static void append(String message, StringBuilder text) {
        if (!message.startsWith("Rule ")) {
            text.append(message).append('\n');
        }
    }
}
