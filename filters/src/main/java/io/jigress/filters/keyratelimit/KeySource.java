package io.jigress.filters.keyratelimit;

import io.jigress.api.Exchange;
import io.jigress.api.HeaderName;
import io.jigress.api.IpLiteral;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Where a request's key is read from. The key is a String, or an InetAddress for the two sources of addresses; null when the request has none.
sealed interface KeySource {

    @Nullable Object key(Exchange exchange);

    record Header(HeaderName name) implements KeySource {
        @Override
        public @Nullable Object key(Exchange exchange) {
            return exchange.request().headers().first(name);
        }
    }

    record Param(String name) implements KeySource {
        @Override
        public @Nullable Object key(Exchange exchange) {
            String query = exchange.request().query();
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
    }

    record Address() implements KeySource {
        @Override
        public Object key(Exchange exchange) {
            return exchange.clientAddress();
        }
    }

    /// The first address in a header; the client's own when it is missing, so that omitting the header does not avoid the limit.
    record AddressHeader(HeaderName name) implements KeySource {
        @Override
        public Object key(Exchange exchange) {
            String value = exchange.request().headers().first(name);
            InetAddress written = value == null ? null : address(value);
            return written == null ? exchange.clientAddress() : written;
        }

        private static @Nullable InetAddress address(String value) {
            int comma = value.indexOf(',');
            return IpLiteral.ofHop(comma < 0 ? value : value.substring(0, comma));
        }
    }

    record Route() implements KeySource {
        @Override
        public Object key(Exchange exchange) {
            return exchange.routeName();
        }
    }

    /// The key under which an unlisted value is counted: an IPv6 client can use its whole /64, so the /64 is the key.
    static Object counted(Object key) {
        if (key instanceof Inet6Address address) {
            byte[] bytes = address.getAddress();
            long network = 0;
            for (int i = 0; i < 8; i++) {
                network = network << 8 | bytes[i] & 0xff;
            }
            return network;
        }
        return key;
    }
}
