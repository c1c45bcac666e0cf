package io.jigress.sources.zookeeper;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.control.JsonParser;
import io.jigress.control.RegistryService;
import io.jigress.sources.registry.Instance;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The location of a service's instances in the tree, and how an instance is read.
enum ZooKeeperLayout {
    /// `/services/NAME/ID`: each node holds JSON, as written by Curator's service discovery. Dubbo registers applications in the same way.
    SPRING_CLOUD {
        @Override
        String folder(String root, RegistryService service) {
            return root + "/" + service.name();
        }

        @Override
        boolean readsData() {
            return true;
        }

        @Override
        @Nullable Instance read(RegistryService service, String child, byte[] data) {
            if (!(JsonParser.parse(data) instanceof JsonParser.Result.Parsed(Json json))) {
                // Reported as an instance that cannot be used.
                return new Instance(child, 0, 1, true, true, "", Map.of());
            }
            JsonReader node = JsonReader.of("", json);
            JsonReader payload = node.object("payload");
            Map<String, String> metadata = new HashMap<>();
            payload.object("metadata").json().members().forEach((key, value) -> {
                if (value instanceof Json.Str(String text)) {
                    metadata.put(key, text);
                }
            });
            boolean out = metadata.getOrDefault("instance_status", "UP").equals("OUT_OF_SERVICE");
            return new Instance(node.text("address", ""), (int) node.integer("port", 0, 0, Integer.MAX_VALUE),
                    weight(metadata.get("weight"), service.parameter(KIND).isEmpty() ? 1 : DUBBO_WEIGHT),
                    !out && node.bool("enabled", true), true,
                    metadata.getOrDefault("zone", ""),
                    metadata);
        }
    },

    /// `/dubbo/INTERFACE/providers/URL`: the name of each node is the provider's address and parameters.
    DUBBO {
        @Override
        String folder(String root, RegistryService service) {
            return root + "/" + service.name() + "/providers";
        }

        @Override
        boolean readsData() {
            return false;
        }

        @Override
        @Nullable Instance read(RegistryService service, String child, byte[] data) {
            String url = decoded(child);
            int authority = url.indexOf("://") + 3;
            int slash = url.indexOf('/', authority);
            int question = url.indexOf('?');
            String address = authority < 3
                    ? url
                    : url.substring(authority, slash < 0 ? question < 0 ? url.length() : question : slash);
            Map<String, String> parameters = parameters(question < 0 ? "" : url.substring(question + 1));
            if (!service.parameter(KIND).isEmpty()) {
                if (!url.startsWith(protocol(service) + "://")) {
                    return null;
                }
                // Nacos has it in the metadata of an instance.
                parameters.put("protocol", protocol(service));
            }
            if (!matches(service, parameters, "group") || !matches(service, parameters, "version")) {
                return null;
            }
            int colon = address.lastIndexOf(':');
            String port = address.substring(colon + 1);
            String zone = parameters.getOrDefault("zone", "");
            return new Instance(colon < 0 ? address : address.substring(0, colon),
                    colon >= 0 && port.matches("\\d{1,6}") ? Integer.parseInt(port) : 0,
                    weight(parameters.get("weight"), DUBBO_WEIGHT),
                    !parameters.getOrDefault("disabled", "").equals("true"), true, zone, parameters);
        }

        private static String protocol(RegistryService service) {
            String wanted = service.parameter("protocol");
            return wanted.isEmpty() ? "dubbo" : wanted;
        }

        private static boolean matches(RegistryService service, Map<String, String> parameters, String key) {
            String wanted = service.parameter(key);
            String has = parameters.getOrDefault(key, "");
            if (!service.parameter(KIND).isEmpty()) {
                return wanted.equals(has) || wanted.isEmpty() && has.equals("0.0.0");
            }
            return wanted.isEmpty() || wanted.equals(has);
        }

        private static Map<String, String> parameters(String query) {
            Map<String, String> parameters = new HashMap<>();
            for (String pair : query.split("&", -1)) {
                int equals = pair.indexOf('=');
                if (equals > 0) {
                    parameters.put(pair.substring(0, equals), decoded(pair.substring(equals + 1)));
                }
            }
            return parameters;
        }

        private static String decoded(String text) {
            try {
                return URLDecoder.decode(text, StandardCharsets.UTF_8);
            } catch (IllegalArgumentException _) {
                return text;
            }
        }
    };

    /// Set for services that a DubboService follows: `interface` or `application`.
    private static final String KIND = "dubbo";
    private static final double DUBBO_WEIGHT = 100;

    /// The folder of a service's instances. A service that a DubboService follows names its layout itself.
    static ZooKeeperLayout of(String word, RegistryService service) {
        return switch (service.parameter(KIND)) {
            case "interface" -> DUBBO;
            case "application" -> SPRING_CLOUD;
            default -> of(word);
        };
    }

    abstract String folder(String root, RegistryService service);

    /// Whether an instance is described by the data of its node, and not by the node's name alone.
    abstract boolean readsData();

    /// The instance of a node; null when it does not belong to this service.
    abstract @Nullable Instance read(RegistryService service, String child, byte[] data);

    static ZooKeeperLayout of(String word) {
        return word.equals("dubbo") ? DUBBO : SPRING_CLOUD;
    }

    private static double weight(@Nullable String text, double usual) {
        if (text == null) {
            return usual;
        }
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException _) {
            return Double.NaN;
        }
    }
}
