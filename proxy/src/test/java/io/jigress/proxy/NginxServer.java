package io.jigress.proxy;

import io.jigress.proxy.tls.CertificateMaker.Made;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// An nginx on the loopback, with one server, which speaks TLS.
final class NginxServer extends ServerProcess {
    private static final String PROGRAM = "/usr/sbin/nginx";

    private NginxServer(Path folder, int port) throws IOException {
        super(folder, List.of(PROGRAM, "-p", folder.toString(), "-c", "nginx.conf"), port);
    }

    /// @param own its certificate
    /// @param options of `listen`, after the port: `ssl http2`
    /// @param server the rest of its `server` block
    static NginxServer start(Path folder, Made own, String options, String server) throws IOException {
        need(PROGRAM);
        int port = freePort();
        Files.writeString(folder.resolve("chain.pem"), own.chain());
        Files.writeString(folder.resolve("key.pem"), own.keyText());
        Files.writeString(folder.resolve("ca.pem"), TlsGateway.CA.text());
        Files.writeString(folder.resolve("nginx.conf"), """
                daemon off;
                master_process off;
                pid nginx.pid;
                error_log stderr;
                events {}
                http {
                  access_log off;
                  client_body_temp_path body;
                  proxy_temp_path proxy;
                  fastcgi_temp_path fastcgi;
                  uwsgi_temp_path uwsgi;
                  scgi_temp_path scgi;
                  server {
                    listen 127.0.0.1:%d %s;
                    ssl_certificate chain.pem;
                    ssl_certificate_key key.pem;
                    %s
                  }
                }
                """.formatted(port, options, server));
        return new NginxServer(folder, port);
    }
}
