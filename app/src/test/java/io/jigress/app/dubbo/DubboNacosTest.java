package io.jigress.app.dubbo;

import io.jigress.app.registry.NacosServer;
import io.jigress.dubbo.sample.DubboProcess;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Providers that register themselves in a real Nacos, in one of the ways that Dubbo has.
@Tag("suite")
@Timeout(300)
class DubboNacosTest {

    private static void through(String mode) {
        NacosServer nacos = NacosServer.get();
        try (RegisteredTypes types = new RegisteredTypes()) {
            types.serve("nacos", nacos.address());
            try (DubboProcess provider = DubboProcess.registered("nacos://" + nacos.address(), mode)) {
                provider.await("port");
                types.serves();
            }
        }
    }

    private static void triple(String mode) {
        NacosServer nacos = NacosServer.get();
        try (RegisteredTypes types = new RegisteredTypes()) {
            types.serve("tri", "nacos", nacos.address());
            try (DubboProcess provider = DubboProcess.registered("tri", "nacos://" + nacos.address(), mode)) {
                provider.await("port");
                types.serves();
                TripleCalls.succeed(types.pass());
            }
        }
    }

    @Test
    void aTripleProviderThatRegistersItsInterfaceIsCalledByJsonAndByGrpc() {
        triple("interface");
    }

    @Test
    void aTripleProviderThatRegistersItsApplicationIsCalledByJsonAndByGrpc() {
        triple("instance");
    }

    @Test
    void aProviderThatRegistersItsInterfaceIsFoundWithItsTypes() {
        through("interface");
    }

    @Test
    void aProviderThatRegistersItsApplicationIsFoundWithItsTypes() {
        through("instance");
    }
}
