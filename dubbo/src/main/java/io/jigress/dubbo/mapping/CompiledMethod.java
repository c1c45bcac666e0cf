package io.jigress.dubbo.mapping;

import io.jigress.api.Json;
import io.jigress.dubbo.mapping.DubboMapping.MethodMapping;
import io.jigress.dubbo.mapping.DubboMapping.Source;
import io.jigress.dubbo.type.ArgumentWriter;
import io.jigress.dubbo.type.JavaType;
import io.jigress.dubbo.type.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A callable method: everything that does not depend on the request.
///
/// @param descriptors of all parameters, for a direct call
/// @param returns the declared return type; null where no metadata has it
/// @param readsBody whether an argument is taken from the body
record CompiledMethod(CompiledService service, MethodMapping mapping, ArgumentWriter.Form form, List<Argument> arguments,
        String descriptors, List<String> typeNames, @Nullable JavaType returns, boolean readsBody) {

    /// Whether it is declared `void`.
    boolean returnsNothing() {
        return returns != null && returns.name().equals("void");
    }

    /// @param variable the index of a path variable; -1 for any other source
    /// @param part the index of the element in a body that is an array of arguments; -1 for a body that is the argument itself
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
