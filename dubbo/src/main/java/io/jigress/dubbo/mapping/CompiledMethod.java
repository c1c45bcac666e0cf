package io.jigress.dubbo.mapping;

import io.jigress.api.Json;
import io.jigress.dubbo.mapping.DubboMapping.MethodMapping;
import io.jigress.dubbo.mapping.DubboMapping.Source;
import io.jigress.dubbo.type.ArgumentWriter;
import io.jigress.dubbo.type.JavaType;
import io.jigress.dubbo.type.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A method that can be called: everything that does not depend on the request.
///
/// @param descriptors of all parameters, for a direct call
/// @param returns what it is declared to return; null where no metadata tells
/// @param readsBody whether an argument comes from the body
record CompiledMethod(CompiledService service, MethodMapping mapping, ArgumentWriter.Form form, List<Argument> arguments,
        String descriptors, List<String> typeNames, @Nullable JavaType returns, boolean readsBody) {

    /// Whether it is declared `void`.
    boolean returnsNothing() {
        return returns != null && returns.name().equals("void");
    }

    /// @param variable the number of a path variable; -1 for any other source
    /// @param part the number of the element of a body that is an array of arguments; -1 for a body that is the argument
    record Argument(Source source, String key, int variable, int part, JavaType type, Shape shape, boolean required,
            @Nullable Json otherwise) {

        /// In messages.
        String name() {
            if (source == Source.ENTIRE_BODY) {
                return part < 0 ? "body" : "body[" + part + "]";
            }
            return key;
        }
    }
}
