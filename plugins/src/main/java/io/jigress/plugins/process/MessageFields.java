package io.jigress.plugins.process;

import com.google.protobuf.ByteString;
import io.envoyproxy.envoy.config.core.v3.HeaderMap;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.jigress.api.FieldValue;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// A head, or trailers, as Envoy's protocols name their fields: method, path, authority, scheme and status are fields whose names begin
/// with a colon. Valid as long as the message that it shows.
public final class MessageFields {
    private static final String AUTHORITY = ":authority";
    private static final String PATH = ":path";
    private static final String METHOD = ":method";
    private static final String SCHEME = ":scheme";
    private static final String STATUS = ":status";

    private final @Nullable RequestHead request;
    private final @Nullable ResponseHead response;
    private final Headers headers;

    private MessageFields(@Nullable RequestHead request, @Nullable ResponseHead response, Headers headers) {
        this.request = request;
        this.response = response;
        this.headers = headers;
    }

    public static MessageFields of(RequestHead head) {
        return new MessageFields(head, null, head.headers());
    }

    public static MessageFields of(ResponseHead head) {
        return new MessageFields(null, head, head.headers());
    }

    public static MessageFields of(Headers trailers) {
        return new MessageFields(null, null, trailers);
    }

    // ---- reading

    /// Shows each field, in lower case; hop-by-hop fields are left out.
    public void forEach(BiConsumer<String, String> action) {
        RequestHead asked = request;
        ResponseHead answered = response;
        if (asked != null) {
            action.accept(AUTHORITY, asked.authority());
            action.accept(PATH, asked.target());
            action.accept(METHOD, asked.method());
            action.accept(SCHEME, asked.scheme());
        } else if (answered != null) {
            action.accept(STATUS, Integer.toString(answered.status()));
        }
        for (int i = 0; i < headers.size(); i++) {
            boolean shown = headers.endToEnd(i) || headers.isAt(i, HeaderName.CONTENT_LENGTH);
            if (shown && !(asked != null && headers.isAt(i, HeaderName.HOST))) {
                action.accept(headers.nameAt(i).toLowerCase(Locale.ROOT), headers.valueAt(i));
            }
        }
    }

    /// The fields that the rules forward, with their bytes in `raw_value`.
    public HeaderMap toMap(ForwardRules rules) {
        HeaderMap.Builder map = HeaderMap.newBuilder();
        forEach((name, value) -> {
            if (rules.forwards(name)) {
                map.addHeaders(HeaderValue.newBuilder().setKey(name)
                        .setRawValue(ByteString.copyFrom(value, StandardCharsets.ISO_8859_1)));
            }
        });
        return map.build();
    }

    /// A field of the message itself or an ordinary one; null when there is none.
    @Nullable String first(String name) {
        RequestHead asked = request;
        ResponseHead answered = response;
        if (asked != null) {
            switch (name) {
                case AUTHORITY, "host" -> {
                    return asked.authority();
                }
                case PATH -> {
                    return asked.target();
                }
                case METHOD -> {
                    return asked.method();
                }
                case SCHEME -> {
                    return asked.scheme();
                }
                default -> {}
            }
        } else if (answered != null && name.equals(STATUS)) {
            return Integer.toString(answered.status());
        }
        return HeaderName.isToken(name) ? headers.first(HeaderName.of(name)) : null;
    }

    boolean contains(String name) {
        return first(name) != null;
    }

    // ---- changing

    /// Whether a name can be that of a field, or of a part of a head.
    static boolean isName(String name) {
        return HeaderName.isToken(name.startsWith(":") ? name.substring(1) : name);
    }

    static boolean isValue(String value) {
        for (int i = 0; i < value.length(); i++) {
            if (!FieldValue.allowed(value.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    /// Replaces a field, or a part of the head.
    ///
    /// @param name in lower case
    /// @return false when the gateway does not allow this change: the framing of a message, a value that is not valid for the part
    boolean set(String name, String value) {
        if (isPart(name)) {
            return part(name, value);
        }
        if (HeaderName.RESERVED.contains(name)) {
            return false;
        }
        headers.set(HeaderName.of(name), value);
        return true;
    }

    /// Adds a field; a part of the head is replaced.
    boolean add(String name, String value) {
        if (isPart(name)) {
            return part(name, value);
        }
        if (HeaderName.RESERVED.contains(name)) {
            return false;
        }
        headers.add(HeaderName.of(name), value);
        return true;
    }

    boolean remove(String name) {
        if (isPart(name) || HeaderName.RESERVED.contains(name)) {
            return false;
        }
        headers.remove(HeaderName.of(name));
        return true;
    }

    /// Appends a value to the field of that name, with a comma.
    boolean join(String name, String value) {
        String before = first(name);
        return set(name, before == null ? value : before + "," + value);
    }

    private boolean isPart(String name) {
        return name.startsWith(":") || request != null && name.equals("host");
    }

    private boolean part(String name, String value) {
        RequestHead asked = request;
        ResponseHead answered = response;
        if (asked != null) {
            return switch (name) {
                case AUTHORITY, "host" -> isAuthority(value) && done(() -> asked.authority(value));
                case PATH -> isTarget(value) && done(() -> asked.target(value));
                case METHOD -> HeaderName.isToken(value) && !value.equals("CONNECT") && done(() -> asked.method(value));
                default -> false;
            };
        }
        int status = answered != null && name.equals(STATUS) && value.matches("[2-5]\\d\\d") ? Integer.parseInt(value) : 0;
        if (answered == null || status == 0) {
            return false;
        }
        answered.status(status);
        return true;
    }

    private static boolean done(Runnable change) {
        change.run();
        return true;
    }

    private static boolean isAuthority(String value) {
        return !value.isEmpty() && isVisible(value, "/?#@\\");
    }

    /// Whether a request may be sent with this path and query.
    public static boolean isTarget(String value) {
        return value.startsWith("/") && isVisible(value, "#");
    }

    private static boolean isVisible(String text, String without) {
        return text.chars().allMatch(c -> c > ' ' && c < 0x7f && without.indexOf(c) < 0);
    }
}
