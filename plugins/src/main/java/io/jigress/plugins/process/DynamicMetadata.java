package io.jigress.plugins.process;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.jigress.api.Exchange;
import io.jigress.api.ExchangeKey;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What the servers of an exchange have said about it, by namespace: later plugins pass it on to their servers, and the access log shows
/// it. Belongs to one exchange.
public final class DynamicMetadata {
    private static final ExchangeKey<DynamicMetadata> KEY = new ExchangeKey<>("dynamic-metadata");
    /// A namespace beyond these is ignored.
    private static final int MAX_NAMESPACES = 16;
    private static final int MAX_NAME = 64;

    private final Map<String, Struct> namespaces = new LinkedHashMap<>();

    private DynamicMetadata() {}

    /// Adds to a namespace of the exchange; a value replaces the one of the same name.
    ///
    /// @param prefix of the fields in the access log: `ext_authz` makes `ext_authz.user`
    public static void add(Exchange exchange, String namespace, Struct values, String prefix) {
        DynamicMetadata metadata = exchange.get(KEY);
        if (metadata == null) {
            metadata = new DynamicMetadata();
            exchange.put(KEY, metadata);
        }
        if (metadata.namespaces.size() == MAX_NAMESPACES && !metadata.namespaces.containsKey(namespace)) {
            return;
        }
        metadata.namespaces.merge(namespace, values,
                (before, added) -> before.toBuilder().putAllFields(added.getFieldsMap()).build());
        log(exchange, values, prefix);
    }

    /// Shows values in the access log.
    public static void log(Exchange exchange, Struct values, String prefix) {
        for (Map.Entry<String, Value> value : values.getFieldsMap().entrySet()) {
            exchange.logField(logName(prefix + "." + value.getKey()), Structs.print(value.getValue()));
        }
    }

    /// The name of a field of the access log: characters that it does not have become `_`.
    static String logName(String name) {
        String allowed = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_.]", "_");
        return allowed.substring(0, Math.min(MAX_NAME, allowed.length()));
    }

    /// The namespaces that a plugin passes on, of those that the exchange has.
    public static Metadata of(Exchange exchange, List<String> names) {
        DynamicMetadata metadata = names.isEmpty() ? null : exchange.get(KEY);
        if (metadata == null) {
            return Metadata.getDefaultInstance();
        }
        Metadata.Builder forwarded = Metadata.newBuilder();
        for (String name : names) {
            Struct values = metadata.namespaces.get(name);
            if (values != null) {
                forwarded.putFilterMetadata(name, values);
            }
        }
        return forwarded.build();
    }
}
