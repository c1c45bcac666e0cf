package io.jigress.waf.crs;

import com.sun.management.ThreadMXBean;
import io.jigress.waf.RuleSet;
import io.jigress.waf.Transaction;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/// Measures what the engine costs with the Core Rule Set: `java -cp ... io.jigress.waf.crs.CrsCost [paranoia level]`. Not a test.
public final class CrsCost {
    private static final List<String[]> BROWSER = List.of(
            new String[] {"Host", "www.example.com"},
            new String[] {"User-Agent",
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"},
            new String[] {"Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"},
            new String[] {"Accept-Language", "en-US,en;q=0.5"},
            new String[] {"Accept-Encoding", "gzip, deflate, br"},
            new String[] {"Connection", "keep-alive"},
            new String[] {"Referer", "https://www.example.com/catalogue/shoes"},
            new String[] {"Cookie", "session=0f8b4c2d9e7a; theme=dark; lang=en"},
            new String[] {"Upgrade-Insecure-Requests", "1"},
            new String[] {"Cache-Control", "max-age=0"});

    private final Transaction transaction;

    private CrsCost(RuleSet rules) {
        transaction = rules.begin();
    }

    /// Prints the medians and the allocation of three requests.
    public static void main(String[] arguments) {
        String level = arguments.length == 0 ? "1" : arguments[0];
        long start = System.nanoTime();
        RuleSet rules = CrsRules
                .load("SecRuleEngine On\nSecAction \"id:900005,phase:1,nolog,pass,setvar:tx.blocking_paranoia_level="
                        + level + ",setvar:tx.detection_paranoia_level=" + level + "\"");
        System.out.printf("loaded %d rules in %d ms%n", rules.ruleCount(), (System.nanoTime() - start) / 1_000_000);
        CrsCost cost = new CrsCost(rules);
        StringBuilder form = new StringBuilder();
        for (int i = 0; form.length() < 2000; i++) {
            form.append(i == 0 ? "" : "&").append("field").append(i).append("=some+ordinary+text+").append(i * 37);
        }
        StringBuilder json = new StringBuilder("{\"items\":[");
        for (int i = 0; json.length() < 10_000; i++) {
            json.append(i == 0 ? "" : ",").append("{\"id\":").append(i).append(",\"name\":\"article ").append(i)
                    .append("\",\"tags\":[\"a\",\"b\"],\"note\":\"an ordinary sentence\"}");
        }
        json.append("]}");
        cost.measure("small GET, ten fields", "GET", "/index.html?page=2&sort=price", null, "");
        cost.measure("2 KB form", "POST", "/form", "application/x-www-form-urlencoded", form.toString());
        cost.measure("10 KB JSON", "POST", "/api", "application/json", json.toString());
    }

    private void measure(String name, String method, String target, String type, String body) {
        byte[] content = bytes(body);
        long until = System.nanoTime() + 6_000_000_000L;
        while (System.nanoTime() < until) {
            judge(method, target, type, content);
        }
        int runs = 2000;
        long[] times = new long[runs];
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < runs; i++) {
            long start = System.nanoTime();
            judge(method, target, type, content);
            times[i] = System.nanoTime() - start;
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        Arrays.sort(times);
        System.out.printf("%-22s median %6.1f us, 90 %% %6.1f us, %d bytes allocated, %s%n", name, times[runs / 2] / 1000.0,
                times[runs * 9 / 10] / 1000.0, allocated / runs,
                transaction.matches().stream().map(match -> match.ruleId()).toList());
    }

    private void judge(String method, String target, String type, byte[] body) {
        transaction.reset();
        transaction.connection("192.0.2.1", 40000, "192.0.2.2", 443, "0123456789abcdef");
        transaction.requestLine(method, target, "HTTP/1.1");
        for (String[] field : BROWSER) {
            transaction.requestHeader(field[0], field[1]);
        }
        if (type != null) {
            transaction.requestHeader("Content-Type", type);
            transaction.requestHeader("Content-Length", Integer.toString(body.length));
        }
        transaction.requestHead();
        transaction.requestBodyBytes(body, 0, body.length);
        transaction.requestBody();
        transaction.responseStatus(200, "HTTP/1.1");
        transaction.responseHead();
        transaction.responseBody();
        transaction.finish();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
