package io.jigress.proxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.HeaderName;
import io.jigress.api.LocalReply;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LocalHeadTest {
    private static final String NOW = "Tue, 01 Sep 2026 00:00:00 GMT";

    @Test
    void aReplyTellsWhenItWasMade() {
        LocalHead head = LocalHead.of(LocalReply.text(403, "no", "denied"), NOW);
        assertThat(head.status()).isEqualTo(403);
        assertThat(head.contentLength()).isEqualTo(2);
        assertThat(head.headers().first(HeaderName.DATE)).isEqualTo(NOW);
        assertThat(head.headers().first(HeaderName.CONTENT_TYPE)).isEqualTo("text/plain; charset=utf-8");
    }

    @Test
    void aDateThatAFilterSaysStays() {
        String own = "Sun, 06 Nov 1994 08:49:37 GMT";
        LocalHead head = LocalHead.of(new LocalReply(200, List.of(Map.entry(HeaderName.DATE, own)), new byte[0], "cached"), NOW);
        assertThat(head.headers().size()).isOne();
        assertThat(head.headers().first(HeaderName.DATE)).isEqualTo(own);
    }
}
