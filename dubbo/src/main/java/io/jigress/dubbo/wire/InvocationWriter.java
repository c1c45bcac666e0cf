package io.jigress.dubbo.wire;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes the body of a request: which method, its arguments, attachments. The caller writes the arguments between [#begin] and [#end].
public final class InvocationWriter {
    /// The version of the protocol; providers answer with attachments from 2.0.2 on.
    private static final String PROTOCOL = "2.0.2";
    /// The method of the generic service.
    public static final String INVOKE = "$invoke";
    /// The types of its parameters: the name of the method, the types of its parameters, its arguments.
    public static final List<String> GENERIC_TYPES = List.of("java.lang.String", "[Ljava.lang.String;", "[Ljava.lang.Object;");
    /// The Hessian type of the list of arguments.
    public static final String OBJECTS = "[object";
    private static final String INVOKE_PARAMETERS = "Ljava/lang/String;[Ljava/lang/String;[Ljava/lang/Object;";

    private InvocationWriter() {}

    /// Begins a direct call of a method.
    ///
    /// @param descriptors of the parameter types, one behind the other: `ILjava/lang/String;`
    public static void begin(HessianWriter out, String service, @Nullable String version, String method, String descriptors) {
        head(out, service, version);
        out.text(method);
        out.text(descriptors);
    }

    /// Begins a call through the generic service, which every provider has. The attachment `generic` must be `true`.
    ///
    /// @param types of the parameters as `Class.getName` returns them
    public static void beginGeneric(HessianWriter out, String service, @Nullable String version, String method,
            List<String> types) {
        head(out, service, version);
        out.text(INVOKE);
        out.text(INVOKE_PARAMETERS);
        out.text(method);
        types(out, types);
        out.list(OBJECTS, types.size());
    }

    /// Writes the types of parameters as an argument of a generic call.
    public static void types(HessianWriter out, List<String> types) {
        out.list("[string", types.size());
        types.forEach(out::text);
    }

    private static void head(HessianWriter out, String service, @Nullable String version) {
        out.text(PROTOCOL);
        out.text(service);
        out.text(version == null ? "0.0.0" : version);
    }

    public static void end(HessianWriter out, Map<String, String> attachments) {
        out.map(null);
        attachments.forEach((key, value) -> {
            out.text(key);
            out.text(value);
        });
        out.endOfMap();
    }
}
