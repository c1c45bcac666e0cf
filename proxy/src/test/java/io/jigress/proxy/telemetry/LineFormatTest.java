package io.jigress.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.proxy.telemetry.AccessLogSettings.Format;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class LineFormatTest {
    private static final String STRING = "\"((?:[ !#-\\[\\]-~]|\\\\[\"\\\\]|\\\\u[0-9a-f]{4})*)\"";
    private static final Pattern MEMBER = Pattern
            .compile("\"([a-z_]+)\":(?:" + STRING + "|(-?[0-9]+(?:\\.[0-9]+)?))(?:,(?=\")|(?=}$))");
    private static final Pattern ESCAPE = Pattern.compile("\\\\(u([0-9a-f]{4})|.)");

    @Test
    void jsonHasEveryField() {
        assertThat(Records.line(LineFormat.of(Format.JSON), Records.served())).isEqualTo("""
                {"time":"2026-11-02T03:04:05.006Z","request_id":"4bf92f3577b34da6",\
                "trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","method":"GET","scheme":"https","host":"shop.example:8080",\
                "path":"/cart?user=7","protocol":"HTTP/1.1","status":200,"upstream_status":201,"duration_ms":1.304,\
                "upstream_ms":1.200,"bytes_received":120,"bytes_sent":1456,"client":"192.0.2.7",\
                "referer":"https://shop.example/","user_agent":"curl/8.5.0",\
                "route":"HTTPRoute default/shop rule 0","cluster":"Service default/cart:80","endpoint":"10.0.0.9:8080","attempts":1}
                """);
    }

    @Test
    void jsonLeavesOutWhatIsNotThere() {
        assertThat(Records.line(LineFormat.of(Format.JSON), Records.refused())).isEqualTo("""
                {"time":"2026-11-02T03:04:05.006Z","method":"GET","status":400,"duration_ms":0.000,"bytes_received":0,\
                "bytes_sent":0,"client":"2001:db8::1","attempts":0,"flag":"BR","origin":"client","reason":"space_before_colon"}
                """);
    }

    @Test
    void textIsTheCombinedFormatAndMore() {
        LineFormat text = LineFormat.of(Format.TEXT);
        assertThat(Records.line(text, Records.served())).isEqualTo("""
                192.0.2.7 - - [02/Nov/2026:03:04:05 +0000] "GET /cart?user=7 HTTP/1.1" 200 1456 "https://shop.example/" \
                "curl/8.5.0" "4bf92f3577b34da6" "shop.example:8080" 120 1.304 1.200 "HTTPRoute default/shop rule 0" \
                "Service default/cart:80" "10.0.0.9:8080" 1 - - "-" https "4bf92f3577b34da6a3ce929d0e0e4736" 201 "-"
                """);
        assertThat(Records.line(text, Records.refused())).isEqualTo("""
                2001:db8::1 - - [02/Nov/2026:03:04:05 +0000] "GET  " 400 0 "-" "-" "-" "-" 0 0.000 - "-" "-" "-" 0 BR client \
                "space_before_colon" - "-" - "-"
                """);
    }

    @Test
    void fieldsOfFiltersAreOneObject() {
        AccessRecord record = Records.served();
        assertThat(record.field("user.id", "7")).isTrue();
        assertThat(record.field("tier", "gold\"plan one\n")).isTrue();
        assertThat(record.field("user.id", "8")).as("in place of the first").isTrue();
        assertThat(Records.line(LineFormat.of(Format.JSON), record))
                .endsWith(",\"attempts\":1,\"fields\":{\"user.id\":\"8\",\"tier\":\"gold\\\"plan one\\u000a\"}}\n");
        assertThat(Records.line(LineFormat.of(Format.TEXT), record))
                .endsWith(" 201 \"user.id=8 tier=gold\\x22plan\\x20one\\x0a\"\n");
        record.reset();
        Records.fill(record);
        assertThat(Records.line(LineFormat.of(Format.JSON), record)).doesNotContain("fields");
    }

    @Test
    void fieldsOfFiltersAreLimited() {
        AccessRecord record = Records.served();
        for (String name : new String[] {"", "A", "a b", "a\"", "\u00e9", "x".repeat(65)}) {
            assertThatThrownBy(() -> record.field(name, "1")).as(name).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected: a-z, 0-9, _ and .");
        }
        record.field("ascii", "x".repeat(1000));
        record.field("wide", "\u20ac".repeat(1000));
        record.field("pairs", "\ud83d\ude00".repeat(1000));
        String line = Records.line(LineFormat.of(Format.JSON), record);
        assertThat(line).contains("\"" + "x".repeat(256) + "\"").contains("\"" + "\\u20ac".repeat(85) + "\"")
                .contains("\"" + "\\ud83d\\ude00".repeat(64) + "\"");
        for (int i = 3; i < 16; i++) {
            assertThat(record.field("f" + i, "")).isTrue();
        }
        assertThat(record.field("one.more", "1")).isFalse();
        assertThat(record.field("ascii", "2")).isTrue();
    }

    @Test
    void aTargetCannotForgeALine() {
        AccessRecord record = Records.served();
        String attack = "/\r\n{\"status\":200}\n\",\"status\":999,\"x\":\"\\\0\u001b[31m\u007f\u0085\u00ff";
        byte[] padded = Records.octets("GET " + attack + " HTTP/1.1");
        record.target(padded, 4, 4 + attack.length());
        String json = Records.line(LineFormat.of(Format.JSON), record);
        assertThat(json.indexOf('\n')).isEqualTo(json.length() - 1);
        assertThat(members(json)).containsEntry("path", attack).containsEntry("status", "200").doesNotContainKey("x");

        String text = Records.line(LineFormat.of(Format.TEXT), record);
        assertThat(text).contains("\"GET /\\x0d\\x0a{\\x22status\\x22:200}\\x0a\\x22,\\x22status\\x22:999,"
                + "\\x22x\\x22:\\x22\\x5c\\x00\\x1b[31m\\x7f\\x85\\xff HTTP/1.1\" 200");
        assertThat(text.indexOf('\n')).isEqualTo(text.length() - 1);
    }

    @Test
    void stringsCannotForgeALineEither() {
        AccessRecord record = Records.served();
        record.method("GET\" 200\n\u2028");
        record.route("r\"\\\ud83d");
        record.reason("\r\n");
        String json = Records.line(LineFormat.of(Format.JSON), record);
        assertThat(members(json)).containsEntry("method", "GET\" 200\n\u2028").containsEntry("route", "r\"\\\ud83d")
                .containsEntry("reason", "\r\n");
        assertThat(Records.line(LineFormat.of(Format.TEXT), record)).contains("\"GET\\x22 200\\x0a\\u2028 /cart");
    }

    @Test
    void anyOctetsComeBackFromJson() {
        Random random = new Random(7);
        LineFormat format = LineFormat.of(Format.JSON);
        for (int round = 0; round < 2_000; round++) {
            byte[] octets = new byte[1 + random.nextInt(random.nextInt(20) == 0 ? 1_000 : 40)];
            random.nextBytes(octets);
            AccessRecord record = Records.served();
            record.userAgent(octets, 0, octets.length);
            String line = Records.line(format, record);
            assertThat(line.indexOf('\n')).isEqualTo(line.length() - 1);
            assertThat(Records.octets(members(line).get("user_agent"))).isEqualTo(octets);
        }
    }

    @ParameterizedTest
    @EnumSource
    void longValuesAreCut(Format of) {
        AccessRecord record = Records.served();
        record.target("/".repeat(100_000));
        record.userAgent("\u0080".repeat(100_000));
        record.route("r".repeat(100_000));
        LineFormat format = LineFormat.of(of);
        String line = Records.line(format, record);
        assertThat(line).contains("/".repeat(8_192)).doesNotContain("/".repeat(8_193))
                .hasSizeLessThan(8_192 + 6 * 1_024 + 1_024 + 768);
        assertThat(Records.line(format, Records.served())).isEqualTo(Records.line(LineFormat.of(of), Records.served()));
    }

    @Test
    void aRecordUsedAgainKnowsNothingOfTheLast() {
        AccessRecord record = Records.served();
        record.target("/".repeat(5_000));
        record.reset();
        assertThat(Records.line(LineFormat.of(Format.JSON), record)).isEqualTo("""
                {"time":"1970-01-01T00:00:00.000Z","status":0,"duration_ms":0.000,"bytes_received":0,"bytes_sent":0,"attempts":0}
                """);
        Records.fill(record);
        assertThat(Records.line(LineFormat.of(Format.JSON), record))
                .isEqualTo(Records.line(LineFormat.of(Format.JSON), Records.served()));
    }

    @Test
    void theTimeOfDayMovesOn() {
        LineFormat format = LineFormat.of(Format.JSON);
        AccessRecord record = Records.served();
        for (long millis : new long[] {0, 999, 1_000, 1_709_164_799_999L, 1_709_164_800_000L}) {
            record.begin(0, millis);
            String time = members(Records.line(format, record)).get("time");
            assertThat(java.time.Instant.parse(time).toEpochMilli()).isEqualTo(millis);
        }
    }

    /// Reads a line as a strict reader of JSON would.
    private static Map<String, String> members(String line) {
        assertThat(line).startsWith("{").endsWith("}\n");
        Map<String, String> members = new LinkedHashMap<>();
        Matcher member = MEMBER.matcher(line.substring(0, line.length() - 1));
        int at = 1;
        while (member.find(at)) {
            assertThat(member.start()).as(line).isEqualTo(at);
            String value = member.group(3) != null
                    ? member.group(3)
                    : ESCAPE.matcher(member.group(2))
                            .replaceAll(e -> Matcher.quoteReplacement(
                                    e.group(2) == null ? e.group(1) : String.valueOf((char) Integer.parseInt(e.group(2), 16))));
            assertThat(members.put(member.group(1), value)).as("twice: " + member.group(1)).isNull();
            at = member.end();
        }
        assertThat(line.substring(at)).isEqualTo("}\n");
        return members;
    }
}
