package io.jigress.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class MetricsTest {
    private static final Pattern SAMPLE = Pattern.compile(
            "([a-z][a-z0-9_]*)(\\{(?:[a-z]+=\"(?:[^\"\\\\\n]|\\\\[\\\\\"n])*\",?)+(?<!,)\\})? (-?[0-9]+(?:\\.[0-9]+)?)");

    private final Metrics metrics = new Metrics(new MetricsSettings(3, 2), "1.2.3", "epoll");

    @Test
    void loopsAreSummed() {
        for (int i = 1; i <= 2; i++) {
            LoopMetrics loop = metrics.loop();
            loop.connectionsAccepted += 10L * i;
            loop.connectionsClosed += i;
            loop.exchange(loop.route("shop"), Records.served());
            loop.exchange(loop.route("-"), Records.refused());
            loop.cluster("cart").attempt(false);
            loop.cluster("cart").attempt(true);
            loop.cluster("cart").answered(1_200_000);
            loop.cluster("cart").failure(Kind.CONNECT_FAILED);
            loop.counter("key-rate-limit", "limited", "Requests refused.").add(i);
        }
        assertThat(samples())
                .containsEntry("jigress_connections_accepted_total", "30")
                .containsEntry("jigress_connections_open{loop=\"0\"}", "9")
                .containsEntry("jigress_connections_open{loop=\"1\"}", "18")
                .containsEntry("jigress_requests_total{route=\"shop\",status=\"2xx\"}", "2")
                .containsEntry("jigress_requests_total{route=\"-\",status=\"4xx\"}", "2")
                .containsEntry("jigress_received_bytes_total", "240")
                .containsEntry("jigress_sent_bytes_total", "2912")
                .containsEntry("jigress_request_duration_seconds_bucket{route=\"shop\",le=\"0.0012\"}", "0")
                .containsEntry("jigress_request_duration_seconds_bucket{route=\"shop\",le=\"0.0016\"}", "2")
                .containsEntry("jigress_request_duration_seconds_bucket{route=\"shop\",le=\"+Inf\"}", "2")
                .containsEntry("jigress_request_duration_seconds_count{route=\"shop\"}", "2")
                .containsEntry("jigress_request_duration_seconds_sum{route=\"shop\"}", "0.002608")
                .containsEntry("jigress_failures_total{kind=\"bad_request\",origin=\"client\"}", "2")
                .containsEntry("jigress_upstream_attempts_total{cluster=\"cart\"}", "4")
                .containsEntry("jigress_upstream_retries_total{cluster=\"cart\"}", "2")
                .containsEntry("jigress_upstream_failures_total{cluster=\"cart\",kind=\"connect_failed\"}", "2")
                .containsEntry("jigress_upstream_duration_seconds_bucket{cluster=\"cart\",le=\"0.0012\"}", "2")
                .containsEntry("jigress_upstream_duration_seconds_sum{cluster=\"cart\"}", "0.0024")
                .containsEntry("jigress_requests_by_method_total{method=\"GET\"}", "4")
                .containsEntry("jigress_requests_by_method_total{method=\"other\"}", "0")
                .containsEntry("jigress_filter_key_rate_limit_limited_total", "3");
    }

    @Test
    void aCancelledRequestIsCountedAsSuch() {
        LoopMetrics loop = metrics.loop();
        AccessRecord record = Records.served();
        record.status(499);
        record.failure(new ProxyFailure(Kind.CLIENT_GONE, Origin.CLIENT, false, "client_closed"));
        loop.exchange(loop.route("shop"), record);
        assertThat(samples()).containsEntry("jigress_requests_cancelled_total", "1")
                .containsEntry("jigress_requests_total{route=\"shop\",status=\"4xx\"}", "1");
    }

    @Test
    void appliesAreTold() {
        metrics.applied(41, 2_000_000);
        metrics.applied(42, 1_500_000);
        metrics.applyFailed();
        assertThat(samples()).containsEntry("jigress_config_applies_total", "2")
                .containsEntry("jigress_config_apply_failures_total", "1")
                .containsEntry("jigress_config_revision", "42").containsEntry("jigress_config_apply_duration_seconds", "0.0015")
                .hasEntrySatisfying(
                        "jigress_build_info{version=\"1.2.3\",java=\"" + Runtime.version() + "\",transport=\"epoll\"}",
                        one -> assertThat(one).isEqualTo("1"));
    }

    @Test
    void pastTheCapNamesShareOtherOnAllLoopsAlike() {
        LoopMetrics first = metrics.loop();
        LoopMetrics second = metrics.loop();
        RouteStats a = first.route("a");
        first.route("b");
        second.route("c");
        assertThat(first.route("a")).isSameAs(a);
        assertThat(first.route("c")).isNotSameAs(first.route("d"));
        assertThat(second.route("d")).isSameAs(second.route("e"));
        assertThat(first.routes()).containsOnlyKeys("a", "b", "c", "other");
        assertThat(second.routes()).containsOnlyKeys("c", "other");
        first.cluster("x");
        first.cluster("y");
        assertThat(first.cluster("z")).isSameAs(first.cluster("zz"));
        assertThat(first.clusters()).containsOnlyKeys("x", "y", "other");
    }

    @Test
    void aFilterHasSixteenCountersAtMost() {
        LoopMetrics loop = metrics.loop();
        for (int i = 0; i < 16; i++) {
            loop.counter("cors", "n" + i, "");
        }
        assertThat(loop.counter("cors", "n7", "")).isSameAs(loop.counter("cors", "n7", ""));
        metrics.loop().counter("cors", "n15", "");
        assertThatThrownBy(() -> metrics.loop().counter("cors", "n16", "")).isInstanceOf(IllegalStateException.class)
                .hasMessage("filter cors asks for the counter n16 beyond its 16");
        loop.counter("other-filter", "n16", "");
    }

    @Test
    void aCounterWithALabelHasFiveHundredValuesAtMost() {
        LoopMetrics first = metrics.loop();
        LoopMetrics second = metrics.loop();
        for (int i = 0; i < 502; i++) {
            first.counter("waf", "rule_matches", "Matches.", "rule", Integer.toString(i)).add(i);
            second.counter("waf", "rule_matches", "Matches.", "rule", Integer.toString(i)).add(1);
        }
        assertThat(samples())
                .containsEntry("jigress_filter_waf_rule_matches_total{rule=\"7\"}", "8")
                .containsEntry("jigress_filter_waf_rule_matches_total{rule=\"499\"}", "500")
                .containsEntry("jigress_filter_waf_rule_matches_total{rule=\"other\"}", "1003")
                .doesNotContainKey("jigress_filter_waf_rule_matches_total{rule=\"500\"}");
        assertThatThrownBy(() -> first.counter("waf", "rule_matches", "Matches.")).isInstanceOf(IllegalStateException.class)
                .hasMessage("filter waf asks for the counter rule_matches with the label \"\", and there is one with \"rule\"");
    }

    @Test
    void gaugesAndHistogramsOfFiltersAreSummed() {
        for (int i = 1; i <= 2; i++) {
            LoopMetrics loop = metrics.loop();
            loop.gauge("ext-auth", "in_flight", "Calls.").add(3 * i - 1);
            loop.histogram("ext-auth", "size", "Sizes.", 0.5, 10, 1000).record(i);
            loop.histogram("ext-auth", "size", "Sizes.", 0.5, 10, 1000).record(2000);
        }
        assertThat(samples()).containsEntry("jigress_filter_ext_auth_in_flight", "7")
                .containsEntry("jigress_filter_ext_auth_size_bucket{le=\"0.5\"}", "0")
                .containsEntry("jigress_filter_ext_auth_size_bucket{le=\"10\"}", "2")
                .containsEntry("jigress_filter_ext_auth_size_bucket{le=\"1000\"}", "2")
                .containsEntry("jigress_filter_ext_auth_size_bucket{le=\"+Inf\"}", "4")
                .containsEntry("jigress_filter_ext_auth_size_sum", "4003")
                .containsEntry("jigress_filter_ext_auth_size_count", "4");
    }

    @Test
    void aNameOfAFilterIsOfOneTypeAndOneSetOfBounds() {
        LoopMetrics loop = metrics.loop();
        loop.gauge("cors", "n", "");
        assertThatThrownBy(() -> loop.histogram("cors", "n", "", 1)).isInstanceOf(IllegalStateException.class)
                .hasMessage("filter cors asks for the histogram n, and there is a gauge jigress_filter_cors_n");
        loop.histogram("cors", "h", "", 1, 2);
        assertThatThrownBy(() -> loop.histogram("cors", "h", "", 1, 3)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("expected: as before, [1.0, 2.0]");
        assertThatThrownBy(() -> loop.histogram("cors", "d", "", 2, 1)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected: ascending numbers");
        for (int i = 1; i < 16; i++) {
            loop.gauge("cors", "n" + i, "");
        }
        assertThatThrownBy(() -> loop.gauge("cors", "n16", "")).isInstanceOf(IllegalStateException.class)
                .hasMessage("filter cors asks for the gauge n16 beyond its 16");
    }

    @Test
    void labelsAndHelpsAreEscaped() {
        LoopMetrics loop = metrics.loop();
        loop.exchange(loop.route("a\"} 1\njigress_forged 1\n\\"), Records.served());
        loop.counter("x", "y\n", "two\nlines \\ \"quoted\"").add(1);
        assertThat(samples())
                .containsEntry("jigress_requests_total{route=\"a\\\"} 1\\njigress_forged 1\\n\\\\\",status=\"2xx\"}", "1")
                .doesNotContainKey("jigress_forged").containsEntry("jigress_filter_x_y__total", "1");
        assertThat(metrics.text()).contains("# HELP jigress_filter_x_y__total two\\nlines \\\\ \"quoted\"\n");
    }

    @Test
    void docsListWhatIsExposed() throws IOException {
        metrics.loop();
        Set<String> exposed = new TreeSet<>();
        Matcher family = Pattern.compile("^# TYPE (\\S+) (\\S+)$", Pattern.MULTILINE).matcher(metrics.text());
        while (family.find()) {
            exposed.add(family.group(1) + " " + family.group(2));
        }
        Set<String> documented = new TreeSet<>();
        Matcher row = Pattern.compile("^\\| `((?:jigress|process)_[a-z0-9_]+)` \\| (\\w+) \\|", Pattern.MULTILINE)
                .matcher(Documents.read("metrics.md").split("## Whether the configuration", -1)[0]);
        while (row.find()) {
            documented.add(row.group(1) + " " + row.group(2));
        }
        assertThat(documented).isEqualTo(exposed).hasSize(Metric.values().length);
    }

    /// Parses the exposition strictly: each family once, HELP, TYPE, then only its samples, none twice.
    private Map<String, String> samples() {
        Map<String, String> samples = new LinkedHashMap<>();
        Set<String> families = new TreeSet<>();
        String text = metrics.text();
        assertThat(text).endsWith("\n");
        String family = "";
        String type = "";
        for (String line : text.split("\n")) {
            if (line.startsWith("# HELP ")) {
                family = line.split(" ", 4)[2];
                assertThat(families.add(family)).as("twice: %s", family).isTrue();
                type = "";
            } else if (line.startsWith("# TYPE ")) {
                assertThat(line).matches("# TYPE " + family + " (counter|gauge|histogram)");
                type = line.substring(line.lastIndexOf(' ') + 1);
                assertThat(family.endsWith("_total")).as(family).isEqualTo(type.equals("counter"));
            } else {
                Matcher sample = SAMPLE.matcher(line);
                assertThat(sample.matches()).as(line).isTrue();
                assertThat(sample.group(1)).matches(family + (type.equals("histogram") ? "_(bucket|sum|count)" : ""));
                String labels = sample.group(2) == null ? "" : sample.group(2);
                assertThat(samples.put(sample.group(1) + labels, sample.group(3))).as("twice: %s", line).isNull();
            }
        }
        return samples;
    }
}
