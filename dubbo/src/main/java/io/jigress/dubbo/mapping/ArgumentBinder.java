package io.jigress.dubbo.mapping;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.Json;
import io.jigress.api.JsonLimits;
import io.jigress.api.JsonParser;
import io.jigress.api.RequestHead;
import io.jigress.dubbo.mapping.CompiledMethod.Argument;
import io.jigress.dubbo.mapping.DubboMapping.Target;
import io.jigress.dubbo.type.ArgumentWriter;
import io.jigress.dubbo.type.ArgumentWriter.Form;
import io.jigress.dubbo.type.ArgumentWriter.Misfit;
import io.jigress.dubbo.type.Shape;
import io.jigress.dubbo.wire.HessianWriter;
import io.jigress.dubbo.wire.InvocationWriter;
import io.jigress.dubbo.wire.TripleWriter;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Converts an HTTP request to the body of a Dubbo request.
final class ArgumentBinder {
    private static final HeaderName CONTENT_TYPE = HeaderName.of("content-type");
    private static final int MAX_PAIRS = 1_000;

    private final CompiledMethod method;
    private final RequestHead head;
    private final List<String> variables;
    private final byte[] body;
    private final JsonLimits limits;
    private @Nullable Map<String, List<String>> query;
    private @Nullable Json json;

    private ArgumentBinder(CompiledMethod method, RequestHead head, List<String> variables, byte[] body, JsonLimits limits) {
        this.method = method;
        this.head = head;
        this.variables = variables;
        this.body = body;
        this.limits = limits;
    }

    /// Appends the body of the call to `out`.
    ///
    /// @return null on success; else the response, and `out` must be discarded
    static @Nullable Answer bind(CompiledMethod method, RequestHead head, List<String> variables, byte[] body, JsonLimits limits,
            ByteBuf out) {
        ArgumentBinder binder = new ArgumentBinder(method, head, variables, body, limits);
        try {
            binder.write(new HessianWriter(out));
            return null;
        } catch (Refused e) {
            return e.answer;
        }
    }

    /// Appends the message of the Triple call to `out`: a gRPC frame, or JSON.
    ///
    /// @return null on success; else the response, and `out` must be discarded
    static @Nullable Answer bindTriple(CompiledMethod method, RequestHead head, List<String> variables, byte[] body,
            JsonLimits limits, ByteBuf out) {
        ArgumentBinder binder = new ArgumentBinder(method, head, variables, body, limits);
        ByteBuf hessian = out.alloc().buffer();
        try {
            if (method.service().mapping().target().json()) {
                binder.writeJson(hessian, out);
            } else {
                binder.writeTriple(hessian, out);
            }
            return null;
        } catch (Refused e) {
            return e.answer;
        } finally {
            hessian.release();
        }
    }

    private static final class Refused extends Exception {
        private final Answer answer;

        Refused(Answer answer) {
            super(null, null, false, false);
            this.answer = answer;
        }
    }

    private static Refused bad(String word, String message) {
        return new Refused(Answers.error(400, word, message));
    }

    private void write(HessianWriter out) throws Refused {
        Target target = method.service().mapping().target();
        if (method.form() == Form.DIRECT) {
            InvocationWriter.begin(out, target.service(), target.version(), method.mapping().method(), method.descriptors());
        } else {
            InvocationWriter.beginGeneric(out, target.service(), target.version(), method.mapping().method(), method.typeNames());
        }
        ArgumentWriter writer = writer(out);
        for (Argument argument : method.arguments()) {
            write(writer, argument, present(argument));
        }
        InvocationWriter.end(out, new CallAttachments(method, head).dubbo());
    }

