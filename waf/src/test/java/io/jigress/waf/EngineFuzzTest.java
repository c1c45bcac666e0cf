package io.jigress.waf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Rules and messages made by changing valid ones at random. `-Djigress.fuzz.rounds` sets the number of rounds.
@Tag("suite")
class EngineFuzzTest {
    private static final int ROUNDS = Integer.getInteger("jigress.fuzz.rounds", 3000);

    private static final List<String> RULES = List.of(
            "SecRule ARGS|!ARGS:ok|REQUEST_HEADERS:/^x-/ \"@rx (?i)^un(ion)+\\s{1,3}[a-f\\d]*$\" \"id:1,phase:2,deny,t:none,t:urlDecodeUni,capture,"
                    + "setvar:'tx.a_%{tx.1}=+%{tx.b}',msg:'m %{MATCHED_VAR}',tag:'x'\"",
            "SecRule &TX:a \"!@eq 0\" \"id:2,phase:1,chain,skipAfter:END\"\n    SecRule REQUEST_LINE \"@pm a b c\" \"ctl:ruleRemoveTargetById=1;ARGS:q\"\n"
                    + "SecMarker END",
            "SecAction \"id:3,phase:5,pass,initcol:ip=%{REMOTE_ADDR},expirevar:ip.a=60\"\nSecRequestBodyLimit 100\nSecRuleRemoveById 1-5");

    /// Every transformation, and operators of each kind.
    private static final String JUDGES = """
            SecRuleEngine DetectionOnly
            SecRequestBodyAccess On
            SecRule REQUEST_HEADERS:Content-Type "@contains json" "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"
            SecRule REQUEST_HEADERS:Content-Type "@contains xml" "id:2,phase:1,pass,nolog,ctl:requestBodyProcessor=XML"
            SecRule ARGS|ARGS_NAMES|REQUEST_HEADERS|REQUEST_COOKIES|XML:/*|XML://@*|FILES|MULTIPART_PART_HEADERS "@detectSQLi" \\
                "id:3,phase:2,pass,t:urlDecodeUni,t:htmlEntityDecode,t:jsDecode,t:cssDecode,capture,setvar:tx.n=+1"
            SecRule ARGS|REQUEST_URI_RAW|REQUEST_BODY "@detectXSS" "id:4,phase:2,pass,t:base64DecodeExt,t:utf8toUnicode,setvar:tx.n=+1"
            SecRule ARGS|REQUEST_LINE "@rx (a|b)*c(\\d+)$" \\
                "id:5,phase:2,pass,multiMatch,t:escapeSeqDecode,t:sqlHexDecode,t:hexDecode,t:cmdLine,capture,setvar:'tx.x_%{tx.0}=%{tx.2}'"
            SecRule ARGS "@rx ." "id:6,phase:2,pass,chain,t:normalizePathWin,t:removeComments,t:replaceComments,t:compressWhitespace"
                SecRule MATCHED_VARS "@within %{ARGS.a} abc" "t:lowercase,t:sha1,t:hexEncode,setvar:'tx.%{MATCHED_VAR_NAME}=1'"
            SecRule ARGS|REQUEST_FILENAME "@verifyCC \\d{13,16}" "id:7,phase:2,pass,capture,t:removeWhitespace,t:trim,t:urlEncode,t:parityEven7bit"
            SecRule TX:/^x_/ "@validateByteRange 32-126" "id:8,phase:2,pass,t:length,t:md5,t:base64Encode"
            SecRule ARGS_NAMES "@validateUtf8Encoding" "id:9,phase:2,pass"
            SecRule REQUEST_URI "@validateUrlEncoding" "id:10,phase:2,pass"
            SecRule MULTIPART_STRICT_ERROR|REQBODY_ERROR "!@eq 0" "id:11,phase:2,pass"
            """;

    private static final List<String[]> MESSAGES = List.of(
            new String[] {"/a/../b.php?q=1%27+union+select&a=%u0041%3Cscript%3E&b=c4111111111111111",
                "application/x-www-form-urlencoded",
                "a=1&b=%00%ff&c=&&=d&e"},
            new String[] {"/?x", "application/json", "{\"a\":[1,2.5e3,{\"b\":\"\\u00e9\\n\"}],\"a\":null,\"c\":true}"},
            new String[] {"/", "text/xml", "<?xml version=\"1.0\"?><a b='c'><![CDATA[x]]>&lt;<d/>text</a>"},
            new String[] {"http://h/p#f", "multipart/form-data; boundary=\"xyz\"",
                """
                        --xyz
                        Content-Disposition: form-data; name="f"; filename="a.txt"
                        Content-Type: text/plain

                        hello
                        --xyz
                        Content-Disposition: form-data; name="g"

                        value
                        --xyz--
                        """.replace("\n", "\r\n")});

