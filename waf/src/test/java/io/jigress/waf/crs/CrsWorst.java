package io.jigress.waf.crs;

import com.sun.management.ThreadMXBean;
import io.jigress.waf.RuleSet;
import io.jigress.waf.Transaction;
import io.jigress.waf.crs.CostlyRequest.Kind;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/// Searches for the request with the highest cost per KB of input of each kind, with the Core Rule Set. Not a test: `bench/waf worst` runs it.
///
/// `java -cp ... io.jigress.waf.crs.CrsWorst SECONDS LEVEL CORPUS [SEED]`. The corpus has a line for each of the costliest requests that were found;
/// the search begins with these, and replaces them. The last line of the output is JSON. Costs are CPU time, the least of three.
public final class CrsWorst {
    private static final List<Kind> KINDS = List.of(Kind.values());
    private static final int KEPT = 12;
    private static final int SEEDS = 150;
    private static final List<Integer> SIZES = List.of(256, 1024, 2048, 4096, 8192, 16_384);
    private static final List<String> PIECES = List.of("a", "ab ", "1", "c1", "\\", "'\\", "''", "' or ", "/*", "/**/", "$a$",
            "$$",
            "<!", "<a ", "<a b=", "&#", "&#x41;", "%u0041", "%", "%%", "--", "-- \n", "#", "`", "[", "{", "../", "\\x41", "0x41",
            "x'0", "@`", "q'(", "1e", "\"", "<!--", "&amp;", "=\"`", "4111 ", "union ", "select ", "sleep(", "exec ", ";", "|",
            "$(",
            "${", "cat ", "/etc/", ".php", "http://", "javascript:", "onload=", "eval(", "\n", "\t", "\0", "\u00ff", "system(",
            ",",
            ".", "=", "a=", "(", ")", "((", "%3c", "%27", "+", "%00", "\u00c3", "a=b", "x:", "@", "?", "!", "~", "*/",
            String.valueOf(CostlyRequest.NEXT), CostlyRequest.NEXT + "a=", CostlyRequest.NEXT + "" + CostlyRequest.COUNT + "=",
            String.valueOf(CostlyRequest.COUNT));

    private final Transaction transaction;
    private final Random random;
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private record Found(double microsPerKilobyte, CostlyRequest request) {
    }

    private record Summary(int inputs, double median, List<Found> best) {
    }

    private CrsWorst(RuleSet rules, long seed) {
        transaction = rules.begin();
        random = new Random(seed);
    }

    public static void main(String[] arguments) throws IOException {
        int seconds = Integer.parseInt(arguments[0]);
        Path corpus = Path.of(arguments[2]);
        long seed = arguments.length > 3 ? Long.parseLong(arguments[3]) : System.nanoTime();
        RuleSet rules = CrsRules
                .load("SecRuleEngine On\nSecAction \"id:900005,phase:1,nolog,pass,setvar:tx.blocking_paranoia_level="
                        + arguments[1] + ",setvar:tx.detection_paranoia_level=" + arguments[1] + "\"");
        CrsWorst search = new CrsWorst(rules, seed);
        List<CostlyRequest> known = new ArrayList<>();
        if (Files.exists(corpus)) {
            Files.readAllLines(corpus).stream().filter(line -> !line.startsWith("#")).map(CostlyRequest::of).forEach(known::add);
        }
        search.warmUp();
        StringBuilder lines = new StringBuilder(
                "# The costliest requests that bench/waf worst has found: kind, size, repeated unit.\n");
        List<String> results = new ArrayList<>();
        for (Kind kind : KINDS) {
            Summary summary = search.search(kind, known, seconds * 1_000_000_000L / KINDS.size());
            summary.best.forEach(found -> lines.append(found.request.line()).append('\n'));
            double worst = summary.best.getFirst().microsPerKilobyte;
            results.add("\"%s\":{\"inputs\":%d,\"median\":%.1f,\"worst\":%.1f,\"times\":%.2f}".formatted(kind, summary.inputs,
                    summary.median, worst, worst / summary.median));
        }
        Files.writeString(corpus, lines);
        System.out.println("{" + String.join(",", results) + "}");
    }

