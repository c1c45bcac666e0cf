package io.jigress.dubbo.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.dubbo.sample.DubboProcess;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Messages of a real provider other than responses.
@Tag("suite")
@Timeout(60)
class ProviderEventsTest {

    @Test
    void heartbeatsAreAnsweredAndTheEndIsAnnounced() {
        try (DubboProcess provider = DubboProcess.provider();
                DubboClient client = new DubboClient(Integer.parseInt(provider.await("port")))) {
            Frame answer = client.heartbeat();
            assertThat(answer.event()).isTrue();
            assertThat(answer.request()).isFalse();
            assertThat(answer.status()).isEqualTo(ReplyStatus.OK);
            provider.stop();
            assertThat(client.event()).isEqualTo(Frame.READ_ONLY);
        }
    }
}
