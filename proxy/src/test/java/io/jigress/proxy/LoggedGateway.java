package io.jigress.proxy;

import io.jigress.config.Cluster;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.proxy.listen.Transport;
import io.jigress.proxy.telemetry.AccessLogSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.opentest4j.TestAbortedException;

/// A gateway with one listener, and an access log that tests can read.
///
/// @param <G> the kind of gateway
abstract class LoggedGateway<G extends LoggedGateway<G>> implements AutoCloseable {
    static final String LISTENER = "listener";

    final Gateway gateway;
    private final Path log;
    private GatewayConfig config = GatewayConfig.EMPTY;

    /// @throws TestAbortedException when the machine does not have the transport
    LoggedGateway(ProxySettings settings, EndpointDirectory directory) {
        try {
            Transport.choose(settings.transport());
        } catch (IllegalArgumentException e) {
            throw new TestAbortedException(e.getMessage(), e);
        }
        try {
            log = Files.createTempFile("access", ".log");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        gateway = Gateway.start(settings.withAccessLog(new AccessLogSettings(true, log.toString(), AccessLogSettings.Format.JSON,
                AccessLogSettings.RING_BYTES)), List.of(), List.of(), directory);
    }

    abstract G self();

    /// Adds or replaces a cluster.
    G with(Cluster cluster) {
        config = config.with(cluster);
        return self();
    }

    /// Adds or replaces the listener, whose name is [#LISTENER].
    G with(Listener listener) {
        config = config.with(listener);
        return self();
    }

    G withoutListener() {
        config = new GatewayConfig(config.listeners().without(LISTENER), config.clusters());
        return self();
    }

    G apply() {
        ApplyReport report = gateway.apply(config);
        if (!report.problems().isEmpty() || !report.faults().isEmpty()) {
            throw new AssertionError(report.toString());
        }
        return self();
    }

    /// Whether the listener could be opened.
    boolean tryApply() {
        return gateway.apply(config).problems().isEmpty();
    }

    int port() {
        return gateway.boundPort(LISTENER);
    }

    double metric(String series) {
        return gateway.metrics().lines().filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ')))).findFirst().orElse(0);
    }

    void awaitMetric(String series, double value) {
        GatewayUnderTest.await(() -> metric(series) == value, () -> series + " to be " + value + "; it is " + metric(series));
    }

    List<String> closeAndReadLog() {
        gateway.close();
        try {
            return Files.readAllLines(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        gateway.close();
        try {
            Files.deleteIfExists(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
