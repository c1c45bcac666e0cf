package io.jigress.waf.crs;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.Allocations;
import io.jigress.waf.RuleSet;
import io.jigress.waf.Transaction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("suite")
class CrsAllocationTest {
    private static final List<String[]> FIELDS = List.of(
            new String[] {"Host", "www.example.com"},
            new String[] {"User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"},
            new String[] {"Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
            new String[] {"Accept-Language", "en-US,en;q=0.5"},
            new String[] {"Accept-Encoding", "gzip, deflate, br"},
            new String[] {"Connection", "keep-alive"},
            new String[] {"Referer", "https://www.example.com/catalogue/shoes"},
            new String[] {"Cookie", "session=0f8b4c2d9e7a; theme=dark; lang=en"},
            new String[] {"Upgrade-Insecure-Requests", "1"},
            new String[] {"Cache-Control", "max-age=0"});

    @Test
    void aCleanRequestAllocatesNextToNothing() {
        RuleSet rules = CrsRules.load("SecRuleEngine On");
        Transaction transaction = rules.begin();
        byte[] form = "name=Ann+Lee&town=Bonn&text=some+ordinary+words".getBytes(StandardCharsets.ISO_8859_1);
        for (byte[] body : List.of(new byte[0], form)) {
            long bytes = Allocations.perCall(() -> judge(transaction, body));
            assertThat(transaction.matches()).isEmpty();
            assertThat(bytes).as("bytes of a request with a body of " + body.length).isLessThanOrEqualTo(256);
        }
    }

    private static void judge(Transaction transaction, byte[] body) {
        transaction.reset();
        transaction.connection("192.0.2.1", 40000, "192.0.2.2", 443, "0123456789abcdef");
        transaction.requestLine(body.length == 0 ? "GET" : "POST", "/index.html?page=2&sort=price", "HTTP/1.1");
        for (String[] field : FIELDS) {
            transaction.requestHeader(field[0], field[1]);
        }
        if (body.length > 0) {
            transaction.requestHeader("Content-Type", "application/x-www-form-urlencoded");
            transaction.requestHeader("Content-Length", Integer.toString(body.length));
        }
        transaction.requestHead();
        transaction.requestBodyBytes(body, 0, body.length);
        transaction.requestBody();
        transaction.finish();
    }
}
