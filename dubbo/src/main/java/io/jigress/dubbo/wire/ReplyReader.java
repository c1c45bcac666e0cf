package io.jigress.dubbo.wire;

import io.jigress.dubbo.wire.HessianValue.Bean;
import io.jigress.dubbo.wire.HessianValue.Binary;
import io.jigress.dubbo.wire.HessianValue.Bool;
import io.jigress.dubbo.wire.HessianValue.Date;
import io.jigress.dubbo.wire.HessianValue.Int;
import io.jigress.dubbo.wire.HessianValue.Long64;
import io.jigress.dubbo.wire.HessianValue.Mapping;
import io.jigress.dubbo.wire.HessianValue.Null;
import io.jigress.dubbo.wire.HessianValue.Real;
import io.jigress.dubbo.wire.HessianValue.Sequence;
import io.jigress.dubbo.wire.HessianValue.Text;
import io.netty.buffer.ByteBuf;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads the bodies of responses and events.
public final class ReplyReader {
    private static final int THROWN = 0;
    private static final int VALUE = 1;
    private static final int NULL = 2;
    /// Added to the three codes above when attachments follow.
    private static final int WITH_ATTACHMENTS = 3;
    private static final int MAX_MESSAGE = 10_000;
    /// An event is one value without parts.
    private static final HessianLimits EVENT = new HessianLimits(1, 1, 0);

    private ReplyReader() {}

    /// Never throws, for any bytes.
    ///
    /// @param body borrowed; the reader index moves
    public static Reply read(int status, ByteBuf body, HessianLimits limits) {
        HessianReader in = new HessianReader(body, limits);
        try {
            if (status != ReplyStatus.OK) {
                return new Reply.Refused(status, message(in));
            }
            if (!(in.read() instanceof Int kind)) {
                return new Reply.Malformed("the kind of the response is not an int");
            }
            boolean attached = kind.value() >= WITH_ATTACHMENTS;
            return switch (attached ? kind.value() - WITH_ATTACHMENTS : kind.value()) {
                case THROWN -> {
                    HessianValue exception = in.read();
                    yield new Reply.Thrown(exception, attached ? attachments(in) : Map.of());
                }
                case VALUE -> {
                    HessianValue value = in.read();
                    yield new Reply.Result(value, attached ? attachments(in) : Map.of());
                }
                case NULL -> new Reply.Result(Null.NULL, attached ? attachments(in) : Map.of());
                default -> new Reply.Malformed("the kind of the response is " + kind.value() + " (expected: 0 to 5)");
            };
        } catch (MalformedHessian e) {
            return new Reply.Malformed(String.valueOf(e.getMessage()));
        }
    }

    /// The name of an event, such as [Frame#READ_ONLY]; null for a heartbeat and for anything that is not a string.
    public static @Nullable String event(ByteBuf body) {
        try {
            return body.isReadable() && new HessianReader(body, EVENT).read() instanceof Text text
                    ? text.value()
                    : null;
        } catch (MalformedHessian _) {
            return null;
        }
    }

    private static String message(HessianReader in) throws MalformedHessian {
        String message = in.readText();
        if (message == null) {
            return "";
        }
        return message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) : message;
    }

    private static Map<String, String> attachments(HessianReader in) throws MalformedHessian {
        if (!(in.read() instanceof Mapping map)) {
            return Map.of();
        }
        Map<String, String> attachments = new LinkedHashMap<>();
        for (int i = 0; i < map.keys().size(); i++) {
            String value = plain(map.values().get(i));
            if (map.keys().get(i) instanceof Text key && value != null) {
                attachments.put(key.value(), value);
            }
        }
        return attachments;
    }

    private static @Nullable String plain(HessianValue value) {
        return switch (value) {
            case Text text -> text.value();
            case Int number -> Integer.toString(number.value());
            case Long64 number -> Long.toString(number.value());
            case Bool bool -> Boolean.toString(bool.value());
            case Null _,Real _,Binary _,Date _,Sequence _,Mapping _,Bean _ -> null;
        };
    }
}
