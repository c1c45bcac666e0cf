package io.jigress.bench;

import io.jigress.waf.FolderRuleFiles;
import io.jigress.waf.Interruption;
import io.jigress.waf.RuleSet;
import io.jigress.waf.RuleSetLoader;
import io.jigress.waf.RuleSetResult;
import io.jigress.waf.Transaction;
import io.jigress.waf.WafLimits;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What the engine of the WAF costs with the Core Rule Set: time, and with `-prof gc` bytes, for one request and its response.
///
/// The rule set is what `waf/fetch-test-data` fetches; another folder of the same layout by `-p rules=FOLDER`.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 4, time = 2)
@Fork(1)
public class WafBenchmark {
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

    public enum Request {
        GET, FORM, JSON
    }

    @Param({"GET", "FORM", "JSON"}) public Request request = Request.GET;

    @Param({"1"}) public int paranoiaLevel;

    @Param({"On"}) public String engine = "";

    @Param({"waf/target/test-data/crs/rules"}) public String rules = "";

    private @Nullable Transaction transaction;
    private byte[] body = new byte[0];

    @Setup
    public void load() {
        String text = """
                Include @coraza.conf-recommended
                Include @crs-setup.conf.example
                SecRuleEngine %s
                SecAction "id:900005,phase:1,nolog,pass,setvar:tx.blocking_paranoia_level=%d,setvar:tx.detection_paranoia_level=%d"
                Include @owasp_crs/*.conf
                """.formatted(engine, paranoiaLevel, paranoiaLevel);
        RuleSetResult result = RuleSetLoader.load("bench", text, new FolderRuleFiles(Path.of(rules)), WafLimits.DEFAULT,
                System::currentTimeMillis);
        transaction = switch (result) {
            case RuleSet set -> set.begin();
            case RuleSetResult.Refused refused -> throw new IllegalStateException(refused.problems().toString());
        };
        body = switch (request) {
            case GET -> new byte[0];
            case FORM -> form();
            case JSON -> json();
        };
    }

    private static byte[] form() {
        StringBuilder form = new StringBuilder();
        for (int i = 0; form.length() < 2000; i++) {
            form.append(i == 0 ? "" : "&").append("field").append(i).append("=some+ordinary+text+").append(i * 37);
        }
        return form.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] json() {
        StringBuilder json = new StringBuilder("{\"items\":[");
        for (int i = 0; json.length() < 10_000; i++) {
            json.append(i == 0 ? "" : ",").append("{\"id\":").append(i).append(",\"name\":\"article ").append(i)
                    .append("\",\"tags\":[\"a\",\"b\"],\"note\":\"an ordinary sentence\"}");
        }
        return json.append("]}").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /// The verdict on a request and on the head of its response.
    @Benchmark
    public @Nullable Interruption judge() {
        Transaction judged = transaction;
        if (judged == null) {
            throw new IllegalStateException("not set up");
        }
        judged.reset();
        judged.connection("192.0.2.1", 40000, "192.0.2.2", 443, "0123456789abcdef");
        judged.requestLine(request == Request.GET ? "GET" : "POST",
                request == Request.GET ? "/index.html?page=2&sort=price" : "/api", "HTTP/1.1");
        for (String[] field : BROWSER) {
            judged.requestHeader(field[0], field[1]);
        }
        if (request != Request.GET) {
            judged.requestHeader("Content-Type",
                    request == Request.FORM ? "application/x-www-form-urlencoded" : "application/json");
            judged.requestHeader("Content-Length", request == Request.FORM ? "2010" : "10020");
        }
        judged.requestHead();
        judged.requestBodyBytes(body, 0, body.length);
        judged.requestBody();
        judged.responseStatus(200, "HTTP/1.1");
        judged.responseHeader("Content-Type", "text/html");
        judged.responseHead();
        judged.responseBody();
        judged.finish();
        return judged.interruption();
    }
}
