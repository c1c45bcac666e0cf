package io.jigress.proxy.route;

import com.google.re2j.Pattern;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.RequestHead;
import org.jspecify.annotations.Nullable;

/// A condition of a route on a request, besides its path.
sealed interface Predicate {
    Predicate[] NONE = {};

    boolean holds(RequestHead head);

    /// Why it does not hold, as readable text.
    String loss(RequestHead head);

    /// A CORS preflight request is matched by the method that it asks about, so that the route of that method answers it.
    record Method(String expected) implements Predicate {
        private static final HeaderName REQUEST_METHOD = HeaderName.of("access-control-request-method");

        @Override
        public boolean holds(RequestHead head) {
            String method = head.method();
            return method.equals(expected)
                    || method.equals("OPTIONS") && head.headers().equal(REQUEST_METHOD, expected)
                            && head.headers().contains(HeaderName.ORIGIN);
        }

        @Override
        public String loss(RequestHead head) {
            return "method is " + head.method() + " (expected: " + expected + ")";
        }
    }

    record HeaderPresent(HeaderName name) implements Predicate {
        @Override
        public boolean holds(RequestHead head) {
            return head.headers().contains(name);
        }

        @Override
        public String loss(RequestHead head) {
            return "header " + name + " is absent";
        }
    }

    record HeaderIs(HeaderName name, String expected) implements Predicate {
        @Override
        public boolean holds(RequestHead head) {
            Headers headers = head.headers();
            return isRepeated(headers, name) ? expected.equals(joined(headers, name)) : headers.equal(name, expected);
        }

        @Override
        public String loss(RequestHead head) {
            return "header " + name + shown(joined(head.headers(), name)) + " (expected: " + expected + ")";
        }
    }

    record HeaderLike(HeaderName name, Pattern expected) implements Predicate {
        @Override
        public boolean holds(RequestHead head) {
            String value = joined(head.headers(), name);
            return value != null && expected.matches(value);
        }

        @Override
        public String loss(RequestHead head) {
            return "header " + name + shown(joined(head.headers(), name)) + " (expected to match: " + expected.pattern() + ")";
        }
    }

    /// One of the cookies of all Cookie fields is this one (RFC 6265, section 4.2.1); its value may be in double quotes.
    record CookieIs(String name, String expected) implements Predicate {
        @Override
        public boolean holds(RequestHead head) {
            Headers headers = head.headers();
            for (int i = 0; i < headers.size(); i++) {
                if (headers.isAt(i, HeaderName.COOKIE) && isIn(headers.valueAt(i))) {
                    return true;
                }
            }
            return false;
        }

        private boolean isIn(String cookies) {
            int end;
            for (int from = 0; from < cookies.length(); from = end + 1) {
                int separator = cookies.indexOf(';', from);
                end = separator < 0 ? cookies.length() : separator;
                int at = from;
                while (at < end && isBlank(cookies.charAt(at))) {
                    at++;
                }
                int equals = at + name.length();
                if (equals < end && cookies.charAt(equals) == '=' && cookies.startsWith(name, at)
                        && isValue(cookies, equals + 1, end)) {
                    return true;
                }
            }
            return false;
        }

        private boolean isValue(String cookies, int begin, int end) {
            int from = begin;
            int to = end;
            while (to > from && isBlank(cookies.charAt(to - 1))) {
                to--;
            }
            if (to - from >= 2 && cookies.charAt(from) == '"' && cookies.charAt(to - 1) == '"') {
                from++;
                to--;
            }
            return to - from == expected.length() && cookies.startsWith(expected, from);
        }

        private static boolean isBlank(char c) {
            return c == ' ' || c == '\t';
        }

        @Override
        public String loss(RequestHead head) {
            return "cookie " + name + " is absent or has another value (expected: " + expected + ")";
        }
    }

    record QueryPresent(QueryName name) implements Predicate {
        @Override
        public boolean holds(RequestHead head) {
            return name.valueAt(head.query()) >= 0;
        }

        @Override
        public String loss(RequestHead head) {
            return "query parameter " + name.text() + " is absent";
        }
    }

    /// @param bytes the expected value in UTF-8; never changed
    @SuppressWarnings("ArrayRecordComponent")
    record QueryIs(QueryName name, String expected, byte[] bytes) implements Predicate {
        @Override
        public boolean holds(RequestHead head) {
            return name.valueIs(head.query(), bytes);
        }

        @Override
        public String loss(RequestHead head) {
            return "query parameter " + name.text() + shown(name.value(head.query())) + " (expected: " + expected + ")";
        }
    }

    record QueryLike(QueryName name, Pattern expected) implements Predicate {
        @Override
        public boolean holds(RequestHead head) {
            String value = name.value(head.query());
            return value != null && expected.matches(value);
        }

        @Override
        public String loss(RequestHead head) {
            return "query parameter " + name.text() + shown(name.value(head.query())) + " (expected to match: "
                    + expected.pattern() + ")";
        }
    }

    /// Replaces a predicate that could not be compiled.
    record Never(String fault) implements Predicate {
        @Override
        public boolean holds(RequestHead head) {
            return false;
        }

        @Override
        public String loss(RequestHead head) {
            return fault;
        }
    }

    private static boolean isRepeated(Headers headers, HeaderName name) {
        boolean seen = false;
        for (int i = 0; i < headers.size(); i++) {
            if (headers.isAt(i, name)) {
                if (seen) {
                    return true;
                }
                seen = true;
            }
        }
        return false;
    }

    /// All values of a name, joined by commas; null when there is none.
    private static @Nullable String joined(Headers headers, HeaderName name) {
        if (!isRepeated(headers, name)) {
            return headers.first(name);
        }
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < headers.size(); i++) {
            if (headers.isAt(i, name)) {
                all.append(all.isEmpty() ? "" : ",").append(headers.valueAt(i));
            }
        }
        return all.toString();
    }

    private static String shown(@Nullable String value) {
        return value == null ? " is absent" : " is " + value;
    }
}