    private void writeTriple(ByteBuf hessian, ByteBuf out) throws Refused {
        TripleWriter frame = new TripleWriter(out);
        if (method.form() == Form.GENERIC) {
            HessianWriter arguments = new HessianWriter(hessian);
            arguments.list(InvocationWriter.OBJECTS, method.arguments().size());
            ArgumentWriter writer = writer(arguments);
            for (Argument argument : method.arguments()) {
                write(writer, argument, present(argument));
            }
            frame.argument(name -> name.text(method.mapping().method()));
            frame.argument(types -> InvocationWriter.types(types, method.typeNames()));
            frame.argument(hessian);
            frame.end(InvocationWriter.GENERIC_TYPES);
            return;
        }
        for (Argument argument : method.arguments()) {
            hessian.clear();
            write(writer(new HessianWriter(hessian)), argument, present(argument));
            frame.argument(hessian);
        }
        frame.end(method.typeNames());
    }

    /// @param hessian is written to only in order to find what does not fit
    private void writeJson(ByteBuf hessian, ByteBuf out) throws Refused {
        List<Json> values = new ArrayList<>();
        for (Argument argument : method.arguments()) {
            Json value = present(argument);
            write(writer(new HessianWriter(hessian)), argument, value);
            hessian.clear();
            values.add(value);
        }
        // Providers take the body as the argument where the method has one parameter.
        Json json = values.size() == 1 ? values.getFirst() : new Json.Arr(values);
        out.writeCharSequence(json.toString(), StandardCharsets.UTF_8);
    }

    private ArgumentWriter writer(HessianWriter out) {
        DubboMapping.Output output = method.service().mapping().output();
        return new ArgumentWriter(out, new ArgumentWriter.Settings(method.form(), output.zone(), output.refuseUnknown()));
    }

    private static void write(ArgumentWriter writer, Argument argument, Json value) throws Refused {
        Misfit misfit = writer.write(argument.shape(), value);
        if (misfit != null) {
            throw new Refused(Answers.misfit(argument.name(), argument.source().word(), misfit));
        }
    }

    private Json present(Argument argument) throws Refused {
        Json value = value(argument);
        return value == null ? missing(argument) : value;
    }

    private static Json missing(Argument argument) throws Refused {
        if (argument.otherwise() != null) {
            return argument.otherwise();
        }
        if (argument.required() || argument.type().primitive()) {
            throw new Refused(Answers.misfit(argument.name(), argument.source().word(),
                    new Misfit("", argument.type().toString(), "nothing")));
        }
        return Json.Null.NULL;
    }

    /// Null when the request does not have it.
    private @Nullable Json value(Argument argument) throws Refused {
        return switch (argument.source()) {
            case PATH -> text(argument, List.of(decoded(variables.get(argument.variable()), argument, false)));
            case QUERY -> text(argument, query().getOrDefault(argument.key(), List.of()));
            case HEADER -> text(argument, headers(HeaderName.of(argument.key())));
            case BODY -> member(argument);
            case ENTIRE_BODY -> whole(argument);
        };
    }

    // ---- text

    /// The JSON value of a parameter that is text.
    private @Nullable Json text(Argument argument, List<String> values) throws Refused {
        if (values.isEmpty()) {
            return null;
        }
        return switch (argument.shape()) {
            case Shape.Items _,Shape.Array _ -> values.size() == 1 && values.getFirst().startsWith("[")
                    ? parsed(argument.name(), values.getFirst().getBytes(StandardCharsets.UTF_8))
                    : new Json.Arr(values.stream().map(Json::of).toList());
            case Shape.Entries _,Shape.Fields _ -> parsed(argument.name(), values.getFirst().getBytes(StandardCharsets.UTF_8));
            case Shape.Plain _,Shape.Constant _,Shape.Maybe _,Shape.Any _ -> Json.of(values.getFirst());
        };
    }

    private Json parsed(String name, byte[] text) throws Refused {
        return switch (JsonParser.parse(text, limits)) {
            case JsonParser.Value value -> value.json();
            case JsonParser.Invalid invalid -> throw bad("bad_json",
                    name + ": not JSON at byte " + invalid.offset() + ": " + invalid.what());
        };
    }

