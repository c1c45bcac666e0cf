package io.jigress.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ListHeadersTest {

    @Test
    void whatBelongsToOneConnectionIsNotEndToEnd() {
        ListHeaders headers = new ListHeaders();
        for (String name : List.of("Host", "Connection", "Content-Length", "Transfer-Encoding", "Keep-Alive", "Proxy-Connection",
                "TE",
                "Trailer", "Upgrade", "Content-Type", "X-A", "X-B", "x-c")) {
            headers.add(name, name.equals("Connection") ? "close, x-a ,X-C" : "v");
        }
        List<String> passing = new ArrayList<>();
        for (int i = 0; i < headers.size(); i++) {
            if (headers.endToEnd(i)) {
                passing.add(headers.nameAt(i));
            }
        }
        assertThat(passing).containsExactly("Host", "Content-Type", "X-B");
    }
}
