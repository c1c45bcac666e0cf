package io.jigress.grpcjson.rule;

import io.jigress.grpcjson.descriptor.Field;
import io.jigress.grpcjson.descriptor.FieldPath;
import io.jigress.grpcjson.descriptor.HttpRule;
import io.jigress.grpcjson.descriptor.Method;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A rule with its names resolved: one kind of request that calls a method.
///
/// @param body the field that the request's body is read to; null for the whole message or none
/// @param whole whether the body is the whole message
/// @param responseBody the field that is the body of the response; null for the whole message
/// @param fields of the template's variables, in their order
public record Binding(Method method, HttpRule rule, @Nullable Field body, boolean whole, @Nullable Field responseBody,
        List<FieldPath> fields) {

    public Binding {
        fields = List.copyOf(fields);
    }

    /// The result of resolving.
    sealed interface Outcome {
        record Resolved(Binding binding, PathTemplate template) implements Outcome {}

        record Invalid(String what, String expected) implements Outcome {}
    }

    static Outcome resolve(Method method, HttpRule rule) {
        PathTemplate template = PathTemplate.parse(rule.path());
        if (rule.method().isEmpty()) {
            return new Outcome.Invalid("has no path", "get, put, post, delete, patch or custom");
        }
        if (template == null) {
            return new Outcome.Invalid("has the path \"" + rule.path() + "\"", "a path such as /v1/{name=shelves/*}:verb");
        }
        List<FieldPath> fields = new ArrayList<>();
        for (PathTemplate.Variable variable : template.variables()) {
            FieldPath field = FieldPath.resolve(method.input(), variable.field());
            if (field == null || field.last().isRepeated() || !field.takesText()) {
                return new Outcome.Invalid("has the variable \"" + variable.field() + "\" in the path " + rule.path(),
                        "a field of " + method.input() + " that is not repeated and no message");
            }
            fields.add(field);
        }
        boolean whole = rule.body().equals("*");
        Field body = whole || rule.body().isEmpty() ? null : method.input().field(rule.body());
        if (!whole && !rule.body().isEmpty() && body == null) {
            return new Outcome.Invalid("has the body \"" + rule.body() + "\"", "* or a field of " + method.input());
        }
        if (method.clientStreaming() && !whole) {
            return new Outcome.Invalid("is for a method whose client streams, without body: \"*\"", "body: \"*\"");
        }
        Field responseBody = rule.responseBody().isEmpty() ? null : method.output().field(rule.responseBody());
        if (!rule.responseBody().isEmpty() && responseBody == null) {
            return new Outcome.Invalid("has the response_body \"" + rule.responseBody() + "\"", "a field of " + method.output());
        }
        return new Outcome.Resolved(new Binding(method, rule, body, whole, responseBody, fields), template);
    }
}
