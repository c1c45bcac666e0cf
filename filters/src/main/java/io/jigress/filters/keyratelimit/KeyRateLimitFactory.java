package io.jigress.filters.keyratelimit;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.HeaderName;
import io.jigress.api.IpLiteral;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// The factory of `key-rate-limit`: the fields of Higress's plugin of that name, and the `limit_by_per_…` of its cluster-key-rate-limit.
public final class KeyRateLimitFactory implements FilterFactory<KeyRateLimit> {
    private static final int DEFAULT_TRACKED_KEYS = 65_536;
    private static final int MOST_TRACKED_KEYS = 1 << 20;
    private static final int MOST_LISTED_KEYS = 65_536;
    private static final long SECOND_NANOS = 1_000_000_000L;

    private static final List<String> SOURCES = List.of("limit_by_header", "limit_by_param", "limit_by_per_header",
            "limit_by_per_param", "limit_by_per_ip",
            "limit_by_per_route");

    /// The notations of `*` where an address is the key; Higress writes it as a block of all addresses.
    private static final Set<String> EVERY_ADDRESS = Set.of("*", "0.0.0.0/0", "::/0");

    @Override
    public String name() {
        return "key-rate-limit";
    }

    @Override
    public FilterPhase phase() {
        return FilterPhase.LIMIT;
    }

    @Override
    public int priority() {
        return 10;
    }

    @Override
    public boolean protects() {
        return true;
    }

    @Override
    public KeyRateLimit parse(JsonReader config) {
        List<String> given = SOURCES.stream().filter(config::has).toList();
        if (given.size() > 1) {
            config.error(given.get(1), "cannot be combined with " + given.getFirst(), "one of " + String.join(", ", SOURCES));
        }
        KeySource source = new KeySource.Route();
        boolean known = given.size() == 1;
        for (String field : SOURCES) {
            KeySource read = source(config, field);
            known &= read != null || !given.contains(field);
            source = given.contains(field) && read != null ? read : source;
        }
        boolean perKey = given.stream().anyMatch(field -> field.startsWith("limit_by_per_"));
        Map<Object, Limit> listed = new HashMap<>();
        // Without a known source, valid keys would be reported as wrong.
        Limit others = known ? limits(config, source, perKey, listed) : null;
        config.ignore("limit_keys");
        int code = (int) config.integer("rejected_code", 429, 400, 599);
        String message = config.text("rejected_msg", "Too many requests");
        int trackedKeys = (int) config.integer("max_keys", DEFAULT_TRACKED_KEYS, 1, MOST_TRACKED_KEYS);
        config.finishStrictly("the filter would not limit as written");
        if (given.isEmpty() && !config.failed()) {
            config.error("", "does not say what the key is", "one of " + String.join(", ", SOURCES));
        }
        return new KeyRateLimit(source, listed, others, code, message, trackedKeys);
    }

    @Override
    public CompletionStage<PreparedFilter> prepare(KeyRateLimit config) {
        return CompletableFuture.completedFuture(new RateLimiter(config));
    }

    /// Reads `limit_keys` into `listed`; returns the limit of `*`, if there is one.
    private static @Nullable Limit limits(JsonReader config, KeySource source, boolean perKey, Map<Object, Limit> listed) {
        Limit others = null;
        List<JsonReader> items = config.objects("limit_keys");
        if (items.isEmpty() && !config.failed()) {
            config.error("limit_keys", config.has("limit_keys") ? "is empty" : "is missing",
                    "a list with at least one key and its limit");
        }
        if (items.size() > MOST_LISTED_KEYS) {
            config.error("limit_keys", "has " + items.size() + " items", "at most " + MOST_LISTED_KEYS);
        }
        for (JsonReader item : items) {
            String written = written(item);
            int before = item.issues().size();
            Limit limit = limit(item);
            item.finishStrictly("the filter would not limit as written");
            if (limit == null && item.issues().size() == before) {
                item.error("", "has no limit", PERIODS);
            }
            Object key = written == null ? null : key(item, source, written, perKey);
            if (key == null || limit == null) {
                continue;
            }
            boolean every = key.equals("*");
            if (every && !perKey) {
                String field = source instanceof KeySource.Header ? "limit_by_per_header" : "limit_by_per_param";
                item.error("key", "is \"*\", which stands for every other value only with " + field, "a value, or " + field
                        + " in the place of " + field.replace("per_", ""));
            } else if (every && others != null || listed.containsKey(key)) {
                item.error("key", "occurs twice: \"" + written + "\"", "each key once");
            } else if (every && perKey) {
                others = limit;
            } else {
                listed.put(key, limit);
            }
        }
        return others;
    }

