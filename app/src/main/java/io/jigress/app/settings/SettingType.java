package io.jigress.app.settings;

import io.jigress.api.Durations;
import io.jigress.api.IpLiteral;
import io.jigress.control.DnsName;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The parser and printer of a setting's text.
///
/// @param expected a description of valid values, for messages and docs
/// @param parse the value of a text; null when the text is not valid
/// @param print a text that `parse` accepts
record SettingType<T>(String expected, Function<String, @Nullable T> parse, Function<T, String> print) {

    static SettingType<Integer> integer(int least, int most) {
        return new SettingType<>("a whole number from " + least + " to " + most, text -> {
            if (!text.matches("-?\\d{1,10}")) {
                return null;
            }
            long value = Long.parseLong(text);
            return value < least || value > most ? null : (Integer) (int) value;
        }, Object::toString);
    }

    /// Bytes, with or without a binary unit: `65536`, `64KiB`, `1.5GiB`.
    static SettingType<Long> size(long least, long most) {
        return new SettingType<>("a size from " + Sizes.print(least) + " to " + Sizes.print(most) + ", in bytes, KiB, MiB or GiB",
                text -> {
                    Long value = Sizes.parse(text);
                    return value == null || value < least || value > most ? null : value;
                }, Sizes::print);
    }

    static SettingType<Duration> duration(Duration least) {
        String expected = (least.isZero() ? "a duration" : "a duration of at least " + Durations.print(least))
                + " such as 500ms, 10s, 1m30s";
        return new SettingType<>(expected, text -> {
            Duration value = Durations.parse(text);
            return value == null || value.compareTo(least) < 0 ? null : value;
        }, Durations::print);
    }

    static SettingType<Boolean> bool() {
        return new SettingType<>("true or false",
                text -> text.equals("true") ? Boolean.TRUE : text.equals("false") ? Boolean.FALSE : null, Object::toString);
    }

    /// An IP address; empty for none.
    static SettingType<String> ipAddress() {
        return new SettingType<>("an IP address", text -> text.isEmpty() || IpLiteral.parse(text) != null ? text : null,
                text -> text);
    }

    static SettingType<List<String>> ipAddresses() {
        return list("IP addresses", text -> IpLiteral.parse(text) != null);
    }

    static SettingType<List<String>> addressRanges() {
        return list("address ranges such as 10.0.0.0/8", SettingType::isRange);
    }

    private static boolean isRange(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        String bits = slash < 0 ? "0" : text.substring(slash + 1);
        return IpLiteral.parse(address) != null && bits.matches("\\d{1,3}")
                && Integer.parseInt(bits) <= (address.indexOf(':') < 0 ? 32 : 128);
    }

    /// The name of a namespace; empty for none.
    static SettingType<String> dnsLabel() {
        return new SettingType<>("a name of lower-case letters, digits and hyphens",
                text -> text.isEmpty() || DnsName.isLabel(text) ? text : null, text -> text);
    }

    /// The namespace and name of a Service; empty for none.
    static SettingType<String> serviceName() {
        return new SettingType<>("NAMESPACE/NAME",
                text -> text.isEmpty() || text.matches("[a-z0-9-]{1,63}/[a-z0-9-]{1,63}") ? text : null, text -> text);
    }

    /// A name such as a zone's; empty for none.
    static SettingType<String> label() {
        return new SettingType<>("a name of letters, digits and . _ -",
                text -> text.isEmpty() || text.matches("[A-Za-z0-9._-]{1,128}") ? text : null, text -> text);
    }

    static SettingType<List<String>> dnsLabels() {
        return list("names of lower-case letters, digits and hyphens", DnsName::isLabel);
    }

    /// A label selector in Kubernetes' syntax; empty for everything.
    static SettingType<String> labelSelector() {
        String key = "([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?";
        String value = "([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?";
        Pattern selector = Pattern
                .compile("!?" + key + "|" + key + "\\s*(=|==|!=)\\s*" + value + "|" + key + "\\s+(in|notin)\\s*\\("
                        + value + "(,\\s*" + value + ")*\\)");
        return new SettingType<>("labels such as team=a, tier!=test or team in (a,b), separated by commas",
                text -> text.isEmpty() || Arrays.stream(text.split(",(?![^(]*\\))")).map(String::strip)
                        .allMatch(part -> selector.matcher(part).matches()) ? text : null,
                text -> text);
    }

    /// Sources of resources.
    static SettingType<List<String>> sources() {
        return list(SourceUrl.EXPECTED, text -> SourceUrl.parse(text) != null);
    }

    /// An index of plugins: a path or a URL, maybe with a checksum.
    static boolean isIndex(String text) {
        boolean url = text.contains("://");
        return !text.chars().anyMatch(Character::isWhitespace) && (!url || text.matches("(?:file:///|https?://|oci://)[^/].*"))
                && (text.indexOf('#') < 0 || text.matches("[^#]+#sha256=[0-9a-f]{64}"));
    }

