package io.jigress.dubbo.type;

import io.jigress.dubbo.wire.HessianLimits;
import io.jigress.dubbo.wire.HessianValue;
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
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes a provider's result as JSON text. References are followed, so that shared values are repeated; a value that contains itself,
/// or that exceeds the limits in this way, is refused.
public final class ResultWriter {

    /// How values are represented.
    ///
    /// @param classes whether an object has a member `class` with the name of its class
    /// @param textLongs whether `long`, `BigInteger` and `BigDecimal` are strings, for clients that read numbers as doubles
    /// @param millis whether a `Date` is a number of milliseconds; else it is text such as `2026-01-31T12:00:00Z`
    /// @param generic the result of a generic call: maps carry the names of their classes
    public record Settings(boolean classes, boolean textLongs, boolean millis, boolean generic) {
    }

    private final TypeCatalog catalog;
    private final Settings settings;
    private final HessianLimits limits;
    private final int maxChars;
    private final StringBuilder out = new StringBuilder();
    private int depth;
    private int values;

    private ResultWriter(TypeCatalog catalog, Settings settings, HessianLimits limits, int maxChars) {
        this.catalog = catalog;
        this.settings = settings;
        this.limits = limits;
        this.maxChars = maxChars;
    }

    private static final class BeyondLimits extends Exception {
        BeyondLimits() {
            super(null, null, false, false);
        }
    }

    /// @param maxChars the longest text
    /// @return null when the value exceeds the limits
    public static @Nullable String write(HessianValue value, TypeCatalog catalog, Settings settings, HessianLimits limits,
            int maxChars) {
        ResultWriter writer = new ResultWriter(catalog, settings, limits, maxChars);
        try {
            writer.value(value);
            return writer.out.toString();
        } catch (BeyondLimits _) {
            return null;
        }
    }

    private void value(HessianValue value) throws BeyondLimits {
        if (++values > limits.values() || out.length() > maxChars) {
            throw new BeyondLimits();
        }
        switch (value) {
            case Null _ -> out.append("null");
            case Bool bool -> out.append(bool.value());
            case Int number -> out.append(number.value());
            case Long64 number -> number(Long.toString(number.value()));
            case Real real -> real(real.value());
            case Text text -> string(text.value());
            case Binary binary -> string(Base64.getEncoder().encodeToString(binary.value()));
            case Date date -> date(date.millis());
            case Sequence list -> list(list);
            case Mapping map -> map(map);
            case Bean bean -> bean(bean);
        }
    }

    private void enter() throws BeyondLimits {
        if (++depth > limits.depth()) {
            throw new BeyondLimits();
        }
    }

    private void list(Sequence list) throws BeyondLimits {
        enter();
        out.append('[');
        boolean floats = "[float".equals(list.type());
        for (int i = 0; i < list.items().size(); i++) {
            if (i > 0) {
                out.append(',');
            }
            value(list.items().get(i), floats);
        }
        out.append(']');
        depth--;
    }

    /// @param real32 whether it is a `float`, which the provider has widened to a double with more digits
    private void value(HessianValue value, boolean real32) throws BeyondLimits {
        if (real32 && value instanceof Real real && Double.isFinite(real.value())) {
            out.append((float) real.value());
        } else {
            value(value);
        }
    }

    private void map(Mapping map) throws BeyondLimits {
        enter();
        if (plainKeys(map)) {
            out.append('{');
            boolean first = true;
            for (int i = 0; i < map.keys().size(); i++) {
                if (settings.generic() && !settings.classes() && namesClass(map.keys().get(i), map.values().get(i))) {
                    continue;
                }
                if (!first) {
                    out.append(',');
                }
                first = false;
                key(map.keys().get(i));
                out.append(':');
                value(map.values().get(i));
            }
            out.append('}');
        } else {
            out.append('[');
            for (int i = 0; i < map.keys().size(); i++) {
                out.append(i > 0 ? ",{\"key\":" : "{\"key\":");
                value(map.keys().get(i));
                out.append(",\"value\":");
                value(map.values().get(i));
                out.append('}');
            }
            out.append(']');
        }
        depth--;
    }

    /// A generic call returns objects as maps with an additional entry for the class.
    private static boolean namesClass(HessianValue key, HessianValue value) {
        return key instanceof Text name && name.value().equals("class") && value instanceof Text type
                && type.value().indexOf('.') > 0 && className(type.value());
    }

