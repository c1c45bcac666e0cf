package io.jigress.waf.operator;

import io.jigress.waf.libinjection.SqliDetector;
import io.jigress.waf.libinjection.XssDetector;
import io.jigress.waf.model.MacroScope;
import java.nio.charset.StandardCharsets;

/// `@detectSQLi` and `@detectXSS`.
final class InjectionOperators {
    private InjectionOperators() {
    }

    static final class Sqli implements Operator {
        /// A detector holds its tokens; each thread reuses one.
        private final ThreadLocal<SqliDetector> detectors = ThreadLocal.withInitial(SqliDetector::new);

        @Override
        public boolean matches(byte[] bytes, int from, int to, MacroScope scope) {
            return detectors.get().detects(bytes, from, to);
        }

        @Override
        public boolean captures() {
            return true;
        }

        @Override
        public void capture(byte[] bytes, int from, int to, Captures captures) {
            SqliDetector.detect(bytes, from, to).ifPresent(fingerprint -> {
                byte[] text = fingerprint.getBytes(StandardCharsets.ISO_8859_1);
                captures.group(0, text, 0, text.length);
            });
        }
    }

    static final class Xss implements Operator {
        @Override
        public boolean matches(byte[] bytes, int from, int to, MacroScope scope) {
            return XssDetector.detect(bytes, from, to);
        }
    }
}
