package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.proxy.tls.CertificateMaker;
import io.jigress.proxy.tls.CertificateMaker.KeyKind;
import io.jigress.proxy.tls.CertificateMaker.Made;
import io.jigress.testkit.Poll;
import io.jigress.testkit.grpc.ByteMethods;
import io.jigress.testkit.grpc.GrpcTestCall;
import io.jigress.testkit.grpc.GrpcTestClient;
import io.jigress.testkit.grpc.GrpcTestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Calls of grpc-java over TLS, with a certificate from the folder.
@Timeout(60)
class GrpcTlsTest {
    private static final String NAME = "shop.example";

    @TempDir private Path folder;

    private final Instant now = Instant.now();
    private final CertificateMaker maker = new CertificateMaker(now.minus(1, ChronoUnit.HOURS), now.plus(1, ChronoUnit.HOURS));
    private final Made ca = maker.authority("test CA");
    private int port;
    private Path conf;
    private GrpcTestServer server;
    private Wiring gateway;

    @BeforeEach
    void start() throws Exception {
        port = WiringTest.freePort();
        conf = Files.createDirectory(folder.resolve("conf"));
        server = GrpcTestServer.start(call -> {
            for (byte[] message = call.read(); message != null; message = call.read()) {
                call.send(message);
            }
            call.end();
        });
        saveCertificate(ca);
        Files.writeString(conf.resolve("calls.yaml"), """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec:
                  gatewayClassName: jigress
                  listeners:
                    - {name: https, port: %d, protocol: HTTPS, hostname: %s, tls: {certificateRefs: [{name: shop}]}}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: GRPCRoute
                metadata: {name: calls}
                spec:
                  parentRefs: [{name: main}]
                  rules: [{matches: [{method: {service: %s}}], backendRefs: [{group: jigress.io, kind: Backend, name: calls}]}]
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: calls}
                spec: {endpoints: [{address: 127.0.0.1, port: %d}]}
                """.formatted(port, NAME, ByteMethods.SERVICE, server.address().getPort()));
        Settings settings = Settings.defaults(new Machine(1, 512 << 20)).with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "test")
                .with(KnownSettings.CONFIG_FOLDER, conf.toString(), "test");
        gateway = Wiring.start(settings, folder);
        assertThat(gateway.live().problems()).isEmpty();
    }

    @AfterEach
    void stop() {
        gateway.close();
        server.close();
    }

    /// Replaces the file as an editor does.
    private void saveCertificate(Made authority) throws IOException {
        Made own = maker.certificate(List.of(NAME), KeyKind.ECDSA, authority);
        Path next = Files.writeString(folder.resolve("next"), """
                apiVersion: v1
                kind: Secret
                metadata: {name: shop}
                type: kubernetes.io/tls
                data: {tls.crt: %s, tls.key: %s}
                """.formatted(base64(own.chain()), base64(own.keyText())));
        Files.move(next, conf.resolve("secret.yaml"), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private GrpcTestClient client(Made trusted) {
        return GrpcTestClient.connect(port, builder -> {
            try {
                return builder.useTransportSecurity().overrideAuthority(NAME)
                        .sslContext(GrpcSslContexts.forClient().trustManager(trusted.certificate()).build());
            } catch (SSLException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void callsOfEveryKindAreServed() throws InterruptedException {
        try (GrpcTestClient client = client(ca)) {
            assertThat(client.unary("hello")).isEqualTo("hello");
            GrpcTestCall fromServer = client.call(ByteMethods.SERVER_STREAM).send("a").halfClose();
            assertThat(fromServer.readText()).isEqualTo("a");
            assertThat(fromServer.read()).isNull();
            GrpcTestCall fromClient = client.call(ByteMethods.CLIENT_STREAM).send("b").halfClose();
            assertThat(fromClient.readText()).isEqualTo("b");
            GrpcTestCall both = client.call(ByteMethods.BOTH_STREAM);
            for (int i = 0; i < 100; i++) {
                assertThat(both.send("m" + i).readText()).isEqualTo("m" + i);
            }
            assertThat(both.halfClose().read()).isNull();
            for (GrpcTestCall call : List.of(fromServer, fromClient, both)) {
                assertThat(call.status().isOk()).isTrue();
            }
        }
    }

    @Test
    void aNewCertificateIsForLaterConnectionsAndEndsNoCall() throws Exception {
        Made next = maker.authority("the next CA");
        try (GrpcTestClient before = client(ca)) {
            GrpcTestCall open = before.call(ByteMethods.BOTH_STREAM);
            assertThat(open.send("first").readText()).isEqualTo("first");
            saveCertificate(next);
            while (!accepted(next)) {
                Poll.pause();
            }
            assertThat(accepted(ca)).isFalse();
            assertThat(open.send("second").readText()).isEqualTo("second");
            assertThat(open.halfClose().read()).isNull();
            assertThat(open.status().isOk()).isTrue();
        }
    }

    private boolean accepted(Made trusted) throws InterruptedException {
        try (GrpcTestClient client = client(trusted)) {
            GrpcTestCall call = client.call(ByteMethods.UNARY).send("x").halfClose();
            call.read();
            Status status = call.status();
            assertThat(status.getCode()).isIn(Status.Code.OK, Status.Code.UNAVAILABLE);
            return status.isOk();
        }
    }
}
