package io.jigress.dubbo.type;

import io.jigress.api.Json;
import io.jigress.dubbo.type.Shape.Any;
import io.jigress.dubbo.type.Shape.Constant;
import io.jigress.dubbo.type.Shape.Entries;
import io.jigress.dubbo.type.Shape.Fields;
import io.jigress.dubbo.type.Shape.Items;
import io.jigress.dubbo.type.Shape.Maybe;
import io.jigress.dubbo.type.Shape.Plain;
import io.jigress.dubbo.wire.HessianWriter;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes JSON as an argument of a Java type. A number in quotes is accepted, so that no client loses digits.
public final class ArgumentWriter {

    /// How the method is called.
    public enum Form {
        /// Directly: objects are instances of their classes.
        DIRECT,
        /// By `$invoke` of the generic service: objects are maps, which the provider converts to their classes.
        GENERIC
    }

    /// @param zone of dates and times without a zone
    /// @param refuseUnknown whether a JSON member that the bean does not have is an error; else it is ignored
    public record Settings(Form form, ZoneId zone, boolean refuseUnknown) {
    }

    /// A JSON value that does not fit its type.
    ///
    /// @param path within the argument: `.items[3].price`; empty for the argument itself
    public record Misfit(String path, String expected, String found) {
        private static final int SHOWN = 60;

        static String shown(Json value) {
            return switch (value) {
                case Json.Obj _ -> "an object";
                case Json.Arr array -> "an array of " + array.items().size();
                case Json.Str _,Json.Num _,Json.Bool _ -> {
                    String text = value.toString();
                    yield value.typeName() + " " + (text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text);
                }
                case Json.Null _ -> "null";
            };
        }
    }

    /// In generic calls a provider reads it as the name of the class to create.
    private static final String CLASS = "class";

    private final HessianWriter out;
    private final Settings settings;
    private final PlainWriter plain;

    public ArgumentWriter(HessianWriter out, Settings settings) {
        this.out = out;
        this.settings = settings;
        this.plain = new PlainWriter(out, settings.zone());
    }

    /// @return null on success; else what does not fit, and the output must be discarded
    public @Nullable Misfit write(Shape shape, Json value) {
        try {
            write(shape, value, false);
            return null;
        } catch (MisfitException e) {
            return new Misfit(e.path(), e.expected(), e.found());
        }
    }

    /// @param erased whether the provider does not know the type at this place, as in a collection: the value must carry it then
    private void write(Shape shape, Json value, boolean erased) throws MisfitException {
        if (value == Json.Null.NULL) {
            if (shape instanceof Plain one && one.primitive()) {
                throw MisfitException.of(one.type().expected(), value);
            }
            out.nothing();
            return;
        }
        switch (shape) {
            case Plain one -> plain.write(one.type(), value, erased && settings.form() == Form.DIRECT);
            case Items items -> {
                List<Json> all = items(value);
                out.list(items.type(), all.size());
                elements(items.element(), all, true);
            }
            case Shape.Array array -> {
                List<Json> all = items(value);
                // The provider creates the array from the elements, which are still maps.
                boolean typed = settings.form() == Form.DIRECT || array.element() instanceof Plain;
                out.list(typed ? array.type() : null, all.size());
                elements(array.element(), all, false);
            }
            case Entries entries -> entries(entries, value);
            case Constant constant -> constant(constant, value);
            case Maybe maybe -> write(maybe.value(), value, erased);
            case Fields fields -> fields(fields, value);
            case Any _ -> any(value);
        }
    }

    // ---- containers

    private static List<Json> items(Json value) throws MisfitException {
        if (value instanceof Json.Arr array) {
            return array.items();
        }
        throw MisfitException.of("an array", value);
    }

    private void elements(Shape element, List<Json> items, boolean erased) throws MisfitException {
        for (int i = 0; i < items.size(); i++) {
            try {
                write(element, items.get(i), erased);
            } catch (MisfitException e) {
                throw e.at(i);
            }
        }
    }

