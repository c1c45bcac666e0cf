package io.jigress.dubbo.mapping;

import io.jigress.api.Json;
import io.jigress.dubbo.type.JavaType;
import io.jigress.dubbo.type.TypeCatalog;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The mapping of HTTP requests to the methods of one Dubbo service. Data only; [MappingReader] reads it, [CompiledService] compiles it.
///
/// @param types of classes, in addition to those that the provider publishes
public record DubboMapping(Target target, List<MethodMapping> methods, TypeCatalog types, Output output, Errors errors) {

    public DubboMapping {
        methods = List.copyOf(methods);
    }

    /// Which service is called, and how.
    ///
    /// @param timeout sent to the provider; null uses the provider's own
    /// @param retries how often a call may be repeated after the first attempt
    /// @param json whether arguments and result are JSON on the wire, which only Triple has; else they are Hessian
    public record Target(String service, @Nullable String version, @Nullable String group, @Nullable Duration timeout,
            int retries,
            Invocation invocation, boolean json) {
    }

    public enum Invocation {
        /// Direct where the types of all parameters are known, else generic.
        AUTO,
        /// The method itself.
        DIRECT,
        /// `$invoke` of the generic service; the result is returned as maps.
        GENERIC,
        /// `$invoke` of the generic service; the result is not converted to maps, which providers support since Dubbo 2.7.
        GENERIC_RAW
    }

    /// @param index in the list of the mapping
    /// @param httpMethod upper case
    /// @param parameters null to derive them: path variables in their order, then the body
    /// @param valid false when a field is invalid: requests for it are answered with 500
    public record MethodMapping(int index, String method, String httpMethod, PathTemplate path,
            @Nullable List<ParameterMapping> parameters, Attachments attachments, boolean valid) {
        @Override
        public String toString() {
            return httpMethod + " " + path + " → " + method;
        }
    }

    /// @param key of a source that has one: the name of a path variable, query parameter, header or member of the body
    /// @param type null when it is taken from the metadata
    /// @param required whether a request without it is refused; with a type that does not allow null it always is
    /// @param otherwise the default value; null for none
    public record ParameterMapping(Source source, String key, @Nullable JavaType type, boolean required,
            @Nullable Json otherwise) {
    }

    public enum Source {
        PATH, QUERY, HEADER,
        /// A member of a JSON object, or a field of a form.
        BODY,
        /// The whole body.
        ENTIRE_BODY;

        /// The name in messages.
        String word() {
            return switch (this) {
                case PATH -> "path variable";
                case QUERY -> "query parameter";
                case HEADER -> "header";
                case BODY -> "member of the body";
                case ENTIRE_BODY -> "body";
            };
        }
    }

    /// The attachments of a call and of its result.
    ///
    /// @param allHeaders whether every end-to-end header becomes an attachment
    /// @param headers that become attachments if not all do, lower case
    /// @param fixed attachments of every call
    /// @param answers attachments of the result that become headers of the response, lower case
    public record Attachments(boolean allHeaders, Set<String> headers, Map<String, String> fixed, Set<String> answers) {
        public static final Attachments NONE = new Attachments(false, Set.of(), Map.of(), Set.of());

        public Attachments {
            headers = Set.copyOf(headers);
            fixed = Map.copyOf(fixed);
            answers = Set.copyOf(answers);
        }
    }

    /// How values are represented in JSON.
    ///
    /// @param classes whether an object has a member `class`
    /// @param textLongs whether `long` and larger numbers are strings
    /// @param millis whether a `Date` is a number
    /// @param zone of dates and times without a zone in requests
    /// @param refuseUnknown whether a member that a bean does not have is refused; else it is ignored
    public record Output(boolean classes, boolean textLongs, boolean millis, ZoneId zone, boolean refuseUnknown) {
        public static final Output DEFAULT = new Output(false, false, false, ZoneOffset.UTC, false);
    }

    /// How exceptions of a method are answered.
    ///
    /// @param statuses by the class of the exception; message and fields of these are shown to clients
    /// @param status of any other
    /// @param messages whether the message of any other is shown
    /// @param classes whether the class of an exception is shown
    public record Errors(Map<String, Integer> statuses, int status, boolean messages, boolean classes) {
        public static final Errors DEFAULT = new Errors(Map.of(), 500, false, false);

        public Errors {
            statuses = Map.copyOf(statuses);
        }
    }
}