    /// A file or folder; empty for none.
    static SettingType<String> path(String expected) {
        return new SettingType<>(expected, text -> {
            try {
                return Path.of(text).toString();
            } catch (IllegalArgumentException _) {
                return null;
            }
        }, text -> text);
    }

    /// Items separated by commas; empty for none.
    static SettingType<List<String>> list(String expected, Predicate<String> item) {
        return new SettingType<>(expected + ", separated by commas", text -> {
            List<String> items = new ArrayList<>();
            Arrays.stream(text.split(",")).map(String::strip).filter(each -> !each.isEmpty()).forEach(items::add);
            return items.stream().allMatch(item) ? List.copyOf(items) : null;
        }, items -> String.join(",", items));
    }

    /// One of the lower-case names of an enum.
    static <E extends Enum<E>> SettingType<E> choice(Class<E> words) {
        return choice(List.of(words.getEnumConstants()));
    }

    /// The same for some constants of an enum.
    static <E extends Enum<E>> SettingType<E> choice(List<E> all) {
        return new SettingType<>("one of " + String.join(", ", all.stream().map(SettingType::word).toList()),
                text -> all.stream().filter(word -> word(word).equals(text)).findFirst().orElse(null), SettingType::word);
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /// An address to listen on: `127.0.0.1:8001`, `[::1]:8001`, `:8001` for all addresses; `off` for none.
    static SettingType<ListenAddress> address() {
        return new SettingType<>("an address such as 127.0.0.1:8001 or :8001, or off", ListenAddress::parse,
                ListenAddress::toString);
    }

    /// A host name or IP literal, and a port; empty for none.
    static SettingType<String> hostPort() {
        return new SettingType<>("host:port, such as 10.0.0.1:18730", text -> text.isEmpty() || isHostPort(text) ? text : null,
                text -> text);
    }

    private static boolean isHostPort(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 1 || !text.substring(colon + 1).matches("[1-9]\\d{0,4}")
                || Integer.parseInt(text.substring(colon + 1)) > 65_535) {
            return false;
        }
        String host = text.substring(0, colon);
        return host.startsWith("[") && host.endsWith("]")
                ? IpLiteral.parse(host.substring(1, host.length() - 1)) != null
                : host.matches("[A-Za-z0-9._-]+");
    }

    /// An `http` URL of an upstream, without a path; empty for none.
    static SettingType<String> origin() {
        return new SettingType<>("an http URL without a path, such as http://127.0.0.1:9000",
                text -> text.isEmpty() || isOrigin(text) ? text : null,
                text -> text);
    }

    /// An `http` or `https` URL, with or without a path; empty for none.
    static SettingType<String> webUrl() {
        return new SettingType<>("an http or https URL, such as https://repo.example/maven",
                text -> text.isEmpty() || isWebUrl(text) ? text : null, text -> text);
    }

    private static boolean isWebUrl(String text) {
        try {
            URI uri = URI.create(text);
            return text.matches("(?i)https?://.+") && uri.getHost() != null && uri.getRawQuery() == null
                    && uri.getRawFragment() == null && uri.getRawUserInfo() == null;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private static boolean isOrigin(String text) {
        try {
            URI uri = URI.create(text);
            return "http".equalsIgnoreCase(uri.getScheme()) && uri.getHost() != null && uri.getRawUserInfo() == null
                    && (uri.getRawPath().isEmpty() || uri.getRawPath().equals("/"))
                    && uri.getRawQuery() == null && uri.getRawFragment() == null && uri.getPort() != 0 && uri.getPort() <= 65_535;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    /// Sizes in bytes and binary units.
    private static final class Sizes {
        private static final List<String> UNITS = List.of("KiB", "MiB", "GiB");

        static @Nullable Long parse(String text) {
            String number = text;
            long scale = 1;
            for (int i = 0; i < UNITS.size(); i++) {
                if (text.endsWith(UNITS.get(i))) {
                    number = text.substring(0, text.length() - 3).strip();
                    scale = 1L << 10 * (i + 1);
                }
            }
            if (!number.matches("\\d{1,15}(\\.\\d{1,3})?")) {
                return null;
            }
            BigDecimal bytes = new BigDecimal(number).multiply(BigDecimal.valueOf(scale));
            return bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0 ? null : (Long) bytes.longValue();
        }

        static String print(long bytes) {
            for (int i = UNITS.size(); i > 0; i--) {
                if (bytes != 0 && bytes % (1L << 10 * i) == 0) {
                    return (bytes >> 10 * i) + UNITS.get(i - 1);
                }
            }
            return Long.toString(bytes);
        }
    }
}
