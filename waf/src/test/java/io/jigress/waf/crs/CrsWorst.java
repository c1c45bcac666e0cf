package io.jigress.waf.crs;

import io.jigress.waf.RuleSet;
import io.jigress.waf.Transaction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/// Searches for requests with a high cost per KB of input, with the Core Rule Set:
/// `java -cp ... io.jigress.waf.crs.CrsWorst [seconds] [paranoia level]`. Not a test.
public final class CrsWorst {
    private static final int SIZE = 8 * 1024;
    private static final List<String> PIECES = List.of("a", "ab ", "1", "c1", "\\", "'\\", "''", "' or ", "/*", "/**/", "$a$",
            "$$", "<!", "<a ",
            "<a b=", "&#", "&#x41;", "%u0041", "%", "%%", "--", "-- \n", "#", "`", "[", "{", "../", "\\x41", "0x41", "x'0", "@`",
            "q'(", "1e",
            "\"", "&a=b", "&a", "<!--", "&amp;", "=\"`", "4111 ", "union ", "select ", "sleep(", "exec ", ";", "|", "$(", "${",
            "cat ", "/etc/",
            ".php", "http://", "javascript:", "onload=", "eval(", "\n", "\t", "\0", "\u00ff", "system(", ",", ".", "=", "a=", "(",
            ")", "((");

    private final Transaction transaction;
    private final Random random = new Random(7);

    private record Found(double microsPerKilobyte, String kind, String text) {
    }

    private CrsWorst(RuleSet rules) {
        transaction = rules.begin();
    }

    /// Prints the median and the worst of each kind of request.
    public static void main(String[] arguments) {
        int seconds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 60;
        String level = arguments.length > 1 ? arguments[1] : "1";
        RuleSet rules = CrsRules
                .load("SecRuleEngine DetectionOnly\nSecAction \"id:900005,phase:1,nolog,pass,setvar:tx.blocking_paranoia_level="
                        + level + ",setvar:tx.detection_paranoia_level=" + level + "\"");
        CrsWorst search = new CrsWorst(rules);
        for (String kind : List.of("query", "form", "json", "cookie", "header")) {
            search.search(kind, seconds * 1_000_000_000L / 5);
        }
    }

    private void search(String kind, long nanos) {
        List<Found> found = new ArrayList<>();
        long end = System.nanoTime() + nanos;
        int next = 0;
        while (System.nanoTime() < end) {
            String unit = next < PIECES.size() ? PIECES.get(next) : mixed();
            next++;
            String text = unit.repeat(SIZE / unit.length());
            double best = Double.MAX_VALUE;
            for (int i = 0; i < 3; i++) {
                long start = System.nanoTime();
                judge(kind, text);
                best = Math.min(best, (System.nanoTime() - start) / 1000.0 / (SIZE / 1024.0));
            }
            found.add(new Found(best, kind, unit));
        }
        found.sort(Comparator.comparingDouble(Found::microsPerKilobyte));
        System.out.printf("%-7s %6d inputs, median %8.0f us/KB%n", kind, found.size(),
                found.get(found.size() / 2).microsPerKilobyte);
        for (int i = found.size() - 1; i >= Math.max(0, found.size() - 6); i--) {
            System.out.printf("        %8.0f us/KB  %s%n", found.get(i).microsPerKilobyte,
                    Arrays.toString(found.get(i).text.getBytes(StandardCharsets.ISO_8859_1)) + " " + found.get(i).text);
        }
    }

    private String mixed() {
        StringBuilder unit = new StringBuilder();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            unit.append(PIECES.get(random.nextInt(PIECES.size())).repeat(1 + random.nextInt(random.nextInt(10) == 0 ? 50 : 2)));
        }
        return unit.toString();
    }

    private void judge(String kind, String text) {
        transaction.reset();
        transaction.connection("192.0.2.1", 40000, "192.0.2.2", 443, "0123456789abcdef");
        boolean get = kind.equals("query") || kind.equals("header") || kind.equals("cookie");
        transaction.requestLine(get ? "GET" : "POST", kind.equals("query") ? "/?q=" + text : "/", "HTTP/1.1");
        transaction.requestHeader("Host", "www.example.com");
        transaction.requestHeader("User-Agent", kind.equals("header") ? text : "Mozilla/5.0");
        transaction.requestHeader("Accept", "*/*");
        byte[] body = new byte[0];
        switch (kind) {
            case "cookie" -> transaction.requestHeader("Cookie", "a=" + text);
            case "form" -> {
                transaction.requestHeader("Content-Type", "application/x-www-form-urlencoded");
                body = ("q=" + text).getBytes(StandardCharsets.ISO_8859_1);
            }
            case "json" -> {
                transaction.requestHeader("Content-Type", "application/json");
                body = ("{\"q\":\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replace("\t", "\\t")
                        .replace("\0", "\\u0000") + "\"}").getBytes(StandardCharsets.ISO_8859_1);
            }
            default -> {
            }
        }
        transaction.requestHead();
        transaction.requestBodyBytes(body, 0, body.length);
        transaction.requestBody();
        transaction.finish();
    }
}
