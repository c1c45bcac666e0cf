package io.jigress.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.ProxyFailure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class AccessLogDocumentTest {
    private final String document;

    AccessLogDocumentTest() throws IOException {
        this.document = Documents.read("access-log.md");
    }

    @Test
    void fieldsAreListedInTheOrderOfTheLine() {
        AccessRecord record = Records.served();
        record.failure(new ProxyFailure(ProxyFailure.Kind.UPSTREAM_RESET, ProxyFailure.Origin.UPSTREAM, true, "reset"));
        record.field("a.name", "value");
        record.tls("TLSv1.3", "TLS_AES_128_GCM_SHA256", "shop.example");
        List<String> written = all("[{,]\"([a-z_]+)\":", Records.line(LineFormat.of(AccessLogSettings.Format.JSON), record));
        record.closedBy(ClosedBy.CLIENT);
        List<String> ofStreams = all("[{,]\"([a-z_]+)\":", Records.line(LineFormat.of(AccessLogSettings.Format.JSON), record));
        assertThat(ofStreams).contains("closed_by").doesNotContain("status");
        written.add(written.indexOf("fields"), "closed_by");
        assertThat(all("^\\| `([a-z_]+)` \\|", document.substring(0, document.indexOf("## Reasons")))).isEqualTo(written)
                .hasSize(29);
    }

    @Test
    void flagsAreThoseOfFailures() {
        Map<String, TreeSet<String>> statuses = new TreeMap<>();
        for (ProxyFailure.Kind kind : ProxyFailure.Kind.values()) {
            statuses.computeIfAbsent(kind.flag(), _ -> new TreeSet<>()).add(Integer.toString(kind.status()));
        }
        List<String> expected = new ArrayList<>();
        statuses.forEach((flag, codes) -> expected.add("`" + flag + "` | " + String.join(", ", codes)));
        assertThat(all("^\\| (`[A-Z]+` \\| [0-9, ]+) \\|", document)).containsExactlyInAnyOrderElementsOf(expected);
    }

    private static List<String> all(String regex, String text) {
        List<String> found = new ArrayList<>();
        Matcher matcher = Pattern.compile(regex, Pattern.MULTILINE).matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        return found;
    }
}
