package io.jigress.app.demo;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The folder of a demo: holds the sample configuration, with one example of each function.
///
/// A folder that was not created by a demo is never written to. In a demo's folder, existing files are kept as the user left them, except
/// for the ports that are marked as the demo's. The folder is locked while a demo runs on it.
public final class DemoFolder implements AutoCloseable {
    /// Marks a folder as a demo's; locked while one runs. A hidden file, so that it is not read as configuration.
    private static final String MARKER = ".jigress-demo";
    private static final String OWN = "# written by the demo";
    private static final Pattern OWN_PORT = Pattern.compile("(?m)^(.*port: )\\d+(.*" + OWN + ".*)$");

    private final Path folder;
    private final FileChannel marker;
    /// The previous content of each written file; null where there was none.
    private final Map<Path, @Nullable String> before = new LinkedHashMap<>();

    private DemoFolder(Path folder, FileChannel marker) {
        this.folder = folder;
        this.marker = marker;
    }

    /// Locks a folder for a demo.
    ///
    /// @throws Refused when the folder contains files that no demo wrote, or another demo runs on it
    public static DemoFolder open(Path folder) throws IOException, Refused {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new Refused("is not a folder");
        }
        Path marker = folder.resolve(MARKER);
        if (Files.exists(folder) && !Files.exists(marker)) {
            try (Stream<Path> files = Files.list(folder)) {
                if (files.findAny().isPresent()) {
                    throw new Refused(
                            "is not empty and was not made by a demo (expected: a new or empty folder, or that of an earlier "
                                    + "demo); to run a gateway on it: jigress run --config DIR");
                }
            }
        }
        Files.createDirectories(folder);
        FileChannel channel = FileChannel.open(marker, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (!locked(channel)) {
            channel.close();
            throw new Refused("is in use by another demo (expected: another folder, with --config DIR)");
        }
        return new DemoFolder(folder, channel);
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException _) { // a demo in this very process
            return false;
        }
    }

    /// Writes missing samples, and the demo's ports into existing ones.
    ///
    /// @param port of the gateway
    public void write(int port, DemoService blue, DemoService green) throws IOException {
        for (Map.Entry<String, String> sample : files(port, blue.port(), green.port()).entrySet()) {
            Path file = folder.resolve(sample.getKey());
            String old = Files.exists(file) ? Files.readString(file) : null;
            String text = old == null ? sample.getValue() : withPorts(old, sample.getValue());
            if (!text.equals(old)) {
                before.put(file, old);
                Files.writeString(file, text);
            }
        }
    }

    /// The old text with the ports of the new one, line by marked line.
    private static String withPorts(String old, String now) {
        Iterator<String> ports = OWN_PORT.matcher(now).results()
                .map(line -> now.substring(line.end(1), line.start(2))).iterator();
        return OWN_PORT.matcher(old).replaceAll(
                line -> ports.hasNext()
                        ? Matcher.quoteReplacement(line.group(1) + ports.next() + line.group(2))
                        : Matcher.quoteReplacement(line.group()));
    }

    /// Restores the folder as it was before [#write].
    public void undo() throws IOException {
        for (Map.Entry<Path, @Nullable String> file : before.entrySet()) {
            String text = file.getValue();
            if (text == null) {
                Files.deleteIfExists(file.getKey());
            } else {
                Files.writeString(file.getKey(), text);
            }
        }
        before.clear();
    }

    /// Lets another demo use the folder.
    @Override
    public void close() throws IOException {
        marker.close();
    }

    /// The demo cannot use the folder; the message gives the reason.
    public static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String why) {
            super(why, null, false, false);
        }
    }

    static Map<String, String> files(int port, int blue, int green) {
        Map<String, String> files = new LinkedHashMap<>();
        files.put("gateway.yaml", """
                # The port that the gateway opens.
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: demo}
                spec:
                  gatewayClassName: jigress
                  listeners:
                    - {name: http, port: %d, protocol: HTTP}    # written by the demo
                """.formatted(port));
        files.put("services.yaml", """
                # Where the two services listen. In a cluster they would be Services.
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: blue}
                spec:
                  endpoints:
                    - {address: 127.0.0.1, port: %d}    # written by the demo
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: green}
                spec:
                  endpoints:
                    - {address: 127.0.0.1, port: %d}    # written by the demo
                """.formatted(blue, green));
        files.put("routes.yaml", """
                # Which request goes where. A change is live when the file is saved.
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: shop}
                spec:
                  parentRefs: [{name: demo}]
                  rules:
                    - backendRefs:
                        - {group: jigress.io, kind: Backend, name: blue, weight: 3}
                        - {group: jigress.io, kind: Backend, name: green, weight: 1}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: cart}
                spec:
                  parentRefs: [{name: demo}]
                  rules:
                    - matches: [{path: {value: /cart}}]
                      filters:
                        - type: RequestHeaderModifier
                          requestHeaderModifier:
                            set: [{name: x-shop, value: demo}]
                      backendRefs:
                        - {group: jigress.io, kind: Backend, name: green}
                """);
        files.put("limit.yaml", """
                # A filter, attached to a route: five requests a minute from each address.
                apiVersion: jigress.io/v1
                kind: Plugin
                metadata: {name: cart-limit}
                spec:
                  name: key-rate-limit
                  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: cart}]
                  config:
                    limit_by_per_ip: from-remote-addr
                    limit_keys: [{key: "*", query_per_minute: 5}]
                """);
        return files;
    }
}
