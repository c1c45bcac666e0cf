package io.jigress.waf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Bodies that are made to be read otherwise than they look, or to cost much.
class HostileBodiesTest {
    private static final String FORM = "application/x-www-form-urlencoded";
    private static final String PARTS = "multipart/form-data; boundary=b";
    private static final String FIELD = "Content-Disposition: form-data; name=\"q\"\r\n";

    private final RuleSet rules = RulesTest.rules("""
            SecRequestBodyAccess On
            SecRequestBodyLimit 4000000
            SecRule REQUEST_HEADERS:Content-Type "@beginsWith application/json" "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"
            SecRule REQUEST_HEADERS:Content-Type "@beginsWith text/xml" "id:2,phase:1,pass,nolog,ctl:requestBodyProcessor=XML"
            SecRule REQBODY_ERROR|MULTIPART_STRICT_ERROR "!@eq 0" "id:3,phase:2,deny,status:400"
            SecRule ARGS|ARGS_NAMES|FILES|XML:/*|XML://@* "@rx evil" "id:4,phase:2,deny"
            SecRule ARGS "@validateUtf8Encoding" "id:5,phase:2,deny,status:401"
            """);

    /// `passed`, the id of the rule that denies, or the name of the limit.
    private String verdict(String type, String body) {
        Transaction transaction = rules.begin();
        transaction.requestLine("POST", "/", "HTTP/1.1");
        transaction.requestHeader("Content-Type", type);
        transaction.requestHeader("Content-Length", Integer.toString(body.length()));
        transaction.requestHead();
        byte[] bytes = body.getBytes(StandardCharsets.ISO_8859_1);
        transaction.requestBodyBytes(bytes, 0, bytes.length);
        Interruption interruption = transaction.requestBody();
        return interruption == null
                ? "passed"
                : interruption.ruleId() == 0 ? interruption.limit() : Long.toString(interruption.ruleId());
    }

    @Test
    void aBodyThatIsNotOfItsTypeIsRefusedOrJudgedAsItsType() {
        assertThat(verdict("application/json", "q=evil")).isEqualTo("3");
        assertThat(verdict("text/xml", "{\"q\":\"evil\"}")).isEqualTo("3");
        assertThat(verdict(PARTS, "q=evil")).isEqualTo("3");
        assertThat(verdict(FORM, "{\"q\":\"evil\"}")).isEqualTo("4");
        assertThat(verdict("application/json", "{\"q\":\"good\"} {\"q\":\"evil\"}")).isEqualTo("3");
    }

    @Test
    void manyAndLongArgumentsAreJudgedOrRefusedByName() {
        assertThat(verdict(FORM, "a=b&".repeat(10_000))).isEqualTo("arguments");
        assertThat(verdict("application/json", "[" + "1,".repeat(10_000) + "1]")).isEqualTo("arguments");
        assertThat(verdict(FORM, "q=" + "x".repeat(1_000_000))).isEqualTo("passed");
        assertThat(verdict(FORM, "q=" + "x".repeat(1_000_000) + "evil")).isEqualTo("4");
        assertThat(verdict(FORM, "x".repeat(3_900_000) + "=evil")).isEqualTo("4");
        assertThat(verdict(FORM, "x".repeat(4_000_001))).isEqualTo("SecRequestBodyLimit");
        assertThat(verdict(PARTS, ("--b\r\n" + FIELD + "\r\nx\r\n").repeat(1001) + "--b--\r\n")).isEqualTo("3");
    }

    @Test
    void repeatedKeysAreAllJudged() {
        assertThat(verdict(FORM, "q=evil&q=good")).isEqualTo("4");
        assertThat(verdict(FORM, "q=good&q=evil")).isEqualTo("4");
        assertThat(verdict("application/json", "{\"q\":\"evil\",\"q\":\"good\"}")).isEqualTo("4");
        assertThat(verdict(PARTS, "--b\r\n" + FIELD + "\r\ngood\r\n--b\r\n" + FIELD + "\r\nevil\r\n--b--\r\n"))
                .isEqualTo("4");
    }

    @Test
    void deepDocumentsAndInvalidBytesAreRefused() {
        assertThat(verdict("application/json", "[".repeat(100_000))).isEqualTo("3");
        assertThat(verdict("application/json", "{\"a\":".repeat(5000) + "1" + "}".repeat(5000))).isEqualTo("3");
        assertThat(verdict("text/xml", "<a>".repeat(5000) + "</a>".repeat(5000))).isEqualTo("3");
        assertThat(verdict(FORM, "q=%c3%28")).isEqualTo("5");
        assertThat(verdict(FORM, "q=%ed%a0%80")).isEqualTo("5");
        assertThat(verdict(FORM, "q=%c0%af")).isEqualTo("5");
        assertThat(verdict(FORM, "q=%c3%a9")).isEqualTo("passed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"b",
        "multipart/form-data; boundary=b; boundary=c", "multipart/form-data; boundary=a,b", "multipart/form-data; boundary=b{",
        "multipart/form-data; boundary =b", "multipart/form-data; boundary=\"b\"", "multipart/form-data; Boundary=c",
        "multipart/form-data; x=boundary=b", "multipart/form-data boundary=b; boundary=c"})
    void oddBoundariesAreRefused(String type) {
        assertThat(verdict(type, "--b\r\n" + FIELD + "\r\nevil\r\n--b--\r\n")).isIn("3", "4");
    }

    @Test
    void partsThatParsersReadDifferentlyAreRefused() {
        for (String body : List.of(
                // Line feeds alone; a part without end; text before and after; a field that is folded; a part with two names.
                "--b\n" + FIELD.replace("\r", "") + "\nevil\n--b--\n", "--b\r\n" + FIELD + "\r\nevil",
                "evil\r\n--b\r\n" + FIELD + "\r\ngood\r\n--b--\r\n",
                "--b\r\n" + FIELD + "\r\ngood\r\n--b--\r\n--b\r\n" + FIELD + "\r\nevil\r\n--b--\r\n",
                "--b\r\nContent-Disposition: form-data;\r\n name=\"q\"\r\n\r\nevil\r\n--b--\r\n",
                "--b\r\nContent-Disposition: form-data; name=\"q\"; name=\"r\"\r\n\r\nevil\r\n--b--\r\n",
                "--b\r\n\r\nevil\r\n--b--\r\n", "--b\r\n" + FIELD + "\r\ngood\r\n--bx\r\nevil\r\n--b--\r\n",
                "--b\r\nContent-Disposition: form-data; name=\"q\"; filename=\"evil.php\"\r\n\r\nx\r\n--b--\r\n")) {
            assertThat(verdict(PARTS, body)).as(body).isIn("3", "4");
        }
        assertThat(verdict(PARTS, "--b\r\n" + FIELD + "\r\ngood\r\n--b--\r\n")).isEqualTo("passed");
    }

    @Test
    void theBoundaryOfAnEmptyBodyIsCheckedToo() {
        assertThat(verdict("multipart/form-data; boundary=\"b", "")).isEqualTo("3");
        assertThat(verdict(PARTS, "")).isEqualTo("passed");
    }
}