    private static String decoded(String text, Argument argument, boolean plusIsSpace) throws Refused {
        String decoded = PathTemplate.decode(text, plusIsSpace);
        if (decoded == null) {
            throw bad("bad_argument", argument.name() + ": percent-encoding that is malformed or not UTF-8");
        }
        return decoded;
    }

    private List<String> headers(HeaderName name) {
        Headers headers = head.headers();
        List<String> values = new ArrayList<>();
        for (int i = 0; i < headers.size(); i++) {
            if (headers.isAt(i, name)) {
                values.add(headers.valueAt(i));
            }
        }
        return values;
    }

    private Map<String, List<String>> query() throws Refused {
        Map<String, List<String>> known = query;
        if (known == null) {
            known = pairs(head.query(), "query");
            query = known;
        }
        return known;
    }

    private static Map<String, List<String>> pairs(String text, String what) throws Refused {
        Map<String, List<String>> pairs = new LinkedHashMap<>();
        if (text.isEmpty()) {
            return pairs;
        }
        int count = 0;
        for (String pair : text.split("&", MAX_PAIRS + 1)) {
            if (++count > MAX_PAIRS) {
                throw bad("bad_argument", "more than " + MAX_PAIRS + " parameters in the " + what);
            }
            if (pair.isEmpty()) {
                continue;
            }
            int equals = pair.indexOf('=');
            String name = PathTemplate.decode(equals < 0 ? pair : pair.substring(0, equals), true);
            String value = PathTemplate.decode(equals < 0 ? "" : pair.substring(equals + 1), true);
            if (name == null || value == null) {
                throw bad("bad_argument", "percent-encoding in the " + what + " that is malformed or not UTF-8");
            }
            pairs.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
        }
        return pairs;
    }

    // ---- the body

    private @Nullable Json member(Argument argument) throws Refused {
        if (form()) {
            return text(argument,
                    pairs(new String(body, StandardCharsets.UTF_8), "form").getOrDefault(argument.key(), List.of()));
        }
        Json whole = json();
        if (whole == null || whole == Json.Null.NULL) {
            return null;
        }
        if (!(whole instanceof Json.Obj object)) {
            throw bad("bad_argument", "body: expected an object, found " + whole.typeName());
        }
        return object.members().get(argument.key());
    }

    private @Nullable Json whole(Argument argument) throws Refused {
        if (plainText() && argument.part() < 0 && argument.shape() instanceof Shape.Plain) {
            return body.length == 0 ? null : Json.of(new String(body, StandardCharsets.UTF_8));
        }
        if (form()) {
            Json.Builder members = Json.object();
            pairs(new String(body, StandardCharsets.UTF_8), "form").forEach((name, values) -> members.put(name,
                    values.size() == 1 ? Json.of(values.getFirst()) : new Json.Arr(values.stream().map(Json::of).toList())));
            return members.build();
        }
        Json whole = json();
        if (whole == null || argument.part() < 0) {
            return whole;
        }
        if (!(whole instanceof Json.Arr array)) {
            throw bad("bad_argument", "body: expected an array of the arguments, found " + whole.typeName());
        }
        return argument.part() < array.items().size() ? array.items().get(argument.part()) : null;
    }

    private @Nullable Json json() throws Refused {
        if (body.length == 0) {
            return null;
        }
        Json known = json;
        if (known == null) {
            String type = contentType();
            if (!type.isEmpty() && !type.equals("application/json") && !type.endsWith("+json")) {
                throw new Refused(Answers.error(415, "unsupported_media_type", "expected application/json, found " + type));
            }
            known = parsed("body", body);
            json = known;
        }
        return known;
    }

    private boolean form() {
        return contentType().equals("application/x-www-form-urlencoded");
    }

    private boolean plainText() {
        return contentType().equals("text/plain");
    }

    private String contentType() {
        String type = head.headers().first(CONTENT_TYPE);
        if (type == null) {
            return "";
        }
        int parameters = type.indexOf(';');
        return (parameters < 0 ? type : type.substring(0, parameters)).strip().toLowerCase(Locale.ROOT);
    }
}
