package io.jigress.proxy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A HAProxy on the loopback, with one frontend.
final class HaproxyServer extends ServerProcess {
    private static final String PROGRAM = "/usr/sbin/haproxy";

    private HaproxyServer(Path folder, Path config, int port) throws IOException {
        super(folder, List.of(PROGRAM, "-db", "-f", config.toString()), port);
    }

    /// @param options of `bind`, after the address: `accept-proxy`
    /// @param section the rest of its `listen` section, which begins with `mode`
    static HaproxyServer start(Path folder, String options, String section) throws IOException {
        need(PROGRAM);
        int port = freePort();
        Path config = Files.writeString(folder.resolve("haproxy.cfg"), """
                global
                  nbthread 1
                defaults
                  timeout connect 10s
                  timeout client 10s
                  timeout server 10s
                listen test
                  bind 127.0.0.1:%d %s
                %s
                """.formatted(port, options, section.indent(2)));
        return new HaproxyServer(folder, config, port);
    }
}
