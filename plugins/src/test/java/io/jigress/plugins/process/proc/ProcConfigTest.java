package io.jigress.plugins.process.proc;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.FilterTester;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What is wrong with configurations of ext-proc.
class ProcConfigTest {

    private static List<String> config(String config) {
        return FilterTester.issues(new ProcFactory(), "{'backends': {'server': 's'}, 'config': " + config + "}").stream()
                .map(issue -> issue.path() + " " + issue.what() + " (expected: " + issue.expected() + ")").toList();
    }

    @Test
    void aModeThatDoesNotExistIsAnErrorThatNamesTheOthers() {
        assertThat(config("{'processing_mode': {'request_body_mode': 'STREAMD'}}")).singleElement().asString()
                .startsWith("config.processing_mode.request_body_mode is \"STREAMD\"").contains("FULL_DUPLEX_STREAMED");
    }

    @Test
    void fullDuplexNeedsTrailers() {
        assertThat(config("{'processing_mode': {'request_body_mode': 'FULL_DUPLEX_STREAMED'}}")).singleElement().asString()
                .startsWith("config.processing_mode.request_trailer_mode is not SEND");
    }

    @Test
    void anAttributeThatIsNotKnownIsNotSent() {
        assertThat(config("{'request_attributes': ['request.path', 'request.pth']}")).singleElement().asString()
                .startsWith("config.request_attributes[1] is \"request.pth\", which Jigress does not have; it is not sent");
    }

    @Test
    void timesHaveLimits() {
        assertThat(config("{'message_timeout': '2h'}")).singleElement().asString().contains("at most 1h");
        assertThat(config("{'message_timeout': 5}")).singleElement().asString().contains("a duration such as 0.25s");
    }

    @Test
    void oneOfTwoWaysToKeepTheRoute() {
        assertThat(config("{'disable_clear_route_cache': true, 'route_cache_action': 'CLEAR'}")).isNotEmpty();
    }
}