    /// The code that is measured is compiled first.
    private void warmUp() {
        long end = System.nanoTime() + 10_000_000_000L;
        while (System.nanoTime() < end) {
            Kind kind = KINDS.get(random.nextInt(KINDS.size()));
            new CostlyRequest(kind, 2048, unit()).message().feed(transaction);
        }
    }

    private Summary search(Kind kind, List<CostlyRequest> known, long nanos) {
        List<Found> found = new ArrayList<>();
        for (int i = 0; i < SEEDS; i++) {
            String unit = i < PIECES.size() ? PIECES.get(i) : unit();
            found.add(measured(new CostlyRequest(kind, SIZES.get(random.nextInt(SIZES.size())), unit)));
        }
        found.sort(Comparator.comparingDouble(Found::microsPerKilobyte));
        double median = found.get(SEEDS / 2).microsPerKilobyte;
        known.stream().filter(request -> request.kind() == kind).forEach(request -> found.add(measured(request)));
        List<Found> best = best(found);
        long end = System.nanoTime() + nanos;
        int inputs = found.size();
        while (System.nanoTime() < end) {
            Found next = measured(changed(best.get(random.nextInt(best.size())).request, best));
            inputs++;
            if (next.microsPerKilobyte > best.getLast().microsPerKilobyte) {
                // A second measurement, so that a disturbed one is not kept.
                best.add(new Found(Math.min(next.microsPerKilobyte, measured(next.request).microsPerKilobyte), next.request));
                best = best(best);
            }
        }
        best = best(best.stream().map(each -> measured(each.request)).toList());
        System.out.printf("%-9s %6d inputs, median %6.0f us/KB, worst %6.0f us/KB, %.1f times%n", kind, inputs, median,
                best.getFirst().microsPerKilobyte, best.getFirst().microsPerKilobyte / median);
        for (Found each : best.subList(0, Math.min(4, best.size()))) {
            System.out.printf("          %6.0f us/KB %6d bytes %s%n", each.microsPerKilobyte, each.request.message().length(),
                    each.request.unit().replace(CostlyRequest.NEXT, '\u2192').replace(CostlyRequest.COUNT, '\u2116')
                            .replaceAll("[^ -~\u2192\u2116]", "?"));
        }
        return new Summary(inputs, median, best);
    }

    private static List<Found> best(List<Found> found) {
        List<Found> sorted = new ArrayList<>(found);
        sorted.sort(Comparator.comparingDouble((Found each) -> each.microsPerKilobyte).reversed());
        return new ArrayList<>(sorted.subList(0, Math.min(KEPT, sorted.size())));
    }

    private Found measured(CostlyRequest request) {
        CostlyRequest.Message message = request.message();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            long start = threads.getCurrentThreadCpuTime();
            message.feed(transaction);
            least = Math.min(least, threads.getCurrentThreadCpuTime() - start);
        }
        return new Found(least / 1000.0 / (message.length() / 1024.0), request);
    }

    private String unit() {
        StringBuilder unit = new StringBuilder();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            unit.append(piece());
        }
        return unit.toString();
    }

    private String piece() {
        String piece = PIECES.get(random.nextInt(PIECES.size()));
        return random.nextInt(12) == 0 ? piece.repeat(1 + random.nextInt(40)) : piece;
    }

    private CostlyRequest changed(CostlyRequest good, List<Found> best) {
        String unit = good.unit();
        int size = good.size();
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
            int at = random.nextInt(unit.length() + 1);
            int to = Math.min(unit.length(), at + 1 + random.nextInt(4));
            switch (random.nextInt(7)) {
                case 0, 1 -> unit = unit.substring(0, at) + piece() + unit.substring(at);
                case 2 -> unit = unit.substring(0, at) + unit.substring(to);
                case 3 -> unit = unit.substring(0, at) + piece() + unit.substring(to);
                case 4 -> unit = unit.substring(0, at) + (char) random.nextInt(256) + unit.substring(to);
                case 5 -> size = SIZES.get(random.nextInt(SIZES.size()));
                default -> {
                    String other = best.get(random.nextInt(best.size())).request.unit();
                    unit = unit.substring(0, at) + other.substring(Math.min(other.length(), random.nextInt(other.length() + 1)));
                }
            }
        }
        return new CostlyRequest(good.kind(), size, unit.isEmpty() ? "a" : unit.substring(0, Math.min(400, unit.length())));
    }
}
