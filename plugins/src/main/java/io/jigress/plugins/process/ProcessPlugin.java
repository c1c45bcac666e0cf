package io.jigress.plugins.process;

import io.jigress.api.JsonReader;
import io.jigress.plugins.PluginFields;
import java.util.ArrayList;
import java.util.List;

/// What a Plugin of type `process` says besides the configuration of its protocol.
///
/// @param name `namespace/name` of the Plugin, for messages
/// @param cluster the server's cluster
/// @param http whether the server is called by HTTP in place of gRPC
/// @param failOpen whether a request continues without the plugin when the plugin fails
public record ProcessPlugin(String name, String cluster, boolean http, boolean failOpen) {
    /// As many failures without a success in between put it into quarantine: a server may miss some while it restarts.
    public static final int FAILURES = 20;
    private static final String SERVER = "server";
    private static final String LEFT_OUT = "the plugin is left out";

    /// Reads everything but `config`.
    ///
    /// @param protocol `ext_authz` or `ext_proc`
    public static ProcessPlugin read(JsonReader json, String protocol) {
        json.ignore("config", "type");
        json.choice("protocol", protocol, word -> word.equals(protocol) ? word : null, protocol);
        boolean http = json.choice("transport", false, word -> switch (word) {
            case "grpc" -> Boolean.FALSE;
            case "http" -> Boolean.TRUE;
            default -> null;
        }, "grpc or http");
        boolean open = PluginFields.failsOpen(json);
        JsonReader backends = json.object("backends");
        String cluster = backends.requiredText(SERVER);
        List<String> others = new ArrayList<>(backends.json().members().keySet());
        others.remove(SERVER);
        // Only the server is called; a further backend is an error, since its author expects that it is used.
        others.forEach(other -> backends.error(other, "is not used: a plugin in another process has one backend", SERVER));
        String name = json.text("name", "-");
        json.finishStrictly(LEFT_OUT);
        return new ProcessPlugin(name, cluster, http, open);
    }
}
