package io.jigress.grpcjson;

import io.jigress.grpcjson.descriptor.HttpRule;
import io.jigress.grpcjson.descriptor.Method;
import io.jigress.grpcjson.descriptor.Schema;
import io.jigress.grpcjson.rule.RuleTable;
import io.jigress.grpcjson.transcode.JsonToProto;
import io.jigress.grpcjson.transcode.Printing;
import io.jigress.grpcjson.transcode.ProtoToJson;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.TreeSet;

/// A configuration with its descriptors, compiled. Immutable.
///
/// @param unknownServices services of the configuration that the descriptors do not have
/// @param unknownSelectors selectors of rules that name no method
/// @param knownServices those of the descriptors
record Transcoder(RuleTable rules, JsonToProto requests, ProtoToJson responses, List<String> unknownServices,
        List<String> unknownSelectors, List<String> knownServices) {

    sealed interface Outcome {
        record Compiled(Transcoder transcoder) implements Outcome {}

        /// @param what is wrong with the descriptors
        record Invalid(String what) implements Outcome {}
    }

    /// With the descriptors of the configuration.
    static Outcome compile(GrpcJsonConfig config) {
        if (!(config.descriptors() instanceof GrpcJsonConfig.Descriptors.Inline(String base64))) {
            throw new IllegalStateException("the configuration has no descriptors");
        }
        try {
            return compile(config, Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException _) {
            return new Outcome.Invalid("is not base64");
        }
    }

    /// @param descriptorSet a FileDescriptorSet
    static Outcome compile(GrpcJsonConfig config, byte[] descriptorSet) {
        return compile(config, Schema.compile(descriptorSet));
    }

    static Outcome compile(GrpcJsonConfig config, Schema.Outcome descriptors) {
        return switch (descriptors) {
            case Schema.Outcome.Invalid(String what) -> new Outcome.Invalid(what);
            case Schema.Outcome.Compiled(Schema schema) -> new Outcome.Compiled(of(config, schema));
        };
    }

    private static Transcoder of(GrpcJsonConfig config, Schema schema) {
        List<Method> methods = new ArrayList<>();
        TreeSet<String> unknownSelectors = new TreeSet<>(config.rules().keySet());
        for (var service : schema.services().entrySet()) {
            if (!config.services().isEmpty() && !config.services().contains(service.getKey())) {
                continue;
            }
            for (Method method : service.getValue()) {
                unknownSelectors.remove(method.fullName());
                List<HttpRule> rules = config.rules().get(method.fullName());
                methods.add(rules == null ? method : method.withRules(rules));
            }
        }
        Printing printing = config.printing();
        return new Transcoder(RuleTable.of(methods, config.byName()),
                new JsonToProto(schema, config.limits(), config.requests().ignoreUnknownFields()),
                new ProtoToJson(schema, config.limits(), printing, false),
                config.services().stream().filter(service -> !schema.services().containsKey(service)).toList(),
                List.copyOf(unknownSelectors), schema.services().keySet().stream().limit(10).toList());
    }
}
