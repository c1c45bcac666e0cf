package io.jigress.app.admin;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import java.util.ArrayList;
import java.util.List;

/// Metrics of service registries and the services that are followed, as docs/metrics.md lists them.
public final class RegistryMetrics {
    private RegistryMetrics() {}

    /// @param registries as the admin port shows them
    /// @param limit how many services have metrics of their own; later ones are left out
    public static String text(Json registries, int limit) {
        List<JsonReader> all = JsonReader.of("", registries).objects("registries");
        if (all.isEmpty()) {
            return "";
        }
        StringBuilder connected = new StringBuilder();
        List<String> used = new ArrayList<>();
        List<String> current = new ArrayList<>();
        List<String> age = new ArrayList<>();
        for (JsonReader registry : all) {
            String label = "registry=\"" + escaped(registry.text("registry", "")) + "\"";
            String connection = registry.text("connection", "");
            if (!connection.equals("unused")) {
                connected.append("jigress_registry_connected{").append(label).append("} ")
                        .append(connection.equals("connected") ? 1 : 0).append('\n');
            }
            for (JsonReader service : registry.objects("services")) {
                if (used.size() == limit) {
                    break;
                }
                String labels = "{" + label + ",service=\"" + escaped(service.text("service", "")) + "\",group=\""
                        + escaped(service.text("group", "")) + "\"} ";
                used.add("jigress_registry_endpoints" + labels + service.integer("used", 0, 0, Integer.MAX_VALUE));
                current.add("jigress_registry_current" + labels + (service.text("state", "").equals("current") ? 1 : 0));
                if (service.has("ageMillis")) {
                    age.add("jigress_registry_age_seconds" + labels + service.integer("ageMillis", 0, 0, Long.MAX_VALUE) / 1000);
                }
            }
        }
        return head("connected", "Whether a registry that is in use is connected.") + connected
                + head("endpoints", "Endpoints of a service of a registry that get requests.") + lines(used)
                + head("current", "Whether the endpoints are those that the registry listed last.") + lines(current)
                + head("age_seconds", "The time since the registry last sent a list of the service.") + lines(age);
    }

    private static String head(String name, String help) {
        return "# HELP jigress_registry_" + name + " " + help + "\n# TYPE jigress_registry_" + name + " gauge\n";
    }

    private static String lines(List<String> lines) {
        return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
