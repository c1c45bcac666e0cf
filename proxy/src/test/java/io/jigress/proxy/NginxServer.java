package io.jigress.proxy;

import io.jigress.proxy.tls.CertificateMaker.Made;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.opentest4j.TestAbortedException;

/// An nginx on the loopback, with one server, which speaks TLS.
final class NginxServer implements AutoCloseable {
    private static final Path PROGRAM = Path.of("/usr/sbin/nginx");

    private final Process process;
    private final int port;

    private NginxServer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /// @param own its certificate
    /// @param options of `listen`, after the port: `ssl http2`
    /// @param server the rest of its `server` block
    static NginxServer start(Path folder, Made own, String options, String server) throws IOException {
        if (!Files.isExecutable(PROGRAM)) {
            throw new TestAbortedException("this machine has no nginx");
        }
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
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
        Path log = folder.resolve("error.log");
        Process process = new ProcessBuilder(PROGRAM.toString(), "-p", folder.toString(), "-c", "nginx.conf")
                .redirectErrorStream(true).redirectOutput(log.toFile()).start();
        NginxServer nginx = new NginxServer(process, port);
        GatewayUnderTest.await(() -> !process.isAlive() || nginx.accepts(), () -> "nginx to listen on port " + port);
        if (!process.isAlive()) {
            throw new AssertionError("nginx ended: " + Files.readString(log));
        }
        return nginx;
    }

    private boolean accepts() {
        try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().completeOnTimeout(process, 10, TimeUnit.SECONDS).join();
        process.destroyForcibly();
    }
}
