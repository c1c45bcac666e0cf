package io.jigress.waf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RulesTest {
    private static final RuleFiles NO_FILES = files(Map.of());

    @Test
    void aRuleDeniesWhatItMatches() {
        RuleSet rules = rules(
                "SecRule ARGS:q \"@rx <script\" \"id:1,phase:1,deny,status:406,msg:'script in %{MATCHED_VAR_NAME}'\"");
        assertThat(head(rules, "/?q=hello")).isNull();
        Transaction transaction = transaction(rules, "/?q=%3Cscript%3E");
        Interruption interruption = transaction.requestHead();
        assertThat(interruption).isEqualTo(new Interruption(Interruption.Kind.DENY, 406, 1, 1, "", ""));
        assertThat(transaction.matches()).containsExactly(
                new RuleMatch(1, 1, "script in ARGS:q", "", "ARGS:q", -1, List.of()));
    }

    @Test
    void aChainMatchesWhenAllItsRulesMatch() {
        RuleSet rules = rules("""
                SecRule REQUEST_METHOD "@streq POST" "id:1,phase:1,deny,chain"
                    SecRule &REQUEST_HEADERS:Content-Length "@eq 0" ""
                """);
        assertThat(head(rules, "/")).isNull();
        Transaction transaction = rules.begin();
        transaction.requestLine(bytes("POST"), bytes("/"), bytes("HTTP/1.1"));
        assertThat(transaction.requestHead()).isNotNull();
    }

    @Test
    void scoresAddUpAndMarkersAreSkippedTo() {
        RuleSet rules = rules("""
                SecAction "id:1,phase:1,nolog,pass,setvar:tx.critical=5,setvar:tx.score=0"
                SecRule ARGS "@contains evil" "id:2,phase:1,pass,setvar:'tx.score=+%{tx.critical}'"
                SecRule &TX:skip "@eq 0" "id:3,phase:1,pass,nolog,skipAfter:END"
                SecAction "id:4,phase:1,pass,setvar:tx.score=+100"
                SecMarker "END"
                SecRule TX:SCORE "@ge 10" "id:5,phase:1,deny"
                """);
        assertThat(head(rules, "/?a=evil")).isNull();
        Transaction transaction = transaction(rules, "/?a=evil&b=evil");
        assertThat(transaction.requestHead()).isNotNull();
        assertThat(transaction.transactionField("score")).isEqualTo("10");
    }

    /// The values of both rules are shared by them until a `ctl` action removes some for one rule.
    @Test
    void removedTargetsAreNotJudged() {
        RuleSet rules = rules("""
                SecRequestBodyAccess On
                SecAction "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=XML"
                SecRule ARGS|XML:/*|XML://@* "@contains evil" "id:2,phase:2,pass"
                SecRule ARGS:a "@streq 1" "id:3,phase:2,pass,nolog,ctl:ruleRemoveTargetById=5;ARGS:q,ctl:ruleRemoveTargetById=5;XML:/*"
                SecRule ARGS:a "@streq 2" "id:4,phase:2,pass,nolog,ctl:ruleRemoveTargetById=5;XML://@*"
                SecRule ARGS|XML:/*|XML://@* "@contains evil" "id:5,phase:2,pass"
                """);
        assertThat(matching(rules, "/?a=0&q=evil", "<a/>")).containsExactly(2L, 5L);
        assertThat(matching(rules, "/?a=1&q=evil", "<a/>")).containsExactly(2L);
        assertThat(matching(rules, "/?a=1&q=evil&r=evil", "<a/>")).containsExactly(2L, 5L);
        assertThat(matching(rules, "/?a=1", "<a>evil</a>")).containsExactly(2L);
        assertThat(matching(rules, "/?a=1", "<a b='evil'/>")).containsExactly(2L, 5L);
        assertThat(matching(rules, "/?a=2", "<a b='evil'/>")).containsExactly(2L);
        assertThat(matching(rules, "/?a=2", "<a>evil</a>")).containsExactly(2L, 5L);
    }

    private static List<Long> matching(RuleSet rules, String target, String body) {
        Transaction transaction = transaction(rules, target);
        transaction.requestHead();
        transaction.requestBodyBytes(bytes(body), 0, body.length());
        transaction.requestBody();
        return transaction.matches().stream().map(RuleMatch::ruleId).toList();
    }

    @Test
    void capturedGroupsAreMembersOfTx() {
        RuleSet rules = rules("""
                SecRule ARGS:a "@rx ^(\\w+)-(\\d+)$" "id:1,phase:1,pass,capture,setvar:tx.word=%{tx.1},setvar:tx.number=%{tx.2}"
                """);
        Transaction transaction = transaction(rules, "/?a=abc-42");
        transaction.requestHead();
        assertThat(transaction.transactionField("word")).isEqualTo("abc");
        assertThat(transaction.transactionField("number")).isEqualTo("42");
    }

    @Test
    void groupsAreThoseOfTheMatchThatTheReaderFollows() {
        RuleSet own = rules("""
                SecRule ARGS "@rx ^(\\w)(\\w+)$" "id:1,phase:1,pass,capture,logdata:'%{tx.0} %{tx.2}'"
                SecRule ARGS "@rx ^(\\w)(\\w+)$" "id:2,phase:1,pass,capture,logdata:'%{tx.1}',chain"
                    SecRule TX:2 "@rx ^(o)o$" "capture,setvar:tx.seen=%{tx.1}"
                SecRule ARGS "@rx ^(\\w)(\\w+)$" "id:3,phase:1,pass,capture,setvar:'tx.all=%{tx.all}%{tx.1}'"
                """);
        Transaction transaction = transaction(own, "/?a=bar&b=foo");
        transaction.requestHead();
        assertThat(transaction.matches().stream().map(RuleMatch::data)).containsExactly("bar ar", "o", "");
        assertThat(transaction.transactionField("seen")).isEqualTo("o");
        assertThat(transaction.transactionField("all")).isEqualTo("bf");
    }

    @Test
    void phrasesBeyondAsciiAreBytesWithoutCase() {
        RuleSet rules = rules("SecRule ARGS \"@pm \u00c3\u0089t\u00c3\u00a9 x\" \"id:1,phase:1,deny,capture,logdata:'%{tx.0}'\"");
        assertThat(head(rules, "/?a=un+%C3%89t%C3%A9")).isNotNull();
        assertThat(head(rules, "/?a=un+%E3%89t%E3%A9")).isNull();
    }

    @Test
    void groupsStayForRulesWithoutACaptureOfTheirOwn() {
        RuleSet rules = rules("""
                SecRule ARGS "@rx ^(\\w)(\\w+)$" "id:1,phase:1,pass,capture"
                SecRule TX:2 "@streq oo" "id:2,phase:1,pass,setvar:tx.seen=%{tx.1}"
                """);
        Transaction transaction = transaction(rules, "/?a=bar&b=foo");
        transaction.requestHead();
        assertThat(transaction.transactionField("seen")).isEqualTo("f");
    }

    @Test
    void detectionOnlyInterruptsNothingAndSaysWhatItWouldHaveDone() {
        RuleSet rules = rules("SecRuleEngine DetectionOnly\nSecAction \"id:1,phase:1,deny\"");
        Transaction transaction = transaction(rules, "/");
        assertThat(transaction.requestHead()).isNull();
        assertThat(transaction.detected()).isNotNull();
        assertThat(transaction.matches()).hasSize(1);
    }

    @Test
    void controlsRemoveRulesAndTargetsForOneTransaction() {
        RuleSet rules = rules("""
                SecRule REQUEST_FILENAME "@streq /a" "id:1,phase:1,pass,nolog,ctl:ruleRemoveById=3"
                SecRule REQUEST_FILENAME "@streq /b" "id:2,phase:1,pass,nolog,ctl:ruleRemoveTargetByTag=attack;ARGS:ok"
                SecRule ARGS "@rx evil" "id:3,phase:1,deny,tag:'attack-x'"
                """);
        assertThat(head(rules, "/?ok=evil")).isNotNull();
        assertThat(head(rules, "/a?ok=evil")).isNull();
        assertThat(head(rules, "/b?ok=evil")).isNull();
        assertThat(head(rules, "/b?other=evil")).isNotNull();
    }

    @Test
    void theFilenameIsDecodedFromPhaseTwoOn() {
        RuleSet rules = rules("""
                SecRule REQUEST_FILENAME "@streq /a/%62%2Epdf" "id:1,phase:1,pass,log"
                SecRule REQUEST_BASENAME "@streq %62%2Epdf" "id:2,phase:1,pass,log"
                SecRule REQUEST_FILENAME "@streq /a/b.pdf" "id:3,phase:1,pass,log"
                SecRule REQUEST_FILENAME "@streq /a/b.pdf" "id:4,phase:2,pass,log"
                SecRule REQUEST_BASENAME "@streq b.pdf" "id:5,phase:2,pass,log"
                SecRule REQUEST_BASENAME "@contains %" "id:6,phase:2,pass,log"
                """);
        Transaction transaction = transaction(rules, "/a/%62%2Epdf?q=%2E");
        transaction.requestHead();
        assertThat(transaction.matches()).extracting(RuleMatch::ruleId).containsExactly(1L, 2L);
        transaction.requestBody();
        assertThat(transaction.matches()).extracting(RuleMatch::ruleId).containsExactly(1L, 2L, 4L, 5L);
    }

    @Test
    void laterDirectivesChangeRules() {
        RuleSet rules = rules("""
                SecRule ARGS|REQUEST_HEADERS "@rx evil" "id:1,phase:1,deny"
                SecRule ARGS "@rx bad" "id:2,phase:1,deny"
                SecRuleUpdateTargetById 1 "!ARGS:/^free/"
                SecRuleUpdateActionById 1 "deny,status:418"
                SecRuleRemoveById 2-3
                """);
        assertThat(head(rules, "/?freedom=evil")).isNull();
        assertThat(head(rules, "/?a=bad")).isNull();
        assertThat(head(rules, "/?a=evil")).matches(found -> found.status() == 418);
    }

    @Test
    void bodiesBecomeArguments() {
        String source = """
                SecRequestBodyAccess On
                SecRule REQUEST_HEADERS:Content-Type "@contains json" "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"
                SecRule REQUEST_HEADERS:Content-Type "@contains xml" "id:2,phase:1,pass,nolog,ctl:requestBodyProcessor=XML"
                SecRule REQBODY_ERROR "@eq 1" "id:3,phase:2,deny,status:400"
                SecRule ARGS_POST|FILES|XML:/* "@rx evil" "id:4,phase:2,deny,msg:'%{MATCHED_VAR_NAME}'"
                """;
        RuleSet rules = rules(source);
        assertThat(body(rules, "application/x-www-form-urlencoded", "a=1&b=e%76il").message()).isEqualTo("ARGS_POST:b");
        assertThat(body(rules, "application/json", "{\"a\":[1,{\"b\":\"\\u0065vil\"}]}").message())
                .isEqualTo("ARGS_POST:json.a.1.b");
        assertThat(body(rules, "text/xml", "<a><b>e<c/>vil</b></a>").message()).isEqualTo("XML");
        assertThat(body(rules, "multipart/form-data; boundary=x",
                "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"evil.php\"\r\n\r\nx\r\n--x--\r\n").message())
                .isEqualTo("FILES:f");
        assertThat(body(rules, "application/json", "{\"a\":").ruleId()).isEqualTo(3);
        assertThat(body(rules, "application/json", "[".repeat(2000) + "]".repeat(2000)).ruleId()).isEqualTo(3);
    }

    @Test
    void xmlIsReadInTheEncodingThatItHas() {
        RuleSet rules = rules("""
                SecRequestBodyAccess On
                SecAction "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=XML"
                SecRule REQBODY_ERROR "@eq 1" "id:3,phase:2,deny,status:400,msg:'%{REQBODY_ERROR_MSG}'"
                SecRule XML:/*|XML://@* "@contains evil" "id:4,phase:2,deny"
                """);
        String document = "<a b='e&#x76;il'>good</a>";
        for (java.nio.charset.Charset charset : List.of(StandardCharsets.UTF_8, StandardCharsets.UTF_16LE,
                StandardCharsets.UTF_16BE, StandardCharsets.UTF_16)) {
            assertThat(body(rules, "text/xml", new String(document.getBytes(charset), StandardCharsets.ISO_8859_1)).ruleId())
                    .as(charset.name()).isEqualTo(4);
        }
        assertThat(body(rules, "text/xml", "<?xml version='1.0' encoding='ISO-8859-1'?><a>\u00e9vil evil</a>").ruleId())
                .isEqualTo(4);
        assertThat(body(rules, "text/xml", "<a>\u00e9</a>").message()).isEqualTo("XML: bytes that are not UTF-8");
        assertThat(body(rules, "text/xml", "<?xml version='1.0' encoding='EBCDIC-9'?><a/>").message())
                .contains("the encoding EBCDIC-9 is not known");
        assertThat(body(rules, "text/xml", "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>").message())
                .startsWith("XML:");
    }

    @Test
    void namesOfJsonArgumentsTakeAsMuchAsTheirBodyAllows() {
        RuleSet rules = rules("""
                SecRequestBodyAccess On
                SecAction "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"
                SecRule REQBODY_ERROR "@eq 1" "id:3,phase:2,deny,status:400,msg:'%{REQBODY_ERROR_MSG}'"
                SecRule ARGS "@contains evil" "id:4,phase:2,deny"
                """);
        String long1 = "{\"" + "k".repeat(60_000) + "\":[" + "1,".repeat(900) + "\"evil\"]}";
        assertThat(body(rules, "application/json", long1).message()).contains("16 times the bytes of the body");
        String usual = "{\"" + "k".repeat(200) + "\":[" + "\"a value of some length\",".repeat(900) + "\"evil\"]}";
        assertThat(body(rules, "application/json", usual).ruleId()).isEqualTo(4);
        assertThat(body(rules, "application/json", "{\"a\":1,\"a\":\"evil\",\"a\":2}").ruleId()).isEqualTo(4);
    }

    @Test
    void collectionsAreKeptBetweenTransactions() {
        RuleSet rules = rules("""
                SecAction "id:1,phase:1,pass,nolog,initcol:ip=%{REMOTE_ADDR},setvar:ip.count=+1"
                SecRule IP:COUNT "@gt 2" "id:2,phase:1,deny"
                """);
        assertThat(head(rules, "/")).isNull();
        assertThat(head(rules, "/")).isNull();
        assertThat(head(rules, "/")).isNotNull();
    }

    @Test
    void aTransactionThatIsResetKnowsNothingOfTheOneBefore() {
        RuleSet rules = rules("""
                SecRule ARGS "@rx evil" "id:1,phase:1,pass,t:lowercase,setvar:tx.seen=1"
                """);
        Transaction transaction = transaction(rules, "/?a=EVIL");
        transaction.requestHead();
        assertThat(transaction.transactionField("seen")).isEqualTo("1");
        transaction.reset();
        transaction.requestLine(bytes("GET"), bytes("/?a=GOOD"), bytes("HTTP/1.1"));
        transaction.requestHead();
        assertThat(transaction.transactionField("seen")).isEmpty();
        assertThat(transaction.matches()).isEmpty();
    }

    @Test
    void limitsAreNamed() {
        RuleSet rules = rules("SecArgumentsLimit 3\nSecAction \"id:1,phase:1,pass\"");
        assertThat(head(rules, "/?a&b&c")).isNull();
        assertThat(head(rules, "/?a&b&c&d")).matches(found -> found.limit().equals("arguments") && found.status() == 413);
        RuleSet small = rules("SecRequestBodyAccess On\nSecRequestBodyLimit 10\nSecAction \"id:1,phase:1,pass\"");
        Transaction transaction = transaction(small, "/");
        transaction.requestHead();
        assertThat(transaction.requestBodyBytes(new byte[11], 0, 11))
                .matches(found -> found.limit().equals("SecRequestBodyLimit"));
    }

    @Test
    void everyFaultOfAFileIsReportedWithItsPlace() {
        RuleSetResult result = RuleSetLoader.load("a.conf", """
                SecRule ARGS "@rx (?=x)" "id:1,deny"
                SecRule NOWHERE "@rx x" \\
                    "id:2,deny,\\
                    t:rot13"
                SecRule ARGS "@geoLookup" "id:3,exec:/bin/sh"
                SecRule ARGS "@rx x" "deny"
                SecFoo bar
                SecRule ARGS "@rx x" "id:3,skipAfter:NOWHERE"
                SecRule ARGS "@rx x
                SecAction "id:9,ctl:hashEngine=On,setvar:tx.a=%{place.country}"
                Include missing.conf
                SecRule ARGS "@pmFromFile missing.data" "id:11"
                """, NO_FILES, WafLimits.DEFAULT, () -> 0);
        assertThat(result).isInstanceOfSatisfying(RuleSetResult.Refused.class, refused -> assertThat(refused.problems())
                .extracting(problem -> problem.place().line() + ":" + problem.place().column() + " " + problem.message())
                .containsExactlyInAnyOrder(
                        "1:15 the expression has look-around, which needs backtracking at offset 2",
                        "2:9 the variable NOWHERE is not supported",
                        "4:5 the transformation rot13 is not supported",
                        "5:15 @geoLookup without SecGeoLookupDb",
                        "5:33 the action exec is not supported",
                        "6:1 a rule without an id",
                        "7:1 the directive SecFoo is not supported",
                        "8:1 the id 3 is taken by rule 3 (a.conf:5:1)",
                        "8:1 skipAfter:NOWHERE leads nowhere",
                        "9:14 a quote that does not end",
                        "10:17 ctl:hashengine is not supported",
                        "10:35 unknown variable in the macro %{place.country}",
                        "11:1 no file matches missing.conf",
                        "12:15 the file missing.data cannot be read"));
    }

    static RuleSet rules(String text) {
        RuleSetResult result = RuleSetLoader.load("test.conf",
                text.contains("SecRuleEngine") ? text : "SecRuleEngine On\n" + text, NO_FILES,
                WafLimits.DEFAULT, () -> 0);
        assertThat(result).isInstanceOf(RuleSet.class);
        return (RuleSet) result;
    }

    private static Transaction transaction(RuleSet rules, String target) {
        Transaction transaction = rules.begin();
        transaction.connection("192.0.2.1", 1234, "192.0.2.2", 80, "id");
        transaction.requestLine(bytes("GET"), bytes(target), bytes("HTTP/1.1"));
        transaction.requestHeader(bytes("Host"), bytes("example.com"));
        return transaction;
    }

    private static Interruption head(RuleSet rules, String target) {
        return transaction(rules, target).requestHead();
    }

    private static RuleMatch body(RuleSet rules, String type, String body) {
        Transaction transaction = transaction(rules, "/");
        transaction.requestHeader(bytes("Content-Type"), bytes(type));
        transaction.requestHead();
        byte[] bytes = bytes(body);
        transaction.requestBodyBytes(bytes, 0, bytes.length);
        assertThat(transaction.requestBody()).as(body).isNotNull();
        return transaction.matches().get(0);
    }

    static RuleFiles files(Map<String, String> files) {
        return new RuleFiles() {
            @Override
            public Optional<byte[]> read(String path) {
                return Optional.ofNullable(files.get(path)).map(RulesTest::bytes);
            }

            @Override
            public List<String> list(String pattern) {
                return files.containsKey(pattern) ? List.of(pattern) : List.of();
            }
        };
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
