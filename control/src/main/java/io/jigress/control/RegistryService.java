package io.jigress.control;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A service of a registry, as a name in the directory `registry`. Backends refer to it, and a registry client subscribes to it.
///
/// As text: `infra/nacos/orders?group=DEFAULT_GROUP`, with percent-encoded parts, so that any name can be used.
///
/// @param registry the Registry object, as [ResourceKey#path]
/// @param name of the service in the registry
/// @param parameters what else identifies the service, in the registry's terms (`group`, `clusters`, `tag`)
public record RegistryService(String registry, String name, SortedMap<String, String> parameters) {
    /// The directory of these names.
    public static final String DIRECTORY = "registry";
    /// The directory of Dubbo providers, with names of the same form: the name is an interface.
    public static final String DUBBO = "dubbo";

    public RegistryService {
        parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
    }

    public static RegistryService of(ResourceKey registry, String name, Map<String, String> parameters) {
        return new RegistryService(registry.path(), name, new TreeMap<>(parameters));
    }

    /// A parameter; empty when the service has none of that name.
    public String parameter(String key) {
        return parameters.getOrDefault(key, "");
    }

    public String text() {
        String query = parameters.entrySet().stream().map(p -> escape(p.getKey()) + "=" + escape(p.getValue()))
                .collect(Collectors.joining("&"));
        return registry + "/" + escape(name) + (query.isEmpty() ? "" : "?" + query);
    }

    /// Parses the result of [#text]; null for other texts.
    public static @Nullable RegistryService parse(String text) {
        int slash = text.indexOf('/', text.indexOf('/') + 1);
        if (slash < 0) {
            return null;
        }
        int question = text.indexOf('?', slash);
        SortedMap<String, String> parameters = new TreeMap<>();
        if (question >= 0) {
            for (String pair : text.substring(question + 1).split("&", -1)) {
                int equals = pair.indexOf('=');
                if (equals < 0) {
                    return null;
                }
                parameters.put(unescape(pair.substring(0, equals)), unescape(pair.substring(equals + 1)));
            }
        }
        String name = text.substring(slash + 1, question < 0 ? text.length() : question);
        return new RegistryService(text.substring(0, slash), unescape(name), parameters);
    }

    private static String escape(String part) {
        StringBuilder out = new StringBuilder(part.length());
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            if ("%?&=/".indexOf(c) >= 0) {
                out.append('%').append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    private static String unescape(String part) {
        StringBuilder out = new StringBuilder(part.length());
        for (int i = 0; i < part.length(); i++) {
            if (part.charAt(i) == '%' && i + 2 < part.length()) {
                int high = Character.digit(part.charAt(i + 1), 16);
                int low = Character.digit(part.charAt(i + 2), 16);
                if (high >= 0 && low >= 0) {
                    out.append((char) (high << 4 | low));
                    i += 2;
                    continue;
                }
            }
            out.append(part.charAt(i));
        }
        return out.toString();
    }

    @Override
    public String toString() {
        return text();
    }
}