    private void entries(Entries shape, Json value) throws MisfitException {
        if (value instanceof Json.Arr pairs) {
            pairs(shape, pairs);
            return;
        }
        if (!(value instanceof Json.Obj object)) {
            throw MisfitException.of("an object, or an array of objects with key and value", value);
        }
        out.map(shape.type());
        for (Map.Entry<String, Json> member : object.members().entrySet()) {
            try {
                refuseClass(member.getKey());
                key(shape.key(), member.getKey());
                write(shape.value(), member.getValue(), true);
            } catch (MisfitException e) {
                throw e.at(member.getKey());
            }
        }
        out.endOfMap();
    }

    private void key(Shape shape, String name) throws MisfitException {
        if (shape instanceof Items || shape instanceof Shape.Array || shape instanceof Entries || shape instanceof Fields) {
            throw new MisfitException("an array of objects with key and value, since a key is not a plain value", "an object");
        }
        write(shape, new Json.Str(name), true);
    }

    /// `[{"key": …, "value": …}, …]`, for keys that are not text in JSON.
    private void pairs(Entries shape, Json.Arr pairs) throws MisfitException {
        out.map(shape.type());
        for (int i = 0; i < pairs.items().size(); i++) {
            Json pair = pairs.items().get(i);
            if (!(pair instanceof Json.Obj object) || object.members().size() != 2 || object.members().get("key") == null
                    || object.members().get("value") == null) {
                throw MisfitException.of("an object with key and value", pair).at(i);
            }
            try {
                Json key = object.members().get("key");
                if (key instanceof Json.Str text) {
                    refuseClass(text.value());
                }
                write(shape.key(), key, true);
                write(shape.value(), object.members().getOrDefault("value", Json.Null.NULL), true);
            } catch (MisfitException e) {
                throw e.at(i);
            }
        }
        out.endOfMap();
    }

    private void fields(Fields shape, Json value) throws MisfitException {
        if (!(value instanceof Json.Obj object)) {
            throw MisfitException.of("an object (" + shape.type() + ")", value);
        }
        List<String> names = new ArrayList<>();
        for (String name : object.members().keySet()) {
            if (!shape.known() || shape.fields().containsKey(name)) {
                names.add(name);
            } else if (settings.refuseUnknown()) {
                throw new MisfitException("a field of " + shape.type(), "a member of another name").at(name);
            }
        }
        boolean generic = settings.form() == Form.GENERIC;
        if (generic) {
            out.map(null);
        } else {
            out.object(shape.type(), names);
        }
        for (String name : names) {
            try {
                if (generic) {
                    refuseClass(name);
                    out.text(name);
                }
                write(shape.fields().getOrDefault(name, Any.ANY), object.members().getOrDefault(name, Json.Null.NULL), false);
            } catch (MisfitException e) {
                throw e.at(name);
            }
        }
        if (generic) {
            out.endOfMap();
        }
    }

    private void refuseClass(String name) throws MisfitException {
        if (settings.form() == Form.GENERIC && name.equals(CLASS)) {
            throw new MisfitException("another name: in a generic call it would choose the provider's class", "class");
        }
    }

    private void constant(Constant shape, Json value) throws MisfitException {
        if (!(value instanceof Json.Str text)
                || !shape.constants().isEmpty() && !shape.constants().contains(text.value())) {
            throw MisfitException.of(shape.constants().isEmpty()
                    ? "the name of a constant of " + shape.type()
                    : "one of " + String.join(", ", shape.constants()), value);
        }
        if (settings.form() == Form.GENERIC) {
            out.text(text.value());
        } else {
            out.object(shape.type(), Handles.NAME);
            out.text(text.value());
        }
    }

    private void any(Json value) throws MisfitException {
        switch (value) {
            case Json.Obj object -> {
                out.map(null);
                for (Map.Entry<String, Json> member : object.members().entrySet()) {
                    try {
                        refuseClass(member.getKey());
                        out.text(member.getKey());
                        any(member.getValue());
                    } catch (MisfitException e) {
                        throw e.at(member.getKey());
                    }
                }
                out.endOfMap();
            }
            case Json.Arr array -> {
                out.list(null, array.items().size());
                elements(Any.ANY, array.items(), true);
            }
            case Json.Str text -> out.text(text.value());
            case Json.Num number -> plain.number(number);
            case Json.Bool bool -> out.bool(bool.value());
            case Json.Null _ -> out.nothing();
        }
    }
}
