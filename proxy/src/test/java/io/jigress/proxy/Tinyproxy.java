package io.jigress.proxy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A tinyproxy on the loopback: an HTTP proxy that opens connections by CONNECT.
final class Tinyproxy extends ServerProcess {
    private static final String PROGRAM = "/usr/bin/tinyproxy";

    private Tinyproxy(Path folder, int port) throws IOException {
        super(folder, List.of(PROGRAM, "-d", "-c", folder.resolve("tinyproxy.conf").toString()), port);
    }

    /// @param options further lines of its configuration: `ConnectPort 443`, `BasicAuth user password`
    static Tinyproxy start(Path folder, String options) throws IOException {
        need(PROGRAM);
        int port = freePort();
        Files.writeString(folder.resolve("tinyproxy.conf"), """
                Port %d
                Listen 127.0.0.1
                Allow 127.0.0.1
                Timeout 60
                MaxClients 50
                LogLevel Connect
                %s
                """.formatted(port, options));
        return new Tinyproxy(folder, port);
    }
}