    private static @Nullable KeySource source(JsonReader config, String field) {
        if (!config.has(field)) {
            config.ignore(field);
            return null;
        }
        return switch (field) {
            case "limit_by_header", "limit_by_per_header" -> {
                String written = config.requiredText(field);
                HeaderName name = written.isEmpty() ? null : header(config, field, written);
                yield name == null ? null : new KeySource.Header(name);
            }
            case "limit_by_param", "limit_by_per_param" -> new KeySource.Param(config.requiredText(field));
            case "limit_by_per_ip" -> {
                if (config.any(field) instanceof Json.Bool) {
                    config.error(field, "is true or false", "from-remote-addr, or from-header- and a header's name");
                    yield null;
                }
                yield address(config, field, config.requiredText(field));
            }
            case "limit_by_per_route" -> {
                if (!config.bool(field, true)) {
                    config.error(field, "is false", "true, or another way to say what the key is");
                }
                yield new KeySource.Route();
            }
            default -> throw new IllegalArgumentException(field + " (expected: one of " + SOURCES + ")");
        };
    }

    private static @Nullable KeySource address(JsonReader config, String field, String value) {
        if (value.equals("from-remote-addr")) {
            return new KeySource.Address();
        }
        if (!value.startsWith("from-header-")) {
            if (!value.isEmpty()) {
                config.error(field, "is \"" + value + "\"", "from-remote-addr, or from-header- and a header's name");
            }
            return null;
        }
        HeaderName name = header(config, field, value.substring("from-header-".length()));
        return name == null ? null : new KeySource.AddressHeader(name);
    }

    private static @Nullable HeaderName header(JsonReader config, String field, String name) {
        if (HeaderName.isToken(name)) {
            return HeaderName.of(name);
        }
        config.error(field, "has the header name \"" + name + "\"", "a token of RFC 9110, section 5.6.2");
        return null;
    }

    /// The key as text; YAML reads an unquoted one such as `123` as a number.
    private static @Nullable String written(JsonReader item) {
        if (item.any("key") instanceof Json.Num number) {
            return number.literal();
        }
        if (!item.has("key")) {
            item.error("key", "is missing", "a string");
        }
        return item.text("key");
    }

    private static @Nullable Object key(JsonReader item, KeySource source, String written, boolean perKey) {
        if (perKey && written.startsWith("regexp:")) {
            item.error("key", "is \"" + written + "\", and patterns are not supported", "a value, or * for every other one");
            return null;
        }
        return switch (source) {
            case KeySource.Header _,KeySource.Param _ -> written;
            case KeySource.Route _ -> {
                // Route names have this form only.
                if (!written.equals("*") && !written.matches("[A-Z][A-Za-z0-9]* [^/ ]+/[^/ ]+ .+")) {
                    item.error("key", "is \"" + written + "\", which is not the name of a route",
                            "a name that explain shows, such as HTTPRoute default/shop rule 0, or * for every other one");
                }
                yield written;
            }
            case KeySource.Address _,KeySource.AddressHeader _ -> {
                if (EVERY_ADDRESS.contains(written)) {
                    yield "*";
                }
                InetAddress address = IpLiteral.parse(written);
                if (address == null) {
                    item.error("key", "is \"" + written + "\"", "an address, or * for every other one");
                }
                yield address;
            }
        };
    }

    private static @Nullable Limit limit(JsonReader item) {
        Limit limit = null;
        int given = 0;
        for (Period period : Period.values()) {
            if (item.has(period.field)) {
                long count = item.integer(period.field, 1, 1, SECOND_NANOS);
                limit = new Limit(count, period.seconds * SECOND_NANOS);
                given++;
            } else {
                item.ignore(period.field);
            }
        }
        if (given > 1) {
            item.error("", "has " + given + " limits", PERIODS);
        }
        return given == 1 ? limit : null;
    }

    private static final String PERIODS = "one of query_per_second, query_per_minute, query_per_hour, query_per_day";

    private enum Period {
        SECOND("query_per_second", 1), MINUTE("query_per_minute", 60), HOUR("query_per_hour", 3_600),
        DAY("query_per_day", 86_400);

        private final String field;
        private final long seconds;

        Period(String field, long seconds) {
            this.field = field;
            this.seconds = seconds;
        }
    }
}
