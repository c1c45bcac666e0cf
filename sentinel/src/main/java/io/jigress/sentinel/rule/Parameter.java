package io.jigress.sentinel.rule;

import com.google.re2j.Pattern;
import io.jigress.api.Exchange;
import io.jigress.api.HeaderName;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where the value of a hot parameter is in a request: a GatewayParamFlowItem.
///
/// @param field the name of a header, query parameter or cookie
/// @param header the one that is read for HEADER and COOKIE
/// @param filter which values the rule is for; null: all
public record Parameter(Source source, String field, HeaderName header, @Nullable Filter filter) {
    /// Longer values are counted by their beginning and a hash, so that the memory per value is bounded.
    private static final int LONGEST = 256;

    public enum Source {
        CLIENT_IP, HOST, HEADER, QUERY, COOKIE
    }

    /// Which values a rule is for.
    public sealed interface Filter {
        boolean accepts(String value);
    }

    public record Exact(String text) implements Filter {
        @Override
        public boolean accepts(String value) {
            return value.equals(text);
        }
    }

    public record Starts(String text) implements Filter {
        @Override
        public boolean accepts(String value) {
            return value.startsWith(text);
        }
    }

    public record Contains(String text) implements Filter {
        @Override
        public boolean accepts(String value) {
            return value.contains(text);
        }
    }

    /// A regular expression (RE2) for the whole value.
    public record Expression(Pattern pattern) implements Filter {
        @Override
        public boolean accepts(String value) {
            return pattern.matches(value);
        }
    }

    /// The value by which a request is counted; null when the rule is not for the request.
    ///
    /// @param exceptions values that have limits of their own
    public @Nullable String value(Exchange exchange, Map<String, Integer> exceptions) {
        String value = switch (source) {
            case CLIENT_IP -> exchange.clientAddress().getHostAddress();
            case HOST -> host(exchange.request().authority());
            case HEADER -> exchange.request().headers().first(header);
            case QUERY -> query(exchange.request().query(), field);
            case COOKIE -> cookie(exchange.request().headers().first(header), field);
        };
        if (value == null || filter != null && !filter.accepts(value)) {
            return null;
        }
        if (exceptions.containsKey(value)) {
            return value;
        }
        if (source == Source.CLIENT_IP) {
            return network(exchange.clientAddress(), value);
        }
        return value.length() <= LONGEST
                ? value
                : value.substring(0, LONGEST) + '#' + Integer.toHexString(value.hashCode()) + value.length();
    }

    private static String host(String authority) {
        int colon = authority.lastIndexOf(':');
        String host = colon > authority.lastIndexOf(']') ? authority.substring(0, colon) : authority;
        return host.toLowerCase(Locale.ROOT);
    }

    /// A client of IPv6 can use its whole /64, so the /64 is counted.
    private static String network(InetAddress address, String text) {
        if (!(address instanceof Inet6Address)) {
            return text;
        }
        byte[] bytes = address.getAddress();
        StringBuilder network = new StringBuilder(24);
        for (int i = 0; i < 8; i += 2) {
            network.append(Integer.toHexString((bytes[i] & 0xff) << 8 | bytes[i + 1] & 0xff)).append(':');
        }
        return network.append(":/64").toString();
    }

    private static @Nullable String query(String query, String name) {
        int from = 0;
        while (from < query.length()) {
            int end = query.indexOf('&', from);
            end = end < 0 ? query.length() : end;
            int equals = query.indexOf('=', from);
            equals = equals < 0 || equals > end ? end : equals;
            if (decoded(query, from, equals).equals(name)) {
                return equals == end ? "" : decoded(query, equals + 1, end);
            }
            from = end + 1;
        }
        return null;
    }

    private static String decoded(String query, int from, int to) {
        String text = query.substring(from, to);
        if (text.indexOf('%') < 0 && text.indexOf('+') < 0) {
            return text;
        }
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            return text; // not a valid escape
        }
    }

    private static @Nullable String cookie(@Nullable String header, String name) {
        if (header == null) {
            return null;
        }
        int from = 0;
        while (from < header.length()) {
            int end = header.indexOf(';', from);
            end = end < 0 ? header.length() : end;
            while (from < end && header.charAt(from) == ' ') {
                from++;
            }
            if (header.startsWith(name, from) && from + name.length() < end && header.charAt(from + name.length()) == '=') {
                return header.substring(from + name.length() + 1, end).strip();
            }
            from = end + 1;
        }
        return null;
    }
}
