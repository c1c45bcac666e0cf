package io.jigress.app.dubbo;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.dubbo.sample.DubboProcess;
import org.apache.curator.test.TestingServer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Providers that register themselves in a real ZooKeeper, in each register mode of Dubbo.
@Tag("suite")
@Timeout(300)
class DubboZooKeeperTest {

    private static void through(String mode) throws Exception {
        try (TestingServer zooKeeper = new TestingServer(); RegisteredTypes types = new RegisteredTypes()) {
            types.serve("zookeeper", zooKeeper.getConnectString());
            assertThat(types.send("GET", "/two/a?n=7", "").status()).isEqualTo(503);
            try (DubboProcess provider = DubboProcess.registered("zookeeper://" + zooKeeper.getConnectString(), mode)) {
                provider.await("port");
                types.serves();
                provider.stop();
                RegisteredTypes.until("the provider is left", () -> types.send("GET", "/two/a?n=7", "").status() == 503);
            }
        }
    }

    private static void triple(String mode) throws Exception {
        try (TestingServer zooKeeper = new TestingServer(); RegisteredTypes types = new RegisteredTypes()) {
            types.serve("tri", "zookeeper", zooKeeper.getConnectString());
            try (DubboProcess provider = DubboProcess.registered("tri", "zookeeper://" + zooKeeper.getConnectString(), mode)) {
                provider.await("port");
                types.serves();
                TripleCalls.succeed(types.pass());
            }
        }
    }

    @Test
    void aTripleProviderThatRegistersItsInterfaceIsCalledByJsonAndByGrpc() throws Exception {
        triple("interface");
    }

    @Test
    void aTripleProviderThatRegistersItsApplicationIsCalledByJsonAndByGrpc() throws Exception {
        triple("instance");
    }

    @Test
    void aProviderThatRegistersItsInterfaceIsFoundWithItsTypes() throws Exception {
        through("interface");
    }

    @Test
    void aProviderThatRegistersItsApplicationIsFoundWithItsTypes() throws Exception {
        through("instance");
    }
}
