package io.jigress.plugins.wasm.abi;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A header map of the ABI: the fields of a message, and the pseudo header fields of its head. Framing is the gateway's: edits of fields that
/// frame the message or name the connection are accepted and have no effect.
///
/// @param request whose pseudo fields belong to the map; null for another message
/// @param response likewise
/// @param writable whether the message has not been passed on yet
record HeaderMap(Headers fields, @Nullable RequestHead request, @Nullable ResponseHead response, boolean writable) {
    private static final String AUTHORITY = ":authority";
    private static final String PATH = ":path";
    private static final String METHOD = ":method";
    private static final String SCHEME = ":scheme";
    private static final String STATUS = ":status";

    static HeaderMap of(Headers fields, boolean writable) {
        return new HeaderMap(fields, null, null, writable);
    }

    @Nullable String get(String name) {
        if (isPseudo(name)) {
            return pseudo(name);
        }
        if (isHost(name)) {
            return request == null ? null : request.authority();
        }
        return HeaderName.isToken(name) ? fields.first(HeaderName.of(name)) : null;
    }

    private static boolean isPseudo(String name) {
        return !name.isEmpty() && name.charAt(0) == ':';
    }

    private boolean isHost(String name) {
        return request != null && name.equalsIgnoreCase("host");
    }

    private @Nullable String pseudo(String name) {
        if (response != null && name.equals(STATUS)) {
            return String.valueOf(response.status());
        }
        if (request == null) {
            return null;
        }
        return switch (name) {
            case AUTHORITY -> request.authority();
            case PATH -> request.target();
            case METHOD -> request.method();
            case SCHEME -> request.scheme();
            default -> null;
        };
    }

    List<Map.Entry<String, String>> pairs() {
        List<Map.Entry<String, String>> pairs = new ArrayList<>(fields.size() + 4);
        if (request != null) {
            pairs.add(Map.entry(AUTHORITY, request.authority()));
            pairs.add(Map.entry(PATH, request.target()));
            pairs.add(Map.entry(METHOD, request.method()));
            pairs.add(Map.entry(SCHEME, request.scheme()));
        }
        if (response != null) {
            pairs.add(Map.entry(STATUS, String.valueOf(response.status())));
        }
        Pairs.addFields(pairs, fields, request != null);
        return pairs;
    }

    /// How many entries [#pairs] has.
    int size() {
        int pseudo = (request == null ? 0 : 4) + (response == null ? 0 : 1);
        return fields.size() + pseudo - (request != null && fields.contains(HeaderName.HOST) ? 1 : 0);
    }

    /// @return a status of the ABI
    long set(String name, String value, boolean add) {
        if (!writable) {
            return Status.BAD_ARGUMENT;
        }
        try {
            if (isPseudo(name) || isHost(name)) {
                return setPseudo(name, value);
            }
            if (!HeaderName.isToken(name)) {
                return Status.BAD_ARGUMENT;
            }
            HeaderName field = HeaderName.of(name);
            if (HeaderName.RESERVED.contains(field.text())) {
                return Status.OK;
            }
            if (add) {
                fields.add(field, value);
            } else {
                fields.set(field, value);
            }
            return Status.OK;
        } catch (IllegalArgumentException _) {
            return Status.BAD_ARGUMENT;
        }
    }

    private long setPseudo(String name, String value) {
        if (response != null && name.equals(STATUS)) {
            response.status(Integer.parseInt(value));
            return Status.OK;
        }
        if (request == null) {
            return Status.BAD_ARGUMENT;
        }
        switch (name) {
            case PATH -> request.target(value);
            case METHOD -> request.method(value);
            case SCHEME -> {
                // The scheme of the client's connection does not change.
            }
            default -> {
                if (!name.equals(AUTHORITY) && !isHost(name)) {
                    return Status.BAD_ARGUMENT;
                }
                request.authority(value);
            }
        }
        return Status.OK;
    }

    long remove(String name) {
        if (!writable) {
            return Status.BAD_ARGUMENT;
        }
        if (HeaderName.isToken(name) && !isHost(name)) {
            HeaderName field = HeaderName.of(name);
            if (!HeaderName.RESERVED.contains(field.text())) {
                fields.remove(field);
            }
        }
        return Status.OK;
    }

    /// Replaces all fields.
    long replace(List<Map.Entry<String, String>> pairs) {
        if (!writable) {
            return Status.BAD_ARGUMENT;
        }
        for (Map.Entry<String, String> pair : pairs) {
            if (!isPseudo(pair.getKey()) && !HeaderName.isToken(pair.getKey())) {
                return Status.BAD_ARGUMENT;
            }
        }
        for (int i = fields.size() - 1; i >= 0; i--) {
            if (i < fields.size()) {
                remove(fields.nameAt(i));
            }
        }
        long status = Status.OK;
        for (Map.Entry<String, String> pair : pairs) {
            status = Math.max(status, set(pair.getKey(), pair.getValue(), true));
        }
        return status;
    }
}
