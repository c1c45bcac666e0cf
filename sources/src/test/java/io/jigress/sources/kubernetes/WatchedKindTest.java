package io.jigress.sources.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Kinds;
import java.util.List;
import org.junit.jupiter.api.Test;

class WatchedKindTest {
    @Test
    void theKindsOfHigressAreReadFromClustersToo() {
        for (String kind : List.of("Http2Rpc", "McpBridge")) {
            assertThat(WatchedKind.ALL).as(kind)
                    .anyMatch(watched -> watched.is(new ResourceKey(Kinds.HIGRESS, kind, "higress-system", "default")));
        }
    }
}