    private static final byte[] MARKS = "\"'\\%&=;<>(){}[]/*-#:,.|?+ \t\r\n\0\u00ff0u$`@!~".getBytes(StandardCharsets.ISO_8859_1);

    @Test
    void directivesAreReadOrRefusedButNeverFail() {
        Random random = new Random(1);
        for (int i = 0; i < ROUNDS; i++) {
            String text = latin(changed(bytes(RULES.get(random.nextInt(RULES.size()))), random));
            assertThatCode(() -> RuleSetLoader.check("fuzz", text)).as(text).doesNotThrowAnyException();
        }
    }

    @Test
    void anyMessageIsJudgedAndAReusedTransactionJudgesAsANewOne() {
        RuleSet rules = (RuleSet) RuleSetLoader.load("fuzz", JUDGES, new NoFiles(), WafLimits.DEFAULT, () -> 0);
        Transaction reused = rules.begin();
        Random random = new Random(2);
        for (int i = 0; i < ROUNDS; i++) {
            String[] message = MESSAGES.get(random.nextInt(MESSAGES.size()));
            byte[] target = changed(bytes(message[0]), random);
            byte[] type = random.nextInt(4) == 0 ? changed(bytes(message[1]), random) : bytes(message[1]);
            byte[] body = changed(bytes(message[2]), random);
            String shown = latin(target) + " " + latin(type) + " " + latin(body);
            reused.reset();
            assertThatCode(() -> judge(reused, target, type, body)).as(shown).doesNotThrowAnyException();
            Transaction fresh = rules.begin();
            judge(fresh, target, type, body);
            assertThat(reused.matches()).as(shown).isEqualTo(fresh.matches());
        }
    }

    private static void judge(Transaction transaction, byte[] target, byte[] type, byte[] body) {
        transaction.connection("192.0.2.1", 1, "192.0.2.2", 80, "id");
        transaction.requestLine(bytes("POST"), target, bytes("HTTP/1.1"));
        transaction.requestHeader(bytes("Content-Type"), type);
        transaction.requestHeader(bytes("Cookie"), target);
        transaction.requestHead();
        transaction.requestBodyBytes(body, 0, body.length);
        transaction.requestBody();
        transaction.finish();
    }

    /// Long inputs of kinds that are slow in backtracking matchers and naive parsers. A quadratic algorithm would take minutes here.
    @Test
    void longInputsOfBadKindsAreJudged() {
        RuleSet rules = (RuleSet) RuleSetLoader.load("fuzz", JUDGES, new NoFiles(), WafLimits.DEFAULT, () -> 0);
        Transaction transaction = rules.begin();
        for (String piece : List.of("a", "ab", "c1", "\\", "'\\", "''", "/*", "/**/", "$a$", "$$", "<!", "<a ", "<a b=", "&#",
                "&#x", "%u",
                "%", "--", "-- \n", "#", "`", "[", "{", "../", "\\x", "0x", "x'0", "@`", "q'(", "1e", "\"", "a=&", "<!--", "&amp",
                "=\"`",
                "4111 ")) {
            byte[] body = bytes("q=" + piece.repeat(200_000 / piece.length()));
            transaction.reset();
            judge(transaction, bytes("/"), bytes("application/x-www-form-urlencoded"), body);
            assertThat(transaction.interruption()).as(piece).isNull();
        }
    }

    private static byte[] changed(byte[] good, Random random) {
        byte[] bytes = good.clone();
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes && bytes.length > 0; i++) {
            int at = random.nextInt(bytes.length);
            bytes = switch (random.nextInt(5)) {
                case 0 -> spliced(bytes, at, at, new byte[] {MARKS[random.nextInt(MARKS.length)]});
                case 1 -> spliced(bytes, at, Math.min(bytes.length, at + 1 + random.nextInt(6)), new byte[0]);
                case 2 -> spliced(bytes, at, at + 1, new byte[] {(byte) random.nextInt(256)});
                case 3 -> spliced(bytes, at, at + 1, new byte[] {MARKS[random.nextInt(MARKS.length)]});
                default -> {
                    int from = random.nextInt(bytes.length);
                    int to = Math.min(bytes.length, from + 1 + random.nextInt(20));
                    yield spliced(bytes, at, at, java.util.Arrays.copyOfRange(bytes, from, to));
                }
            };
        }
        return bytes;
    }

    private static byte[] spliced(byte[] bytes, int from, int to, byte[] by) {
        byte[] out = new byte[bytes.length - (to - from) + by.length];
        System.arraycopy(bytes, 0, out, 0, from);
        System.arraycopy(by, 0, out, from, by.length);
        System.arraycopy(bytes, to, out, from + by.length, bytes.length - to);
        return out;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private record NoFiles() implements RuleFiles {
        @Override
        public java.util.Optional<byte[]> read(String path) {
            return java.util.Optional.empty();
        }

        @Override
        public List<String> list(String pattern) {
            return List.of();
        }
    }
}
