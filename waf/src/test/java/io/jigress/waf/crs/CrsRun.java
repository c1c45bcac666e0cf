package io.jigress.waf.crs;

import io.jigress.waf.RuleMatch;
import io.jigress.waf.RuleSet;
import io.jigress.waf.Transaction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Feeds the request of a case to the engine as a backend of the regression tests would see it, and compares.
final class CrsRun {
    private final Transaction transaction;
    private final CrsCase test;

    CrsRun(RuleSet rules, CrsCase test) {
        this(rules.begin(), test);
    }

    /// Runs the case on a transaction that was used before.
    CrsRun(Transaction transaction, CrsCase test) {
        this.transaction = transaction;
        this.test = test;
        transaction.reset();
    }

    /// The difference from what the case expects, or empty.
    List<String> run() {
        feed();
        return log().faults(test);
    }

    /// What the engine logged of the request that was fed.
    CrsLog log() {
        return new CrsLog(ids(), logText(), 0, true);
    }

    List<RuleMatch> matches() {
        return transaction.matches();
    }

    Set<Long> ids() {
        Set<Long> ids = new TreeSet<>();
        transaction.matches().forEach(match -> ids.add(match.ruleId()));
        return ids;
    }

    private String logText() {
        StringBuilder text = new StringBuilder();
        for (RuleMatch match : transaction.matches()) {
            text.append("[id \"").append(match.ruleId()).append("\"] [msg \"").append(match.message()).append("\"] [data \"")
                    .append(escaped(match.data())).append("\"] at ").append(match.variable()).append('\n');
        }
        return text.toString();
    }

    private static String escaped(String text) {
        StringBuilder out = new StringBuilder();
        text.chars().forEach(c -> out.append(c < 32 || c > 126 ? "\\x%02x".formatted(c) : String.valueOf((char) c)));
        return out.toString();
    }

    /// The request of the test and the response of the backend, for the engine and for Coraza.
    record Exchange(String name, String method, String target, String protocol, List<String[]> fields, byte[] body, int status,
            List<String[]> responseFields, byte[] responseBody) {
    }

    void feed() {
        Exchange exchange = exchange();
        transaction.connection("127.0.0.1", 40000, "127.0.0.1", 80, "0123456789abcdef");
        transaction.requestLine(bytes(exchange.method()), bytes(exchange.target()), bytes(exchange.protocol()));
        exchange.fields().forEach(field -> transaction.requestHeader(bytes(field[0]), bytes(field[1])));
        transaction.requestHead();
        transaction.requestBodyBytes(exchange.body(), 0, exchange.body().length);
        transaction.requestBody();
        transaction.responseStatus(exchange.status(), "HTTP/1.1");
        exchange.responseFields().forEach(field -> transaction.responseHeader(bytes(field[0]), bytes(field[1])));
        transaction.responseHead();
        transaction.responseBodyBytes(exchange.responseBody(), 0, exchange.responseBody().length);
        transaction.responseBody();
        transaction.finish();
    }

    /// The request, and the response of the backend.
    Exchange exchange() {
        String method = test.method();
        String target = test.uri();
        String protocol = test.version();
        List<String[]> fields = new ArrayList<>();
        byte[] body = test.body();
        if (test.raw() != null) {
            RawRequest raw = RawRequest.of(test.raw());
            method = text(raw.method());
            target = text(raw.target());
            protocol = text(raw.protocol());
            raw.fields().forEach(field -> fields.add(new String[] {text(field.getKey()), text(field.getValue())}));
            body = raw.body();
        } else if (protocol.isEmpty()) {
            // As Apache reads it; no fields are read then.
            protocol = "HTTP/0.9";
        } else {
            test.headers().forEach((name, value) -> fields.add(new String[] {name, value.strip()}));
        }
        CrsBackend.Answer answer = CrsBackend.answer(target, body);
        return new Exchange(test.name(), method, target, protocol, fields, body, answer.status(), answer.fields(), answer.body());
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
