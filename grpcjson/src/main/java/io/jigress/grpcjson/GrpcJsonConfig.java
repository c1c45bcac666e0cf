package io.jigress.grpcjson;

import io.jigress.grpcjson.descriptor.HttpRule;
import io.jigress.grpcjson.transcode.Limits;
import io.jigress.grpcjson.transcode.Printing;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The configuration of `grpc-json-transcoder`.
///
/// @param services the full names of services that are called; empty for all
/// @param rules by the full name of a method; they replace those of its definition
/// @param byName whether methods without a rule are called by POST to `/package.Service/Method`
public record GrpcJsonConfig(Descriptors descriptors, List<String> services, Map<String, List<HttpRule>> rules, boolean byName,
        Requests requests, Printing printing, Limits limits) {

    public GrpcJsonConfig {
        services = List.copyOf(services);
        rules = Map.copyOf(rules);
    }

    /// Where the descriptors come from.
    public sealed interface Descriptors {

        /// @param base64 of a FileDescriptorSet
        record Inline(String base64) implements Descriptors {}

        /// A file with a FileDescriptorSet, which is read when the configuration is applied.
        record File(Path path) implements Descriptors {}

        /// The upstream is asked, by its reflection service.
        ///
        /// @param refresh how long an answer is used
        record Reflection(Duration refresh, Duration timeout) implements Descriptors {}
    }

    /// What requests may have.
    ///
    /// @param ignoredParameters names of query parameters that are no fields; `*` for all
    /// @param passUnmatched whether requests that no rule matches go to the upstream as they are
    public record Requests(boolean ignoreUnknownFields, Set<String> ignoredParameters, boolean passUnmatched) {
        public Requests {
            ignoredParameters = Set.copyOf(ignoredParameters);
        }
    }
}
