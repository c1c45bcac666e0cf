package io.jigress.waf.regex;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegexTest {
    private static final DfaBudget BUDGET = new DfaBudget(DfaBudget.DEFAULT_TRANSITIONS);
    private static final String[] ATOMS = {"a", "b", "ab", ".", "[ab]", "[^a]", "\\w", "\\s", "\\b", "\\B", "^", "$", "(?i:B)",
        "\\d", "-", "\\n"};
    private static final String ALPHABET = "abAB -_1\n";

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "foo(?=bar) ~ look-around", "(a)\\1 ~ back-reference", "a++ ~ possessive", "(?>a) ~ atomic",
        "(a ~ without a closing", "a) ~ without an opening", "[a ~ does not end", "a{2000} ~ more than 1000",
        "\\p{L} ~ escape \\p", "(?(1)a) ~ conditional", "* ~ nothing before it", "(a{900}){900} ~ instructions"})
    void whatCannotBeMatchedInLinearTimeIsRefusedByName(String pattern, String reason) {
        assertThat(Regex.compile(pattern, BUDGET)).isInstanceOfSatisfying(RegexRefusal.class,
                refusal -> assertThat(refusal.what()).contains(reason));
    }

    @Test
    void dollarMatchesAtTheVeryEndAndDotMatchesLineFeeds() {
        assertThat(find("a$", "a\n")).isFalse();
        assertThat(find("a.b", "a\nb")).isTrue();
        assertThat(find("(?m)a$", "a\nb")).isTrue();
    }

    @Test
    void bytesBeyondAsciiAreBytes() {
        assertThat(find("\\xc3[\\x80-\\xbf]", "\u00c3\u00a9")).isTrue();
        assertThat(find("^.$", "\u00ff")).isTrue();
        assertThat(find("(?i)\u00e9", "\u00c9")).isFalse();
    }

    @Test
    @Tag("suite")
    void randomExpressionsMatchWhatJavaMatches() {
        Random random = new Random(22);
        // Reused for all expressions, as in a transaction.
        CaptureMatcher captures = new CaptureMatcher();
        for (int i = 0; i < 20_000; i++) {
            String pattern = expression(random, 3);
            Pattern java = Pattern.compile(pattern.replace("$", "\\z"), Pattern.DOTALL | Pattern.UNIX_LINES);
            Regex ours = compile(pattern);
            for (int j = 0; j < 5; j++) {
                String text = text(random);
                Matcher matcher = java.matcher(text);
                boolean expected = matcher.find();
                byte[] bytes = bytes("xx" + text + "yy");
                assertThat(ours.find(bytes, 2, bytes.length - 2)).as("%s in %s", pattern, text).isEqualTo(expected);
                assertThat(ours.captures(captures, bytes, 2, bytes.length - 2, 9)).isEqualTo(expected);
                if (expected) {
                    assertThat(captures.start(0) - 2).as("start of %s in %s", pattern, text).isEqualTo(matcher.start());
                    assertThat(captures.end(0) - 2).as("end of %s in %s", pattern, text).isEqualTo(matcher.end());
                    assertThat(matcher.group().length()).as("length of %s in %s", pattern, text)
                            .isGreaterThanOrEqualTo(ours.minLength());
                    assertThat(holdsARequiredLiteral(ours, text)).as("literals of %s in %s", pattern, text).isTrue();
                }
            }
        }
    }

    @Test
    void theStartOfTheLeftmostMatchIsFoundFromTheEnd() throws RegexSyntaxException {
        Random random = new Random(23);
        for (int i = 0; i < 20_000; i++) {
            String pattern = expression(random, 3);
            Pattern java = Pattern.compile(pattern.replace("$", "\\z"), Pattern.DOTALL | Pattern.UNIX_LINES);
            LazyDfa backward = LazyDfa.backward(Program.reversed(new RegexParser(pattern).parse()), new DfaBudget(1_000_000));
            for (int j = 0; j < 5; j++) {
                String text = text(random);
                int first = random.nextInt(text.length() + 1);
                Matcher matcher = java.matcher(text);
                byte[] bytes = bytes("xx" + text + "yy");
                assertThat(backward.leftmostStart(bytes, 2, 2, bytes.length - 2)).as("%s in %s", pattern, text)
                        .isEqualTo(matcher.find() ? matcher.start() + 2 : -1);
                assertThat(backward.leftmostStart(bytes, 2, 2 + first, bytes.length - 2)).as("%s in %s from %s", pattern, text,
                        first).isEqualTo(matcher.find(first) ? matcher.start() + 2 : -1);
            }
        }
    }

    @Test
    void theEndOfAMatchIsFoundFromItsStart() throws RegexSyntaxException {
        Random random = new Random(25);
        for (int i = 0; i < 20_000; i++) {
            String pattern = expression(random, 3);
            Pattern java = Pattern.compile(pattern.replace("$", "\\z"), Pattern.DOTALL | Pattern.UNIX_LINES);
            // A small budget: states are dropped while some texts are read.
            LazyDfa anchored = LazyDfa.anchored(Program.of(new RegexParser(pattern).parse()),
                    new DfaBudget(random.nextBoolean() ? 1_000_000 : 100));
            for (int j = 0; j < 5; j++) {
                String text = text(random);
                int first = random.nextInt(text.length() + 1);
                Matcher matcher = java.matcher(text);
                byte[] bytes = bytes("xx" + text + "yy");
                if (matcher.find(first)) {
                    assertThat(anchored.end(bytes, 2, matcher.start() + 2, bytes.length - 2))
                            .as("%s in %s from %s", pattern, text,
                                    first)
                            .isEqualTo(matcher.end() + 2);
                }
                if (first < text.length() && matcher.find(first) && matcher.start() > first) {
                    assertThat(anchored.end(bytes, 2, first + 2, bytes.length - 2)).as("%s in %s at %s", pattern, text, first)
                            .isEqualTo(-1);
                }
            }
        }
    }

    @Test
    void groupsInLongTextsAreThoseOfRe2() {
        Random random = new Random(24);
        CaptureMatcher captures = new CaptureMatcher();
        for (int i = 0; i < 300; i++) {
            // Without a repeated empty match, in which the two differ.
            String pattern = "(a+|b-)(?:" + ATOMS[random.nextInt(8)] + "|(b\\w))(1|_ ?|$)(.*?)"
                    + ATOMS[random.nextInt(ATOMS.length)];
            Regex ours = compile(pattern);
            com.google.re2j.Pattern theirs = com.google.re2j.Pattern.compile(pattern, com.google.re2j.Pattern.DOTALL);
            StringBuilder text = new StringBuilder();
            for (int j = 0; j < 12; j++) {
                text.append(text(random)).append("B".repeat(random.nextInt(20)));
            }
            com.google.re2j.Matcher expected = theirs.matcher(text);
            byte[] bytes = bytes(text.toString());
            assertThat(ours.captures(captures, bytes, 0, bytes.length, 9)).isEqualTo(expected.find(0));
            if (ours.find(bytes, 0, bytes.length)) {
                CaptureMatcher whole = new CaptureMatcher();
                assertThat(ours.captures(whole, bytes, 0, bytes.length, 0)).isTrue();
                assertThat(whole.start(0)).as("start of %s in %s", pattern, text).isEqualTo(expected.start());
                assertThat(whole.end(0)).as("end of %s in %s", pattern, text).isEqualTo(expected.end());
                for (int group = 0; group <= expected.groupCount(); group++) {
                    assertThat(captures.start(group)).as("group %s of %s in %s", group, pattern, text)
                            .isEqualTo(expected.start(group));
                    assertThat(captures.end(group)).isEqualTo(expected.end(group));
                }
            }
        }
    }

    @Test
    void groupsAreThoseOfRe2() {
        String pattern = "(a+)(b?)(?:c|(d))(\\s*x)*$";
        String text = "zzaabd  x x";
        com.google.re2j.Matcher expected = com.google.re2j.Pattern.compile(pattern).matcher(text);
        assertThat(expected.find()).isTrue();
        CaptureMatcher captures = new CaptureMatcher();
        assertThat(compile(pattern).captures(captures, bytes(text), 0, text.length(), 9)).isTrue();
        for (int group = 0; group <= expected.groupCount(); group++) {
            assertThat(captures.start(group)).isEqualTo(expected.start(group));
            assertThat(captures.end(group)).isEqualTo(expected.end(group));
        }
    }

    @Test
    void anAutomatonThatOutgrowsItsBudgetStillAnswers() {
        // The number of states of this expression doubles with each repetition.
        Regex regex = (Regex) Regex.compile("a[ab]{14}c", new DfaBudget(10_000));
        Random random = new Random(1);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 50_000; i++) {
            text.append(random.nextBoolean() ? 'a' : 'b');
        }
        byte[] bytes = bytes(text + "abbbbbbbbbbbbbbc");
        assertThat(regex.find(bytes, 0, bytes.length)).isTrue();
        assertThat(regex.find(bytes, 0, bytes.length - 1)).isFalse();
    }

    /// Input that forces the states of one expression until the budget is used up must not slow down the others for good.
    @Test
    void automataKeepTheirStatesAfterOthersUsedUpTheBudget() {
        DfaBudget budget = new DfaBudget(50_000);
        Regex hostile = (Regex) Regex.compile("a[ab]{12}c", budget);
        Regex victim = (Regex) Regex.compile("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0", budget);
        Random random = new Random(1);
        while (budget.free() > 1000) {
            byte[] text = new byte[13];
            for (int i = 0; i < text.length; i++) {
                text[i] = (byte) (random.nextBoolean() ? 'a' : 'b');
            }
            assertThat(hostile.find(text, 0, text.length)).isFalse();
        }
        byte[] bytes = bytes("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz ".repeat(50));
        // The states are dropped in the first pass, and its start state gets a successor in the second.
        assertThat(victim.find(bytes, 0, bytes.length)).isFalse();
        assertThat(victim.find(bytes, 0, bytes.length)).isFalse();
        long before = budget.computed();
        assertThat(victim.find(bytes, 0, bytes.length)).isFalse();
        assertThat(budget.computed() - before).as("successors that are computed again").isZero();
        assertThat(budget.free()).isBetween(10_000L, 50_000L);
    }

    @Test
    void automataWhoseStatesAreDroppedByOtherThreadsStillAnswer() throws InterruptedException {
        DfaBudget budget = new DfaBudget(3_000);
        Regex[] expressions = {(Regex) Regex.compile("a[ab]{9}c", budget), (Regex) Regex.compile("b[ab]{10}c", budget)};
        AtomicInteger wrong = new AtomicInteger();
        Thread[] threads = new Thread[3];
        for (int t = 0; t < threads.length; t++) {
            int seed = t;
            threads[t] = Thread.ofPlatform().start(() -> {
                Random random = new Random(seed);
                for (int round = 0; round < 2_000; round++) {
                    byte[] text = new byte[60];
                    for (int i = 0; i < text.length; i++) {
                        text[i] = (byte) (random.nextBoolean() ? 'a' : 'b');
                    }
                    text[59] = (byte) (random.nextInt(3) == 0 ? 'b' : 'c');
                    for (int i = 0; i < expressions.length; i++) {
                        boolean expected = text[59] == 'c' && text[i == 0 ? 49 : 48] == (i == 0 ? 'a' : 'b');
                        if (expressions[i].find(text, 0, text.length) != expected) {
                            wrong.incrementAndGet();
                        }
                    }
                }
            });
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(wrong).hasValue(0);
        assertThat(budget.free()).isBetween(0L, 3_000L);
    }

    @Test
    void literalsThatEveryMatchNeedsAreFound() {
        assertThat(compile("(?i)\\bunion\\s+select\\b").requiredLiterals()).isEqualTo(Set.of("select"));
        assertThat(compile("(?:foo|ba[rz])+\\d*").requiredLiterals()).isEqualTo(Set.of("foo", "bar", "baz"));
        assertThat(compile("\\d*").requiredLiterals()).isEmpty();
    }

    private static boolean holdsARequiredLiteral(Regex regex, String text) {
        return regex.requiredLiterals().isEmpty()
                || regex.requiredLiterals().stream().anyMatch(text.toLowerCase(Locale.ROOT)::contains);
    }

    private static String expression(Random random, int depth) {
        int choice = random.nextInt(depth == 0 ? 4 : 9);
        String quantifier = switch (random.nextInt(6)) {
            case 0 -> "*";
            case 1 -> "+?";
            case 2 -> "?";
            case 3 -> "{1,3}";
            case 4 -> "{2}";
            default -> "*?";
        };
        return switch (choice) {
            case 0, 1, 2, 3 -> ATOMS[random.nextInt(ATOMS.length)];
            case 4, 5 -> expression(random, depth - 1) + expression(random, depth - 1);
            case 6 -> "(?:" + expression(random, depth - 1) + "|" + expression(random, depth - 1) + ")";
            case 7 -> "(" + expression(random, depth - 1) + ")";
            default -> "(?:[ab]|" + expression(random, depth - 1) + "a)" + quantifier;
        };
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(9); i > 0; i--) {
            text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return text.toString();
    }

    private static boolean find(String pattern, String text) {
        byte[] bytes = bytes(text);
        return compile(pattern).find(bytes, 0, bytes.length);
    }

    private static Regex compile(String pattern) {
        return (Regex) Regex.compile(pattern, new DfaBudget(1_000_000));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
