package io.jigress.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.config.PathRules;
import io.jigress.config.PathRules.Handling;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathFormTest {
    private static final PathRules RAW = new PathRules(Handling.KEEP, Handling.KEEP, Handling.KEEP, Handling.KEEP, Handling.KEEP,
            Handling.KEEP);
    private static final PathRules ENCODED_SLASHES_KEPT = new PathRules(Handling.NORMALIZE, Handling.NORMALIZE,
            Handling.NORMALIZE, Handling.KEEP, Handling.KEEP, Handling.KEEP);
    private static final PathRules ALL_DECODED = new PathRules(Handling.NORMALIZE, Handling.NORMALIZE, Handling.NORMALIZE,
            Handling.NORMALIZE, Handling.NORMALIZE, Handling.KEEP);
    private static final PathRules ALL_REFUSED = new PathRules(Handling.REJECT, Handling.REJECT, Handling.NORMALIZE,
            Handling.REJECT, Handling.REJECT, Handling.REJECT);
    private static final PathRules ESCAPES_KEPT = new PathRules(Handling.NORMALIZE, Handling.NORMALIZE, Handling.KEEP,
            Handling.KEEP, Handling.KEEP, Handling.KEEP);

    @ParameterizedTest
    @CsvSource({"/,/", "/a/b,/a/b", "/a/../b,/b", "/a/b/..,/a/", "/a/b/../..,/", "/a/.,/a/", "/./a,/a", "/.,/", "/a/..,/",
        "/public/../admin,/admin", "/public/%2e%2e/admin,/admin", "/public/.%2E/admin,/admin", "/public/%2e./admin,/admin",
        "/a/%2e/b,/a/b", "//a,/a", "/a//b///c,/a/b/c", "/a//,/a/", "///,/", "/a/..//b,/b", "/a//../b,/b",
        "/.well-known/x,/.well-known/x", "/a/...,/a/...", "/a/..b,/a/..b", "/a/.b./c,/a/.b./c", "/%61dmin,/admin",
        "/%7Euser,/~user", "/%2D%5F%2e%7e%30,/-_.~0", "/caf%c3%a9,/caf%C3%A9", "/a%20b,/a%20b", "/a%252e,/a%252e",
        "/a%252e%252e/b,/a%252e%252e/b", "/a;b=c/d,/a;b=c/d", "/a%3bb,/a%3Bb", "/a/x;../b,/a/x;../b", "/a%3Fb,/a%3Fb",
        "/a/%2e%2e%2e,/a/..."})
    void theNormalFormByTheDefaultRules(String path, String form) {
        assertThat(form(path, PathRules.DEFAULT)).isEqualTo(form);
    }

    @ParameterizedTest
    @CsvSource({"/..,PATH_ABOVE_ROOT", "/../a,PATH_ABOVE_ROOT", "/a/../../b,PATH_ABOVE_ROOT", "/%2e%2e/a,PATH_ABOVE_ROOT",
        "//..,PATH_ABOVE_ROOT", "/a%2fb,PATH_ENCODED_SLASH", "/a%2Fb,PATH_ENCODED_SLASH", "/a/..%2fadmin,PATH_ENCODED_SLASH",
        "/a\\b,PATH_BACKSLASH", "/a%5cb,PATH_BACKSLASH", "/a\\..\\b,PATH_BACKSLASH", "/a%00b,PATH_NUL", "/a%,PATH_ESCAPE_INVALID",
        "/a%4,PATH_ESCAPE_INVALID", "/a%zz,PATH_ESCAPE_INVALID", "/%%32%65,PATH_ESCAPE_INVALID", "/a%u002e,PATH_ESCAPE_INVALID",
        "/a/..;/b,PATH_AMBIGUOUS_DOT_SEGMENT", "/a/.;x=1/b,PATH_AMBIGUOUS_DOT_SEGMENT", "/a/..%3b/b,PATH_AMBIGUOUS_DOT_SEGMENT",
        "/a/%2e%2e;a,PATH_AMBIGUOUS_DOT_SEGMENT"})
    void whatTheDefaultRulesRefuse(String path, PathFault fault) {
        assertThat(form(path, PathRules.DEFAULT)).isEqualTo(fault.reason());
    }

    @ParameterizedTest
    @CsvSource({"/@scope%2fname,/@scope%2Fname", "/a\\b,/a\\b", "/a%5cb,/a%5Cb", "/a/..%2fadmin,path_ambiguous_dot_segment",
        "/a/x%2f..,path_ambiguous_dot_segment", "/a/x%2f%2e%2e%2fy,path_ambiguous_dot_segment",
        "/a/..\\admin,path_ambiguous_dot_segment", "/a/.%5Cb,path_ambiguous_dot_segment",
        "/a/b%2f..;x,path_ambiguous_dot_segment",
        "/a/..x%2Fb,/a/..x%2Fb"})
    void aDotSegmentBesideASlashThatIsKeptIsRefused(String path, String form) {
        assertThat(form(path, ENCODED_SLASHES_KEPT)).isEqualTo(form);
    }

    @ParameterizedTest
    @CsvSource({"/a%2fb,/a/b", "/a%2f..%2fb,/b", "/a\\..\\b,/b", "/a%5C%5cb,/a/b", "/..%2fb,path_above_root"})
    void whatIsDecodedToASlashSeparatesSegments(String path, String form) {
        assertThat(form(path, ALL_DECODED)).isEqualTo(form);
    }

    @ParameterizedTest
    @CsvSource({"/a/../b,path_dot_segment", "/a/%2e,path_dot_segment", "/a//b,path_repeated_slash", "/a;b,path_parameter",
        "/a%3Bb,path_parameter", "/a/,/a/", "/a/b,/a/b"})
    void rejectRefuses(String path, String form) {
        assertThat(form(path, ALL_REFUSED)).isEqualTo(form);
    }

    @ParameterizedTest
    @CsvSource({"/%61/%2E%2e/b,/b", "/a%7e,/a%7e", "/a%zz,/a%zz", "/a%00,/a%00", "/a%2fb,/a%2fb",
        "/x/%2e%2e%2fb,path_ambiguous_dot_segment"})
    void escapesThatAreKeptHideNoDotSegment(String path, String form) {
        assertThat(form(path, ESCAPES_KEPT)).isEqualTo(form);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a/../b", "/../a", "//a%2f%5c\\;x/..;/%2e%2E/.", "/a%", "/%00"})
    void everythingKeptIsTheSameBytes(String path) {
        assertThat(form(path, RAW)).isEqualTo(path);
    }

    @Test
    void theQueryStaysAsItIsAndAdjoinsThePath() {
        HeaderBlock fields = new HeaderBlock();
        TargetRanges ranges = ranges(fields, "/a/../b?x=/../%2f#".replace("#", "%"));
        assertThat(ranges.normalisePath(PathRules.DEFAULT)).isNull();
        assertThat(fields.text(ranges.pathFrom(), ranges.queryTo())).isEqualTo("/b?x=/../%2f%");
        assertThat(fields.text(ranges.queryFrom(), ranges.queryTo())).isEqualTo("x=/../%2f%");
        assertThat(fields.text(ranges.rawFrom(), ranges.rawTo())).isEqualTo("/a/../b?x=/../%2f%");
        assertThat(ranges.edited()).isTrue();
    }

    @Test
    void aPathThatIsNotPlainAndYetInNormalFormStaysUnedited() {
        HeaderBlock fields = new HeaderBlock();
        TargetRanges ranges = ranges(fields, "/.well-known/a%20b?");
        int end = fields.end();
        assertThat(ranges.isPlain()).isFalse();
        assertThat(ranges.normalisePath(PathRules.DEFAULT)).isNull();
        assertThat(ranges.edited()).isFalse();
        assertThat(fields.end()).isEqualTo(end);
    }

    /// For any path: normalising the normal form does not change it; it has no dot segment, empty segment or backslash, and is never longer; and a
    /// path that is classified as plain is in normal form.
    @Tag("suite")
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void lawsHoldForAnyPath(long seed) {
        Random random = new Random(seed);
        String[] parts = {"/", "/", ".", "..", "%2e", "%2E", "a", "B", "%61", "%2f", "%5c", "\\", ";", "%3b", "%", "%00",
            "%c3%a9", "~",
            "%7e", "=", "%25", "2e"};
        PathRules[] rules = {PathRules.DEFAULT, ENCODED_SLASHES_KEPT, ALL_DECODED, ALL_REFUSED};
        for (int i = 0; i < 50_000; i++) {
            StringBuilder text = new StringBuilder("/");
            for (int part = random.nextInt(12); part > 0; part--) {
                text.append(parts[random.nextInt(parts.length)]);
            }
            String path = text.toString();
            byte[] bytes = path.getBytes(StandardCharsets.ISO_8859_1);
            PathRules by = rules[random.nextInt(rules.length)];
            String form = form(path, by);
            if (PathForm.isPlain(bytes, 0, bytes.length)) {
                assertThat(form).as(path).isEqualTo(path);
            }
            if (form.startsWith("/")) {
                assertThat(form(form, by)).as("again, of %s", path).isEqualTo(form);
                assertThat(form.length()).as(path).isLessThanOrEqualTo(path.length());
                assertThat(form).as(path).doesNotContain("//").doesNotContainPattern("/\\.\\.?(/|;|$)");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"/caf\u00e9,/caf%C3%A9", "/caf%c3%a9,/caf%C3%A9", "/%61,/a", "/a b,/a%20b", "/a%2fb,/a%2Fb", "/100%,/100%",
        "/a#b,/a%23b",
        "/a;b=(c),/a;b=(c)"})
    void thePathOfARuleHasTheFormOfARequests(String rule, String form) {
        assertThat(new String(PathForm.ofRule(rule), StandardCharsets.ISO_8859_1)).isEqualTo(form);
    }

    private static String form(String path, PathRules rules) {
        HeaderBlock fields = new HeaderBlock();
        TargetRanges ranges = ranges(fields, path);
        PathFault fault = ranges.normalisePath(rules);
        return fault == null ? fields.text(ranges.pathFrom(), ranges.pathTo()) : fault.reason();
    }

    private static TargetRanges ranges(HeaderBlock fields, String target) {
        fields.begin();
        TargetRanges ranges = new TargetRanges(fields);
        ranges.begin();
        int from = fields.reserve(target);
        int to = fields.end();
        fields.received(to);
        int question = target.indexOf('?') < 0 ? to : from + target.indexOf('?');
        ranges.received(from, to, PathForm.isPlain(fields.bytes(), from, question));
        ranges.range(from, question, Math.min(question + 1, to), to);
        return ranges;
    }
}