    private static boolean className(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) != '.' && !Character.isJavaIdentifierPart(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private boolean plainKeys(Mapping map) {
        for (HessianValue key : map.keys()) {
            boolean plain = switch (key) {
                case Null _,Bool _,Int _,Long64 _,Real _,Text _,Date _ -> true;
                case Bean bean -> PlainBean.of(bean, catalog) != null;
                case Binary _,Sequence _,Mapping _ -> false;
            };
            if (!plain) {
                return false;
            }
        }
        return true;
    }

    private void key(HessianValue key) {
        switch (key) {
            case Null _ -> string("null");
            case Bool bool -> string(Boolean.toString(bool.value()));
            case Int number -> string(Integer.toString(number.value()));
            case Long64 number -> string(Long.toString(number.value()));
            case Real real -> string(Double.toString(real.value()));
            case Text text -> string(text.value());
            case Date date -> string(settings.millis() ? Long.toString(date.millis()) : iso(date.millis()));
            case Bean bean -> {
                PlainBean plain = PlainBean.of(bean, catalog);
                string(plain == null ? "" : plain.text());
            }
            case Binary _,Sequence _,Mapping _ -> throw new IllegalStateException(key + " (expected: a plain key)");
        }
    }

    private void bean(Bean bean) throws BeyondLimits {
        PlainBean plain = PlainBean.of(bean, catalog);
        if (plain != null) {
            if (plain.number()) {
                number(plain.text());
            } else {
                string(plain.text());
            }
            return;
        }
        HessianValue held = held(bean);
        if (held != null) {
            enter();
            value(held);
            depth--;
            return;
        }
        enter();
        out.append('{');
        boolean first = true;
        if (settings.classes()) {
            out.append("\"class\":");
            string(bean.definition().type());
            first = false;
        }
        List<String> fields = bean.definition().fields();
        TypeCatalog.Definition known = catalog.find(bean.definition().type());
        for (int i = 0; i < fields.size(); i++) {
            if (fields.get(i).isEmpty()) {
                continue;
            }
            if (!first) {
                out.append(',');
            }
            first = false;
            string(fields.get(i));
            out.append(':');
            value(bean.values().get(i), known != null && JavaType.FLOAT.equals(known.fields().get(fields.get(i))));
        }
        out.append('}');
        depth--;
    }

    /// The value of a class that only wraps another value, or null.
    private static @Nullable HessianValue held(Bean bean) {
        return switch (bean.definition().type()) {
            case "java.sql.Date", "java.sql.Time", "java.sql.Timestamp", "java.util.concurrent.atomic.AtomicInteger",
                    "java.util.concurrent.atomic.AtomicLong", "java.util.concurrent.atomic.AtomicBoolean" ->
                bean.get("value");
            case Handles.BYTE, Handles.SHORT, Handles.FLOAT -> bean.get("_value");
            case Handles.CALENDAR -> bean.get("date");
            case Handles.ENUM_SET -> bean.get("objects");
            default -> null;
        };
    }

    // ---- JSON

    private void number(String digits) {
        if (settings.textLongs()) {
            out.append('"').append(digits).append('"');
        } else {
            out.append(digits);
        }
    }

    private void real(double value) {
        if (Double.isFinite(value)) {
            out.append(value);
        } else {
            string(Double.toString(value));
        }
    }

    private void date(long millis) {
        if (settings.millis()) {
            out.append(millis);
        } else {
            string(iso(millis));
        }
    }

    private static String iso(long millis) {
        return Instant.ofEpochMilli(millis).toString();
    }

    private void string(String value) {
        out.append('"');
        int clean = 0;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c >= 0x20 && c != '"' && c != '\\' && !(Character.isSurrogate(c) && lone(value, i))) {
                continue;
            }
            out.append(value, clean, i);
            clean = i + 1;
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> out.append("\\u").append(Integer.toHexString(0x10000 | c), 1, 5);
            }
        }
        out.append(value, clean, value.length()).append('"');
    }

    private static boolean lone(String value, int i) {
        return Character.isHighSurrogate(value.charAt(i))
                ? i + 1 == value.length() || !Character.isLowSurrogate(value.charAt(i + 1))
                : i == 0 || !Character.isHighSurrogate(value.charAt(i - 1));
    }
}
