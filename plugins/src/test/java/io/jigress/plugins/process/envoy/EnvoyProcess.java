package io.jigress.plugins.process.envoy;

import io.jigress.api.Json;
import io.jigress.plugins.process.PluginGateway;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A real Envoy with one filter in front of an upstream.
final class EnvoyProcess implements AutoCloseable {
    static final Path TOOL = Path.of(System.getProperty("user.home"), ".cache", "jigress-test", "envoy", "envoy", "_bin",
            "envoy");
    private static final long PATIENCE_NANOS = 20_000_000_000L;
    private static final String TYPE = "type.googleapis.com/envoy.extensions.";
    @SuppressWarnings("InlineFormatString") // longer than a method should be
    private static final String CONFIG = """
            {'static_resources': {'listeners': [{'address': {'socket_address': {'address': '127.0.0.1', 'port_value': %d}},
              'filter_chains': [{'filters': [{'name': 'envoy.filters.network.http_connection_manager', 'typed_config': {
                '@type': '%sfilters.network.http_connection_manager.v3.HttpConnectionManager', 'stat_prefix': 'test',
                'http_protocol_options': {'enable_trailers': true}, 'use_remote_address': true,
                'route_config': {'virtual_hosts': [{'name': 'all', 'domains': ['*'], 'routes': [
                  {'match': {'prefix': '/moved'}, 'route': {'cluster': 'up', 'prefix_rewrite': '/was-moved'}},
                  {'match': {'prefix': '/'}, 'route': {'cluster': 'up'}}]}]},
                'http_filters': [{'name': '%s', 'typed_config': %s}, {'name': 'envoy.filters.http.router', 'typed_config': {
                  '@type': '%sfilters.http.router.v3.Router', 'suppress_envoy_headers': true}}]}}]}]}],
             'clusters': [%s, %s]}}""";
    private static final String CLUSTER = """
            {'name': '%s', 'connect_timeout': '5s', 'type': 'STATIC', 'load_assignment': {'cluster_name': '%s', 'endpoints': [
              {'lb_endpoints': [{'endpoint': {'address': {'socket_address': {'address': '127.0.0.1', 'port_value': %d}}}}]}]},
             'typed_extension_protocol_options': {'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
               '@type': '%supstreams.http.v3.HttpProtocolOptions', 'explicit_http_config': {%s}}}}""";

    private final Process process;
    private final Path config;
    private final int port;

    private EnvoyProcess(Process process, Path config, int port) {
        this.process = process;
        this.config = config;
        this.port = port;
    }

    /// @param filter `ext_authz` or `ext_proc`
    /// @param typed the filter's configuration, with its type
    static EnvoyProcess start(String filter, Json typed, InetSocketAddress upstream, InetSocketAddress server, boolean grpc) {
        try {
            int port;
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = free.getLocalPort();
            }
            String up = CLUSTER.formatted("up", "up", upstream.getPort(), TYPE,
                    "'http_protocol_options': {'enable_trailers': true}");
            String other = CLUSTER.formatted("server", "server", server.getPort(), TYPE,
                    grpc ? "'http2_protocol_options': {}" : "'http_protocol_options': {}");
            String text = CONFIG.formatted(port, TYPE, "envoy.filters.http." + filter, typed, TYPE, up, other);
            Path file = Files.createTempFile("envoy", ".json");
            Files.writeString(file, PluginGateway.json(text).toString());
            Process process = new ProcessBuilder(TOOL.toString(), "-c", file.toString(), "--disable-hot-restart", "--concurrency",
                    "1",
                    "-l", "error").redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.INHERIT).start();
            EnvoyProcess started = new EnvoyProcess(process, file, port);
            started.awaitPort();
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitPort() {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.getPort();
                return;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > end) {
                    close();
                    throw new AssertionError("Envoy does not listen", e);
                }
                LockSupport.parkNanos(20_000_000);
            }
        }
    }

    int port() {
        return port;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            Files.deleteIfExists(config);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
