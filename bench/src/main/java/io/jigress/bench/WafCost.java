package io.jigress.bench;

import com.sun.management.ThreadMXBean;
import io.jigress.waf.FolderRuleFiles;
import io.jigress.waf.RuleSet;
import io.jigress.waf.RuleSetLoader;
import io.jigress.waf.RuleSetResult;
import io.jigress.waf.Transaction;
import io.jigress.waf.WafLimits;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What the engine of the WAF costs with the Core Rule Set: loading at paranoia level 4, and requests at level 1. Run by `bench/waf engine`.
///
/// Arguments: the folder of the rules, then files with requests as bytes. Prints JSON.
public final class WafCost {
    private static final int RUNS = 3000;
    private static final List<String> MODES = List.of("On", "DetectionOnly");
    private static final long WARM_NANOS = Long.getLong("jigress.bench.warm.seconds", 8) * 1_000_000_000L;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private record Request(String name, String method, String target, List<String[]> fields, byte[] body) {
        static Request read(Path file) throws IOException {
            String text = Files.readString(file, StandardCharsets.ISO_8859_1);
            int end = text.indexOf("\r\n\r\n");
            String[] lines = text.substring(0, end).split("\r\n", -1);
            String[] line = lines[0].split(" ", -1);
            List<String[]> fields = new ArrayList<>();
            for (int i = 1; i < lines.length; i++) {
                int colon = lines[i].indexOf(':');
                fields.add(new String[] {lines[i].substring(0, colon), lines[i].substring(colon + 1).strip()});
            }
            return new Request(String.valueOf(file.getFileName()), line[0], line[1], fields,
                    text.substring(end + 4).getBytes(StandardCharsets.ISO_8859_1));
        }

        void judge(Transaction transaction) {
            transaction.reset();
            transaction.connection("192.0.2.1", 40000, "192.0.2.2", 443, "0123456789abcdef");
            transaction.requestLine(method, target, "HTTP/1.1");
            for (String[] field : fields) {
                transaction.requestHeader(field[0], field[1]);
            }
            transaction.requestHead();
            transaction.requestBodyBytes(body, 0, body.length);
            transaction.requestBody();
            transaction.responseStatus(200, "HTTP/1.1");
            transaction.responseHeader("Content-Type", "text/plain");
            transaction.responseHead();
            transaction.responseBody();
            transaction.finish();
        }
    }

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        WafCost cost = new WafCost();
        StringBuilder out = new StringBuilder("{").append(cost.loading(folder));
        List<Request> requests = new ArrayList<>();
        for (int i = 1; i < arguments.length; i++) {
            requests.add(Request.read(Path.of(arguments[i])));
        }
        List<Transaction> modes = MODES.stream().map(mode -> load(folder, 1, mode).begin()).toList();
        // The code is compiled for all requests in both modes before one is measured: else the first would have code that is made for it alone.
        requests.forEach(request -> warm(modes, request));
        for (Request request : requests) {
            warm(modes, request);
            List<String> figures = cost.measured(modes, request);
            for (int mode = 0; mode < figures.size(); mode++) {
                out.append(",\"").append(request.name).append(' ').append(MODES.get(mode)).append("\":")
                        .append(figures.get(mode));
            }
        }
        System.out.println(out.append('}'));
    }

    private static RuleSet load(Path folder, int level, String mode) {
        String text = """
                Include @coraza.conf-recommended
                Include @crs-setup.conf.example
                SecRuleEngine %s
                SecAction "id:900005,phase:1,nolog,pass,setvar:tx.blocking_paranoia_level=%d,setvar:tx.detection_paranoia_level=%d"
                Include @owasp_crs/*.conf
                """.formatted(mode, level, level);
        return switch (RuleSetLoader.load("bench", text, new FolderRuleFiles(folder), WafLimits.DEFAULT,
                System::currentTimeMillis)) {
            case RuleSet set -> set;
            case RuleSetResult.Refused refused -> throw new IllegalStateException(refused.problems().toString());
        };
    }

    /// The first load, in a JVM that has run nothing before, and the memory that five rule sets retain, each after a request.
    private String loading(Path folder) {
        long start = System.nanoTime();
        RuleSet first = load(folder, 4, "On");
        long firstNanos = System.nanoTime() - start;
        List<RuleSet> kept = new ArrayList<>(List.of(first));
        long before = used();
        long[] nanos = new long[5];
        for (int i = 0; i < nanos.length; i++) {
            start = System.nanoTime();
            kept.add(load(folder, 4, "On"));
            nanos[i] = System.nanoTime() - start;
        }
        long bytes = (used() - before) / nanos.length;
        Arrays.sort(nanos);
        return "\"load\":{\"rules\":%d,\"firstSeconds\":%.3f,\"laterSeconds\":%.3f,\"mib\":%.1f}".formatted(
                kept.getLast().ruleCount(),
                firstNanos / 1e9, nanos[nanos.length / 2] / 1e9, bytes / 1048576.0);
    }

    private static long used() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static void warm(List<Transaction> modes, Request request) {
        long until = System.nanoTime() + WARM_NANOS;
        while (System.nanoTime() < until) {
            modes.forEach(request::judge);
        }
    }

    /// In turns, so that a disturbance of the machine meets all modes.
    private List<String> measured(List<Transaction> modes, Request request) {
        long[][] nanos = new long[modes.size()][RUNS];
        for (int i = 0; i < RUNS; i++) {
            for (int turn = 0; turn < nanos.length; turn++) {
                int mode = (turn + i) % nanos.length;
                long start = threads.getCurrentThreadCpuTime();
                request.judge(modes.get(mode));
                nanos[mode][i] = threads.getCurrentThreadCpuTime() - start;
            }
        }
        List<String> figures = new ArrayList<>();
        for (int mode = 0; mode < nanos.length; mode++) {
            Transaction transaction = modes.get(mode);
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < RUNS; i++) {
                request.judge(transaction);
            }
            long bytes = (threads.getCurrentThreadAllocatedBytes() - before) / RUNS;
            Arrays.sort(nanos[mode]);
            figures.add("{\"micros\":%.1f,\"p90Micros\":%.1f,\"bytes\":%d,\"matches\":%d}".formatted(
                    nanos[mode][RUNS / 2] / 1000.0,
                    nanos[mode][RUNS * 9 / 10] / 1000.0, bytes, transaction.matchCount()));
        }
        return figures;
    }
}
