package io.jigress.sources.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.sources.manifest.YamlDocument;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The access to a cluster, from a kubeconfig that came over the network: only fields are read that carry their value with them. One that names a
/// file or a program of this machine is refused, since whoever may write the Secret could read files and run programs of the gateway by it.
///
/// @param server the URL of the API server
/// @param certificates base64 of the certificates that its own is signed by; empty for those of the JVM
/// @param unverified whether any certificate is accepted
/// @param namespace of the context; may be empty
public record Kubeconfig(String server, String certificates, boolean unverified, Credentials credentials, String namespace) {
    /// @param certificate,key base64; the other components are the values themselves. Each may be empty
    public record Credentials(String token, String certificate, String key, String username, String password) {
        /// Without the values, which must not appear in messages.
        @Override
        public String toString() {
            return "credentials";
        }
    }

    private static final String FILE = "names a file of the gateway's machine, which a kubeconfig of a Secret must not";
    private static final String PROGRAM = "names a program that the gateway would have to run, which a kubeconfig of a Secret must not";
    private static final String IDENTITY = "acts as another user, which is not supported in a Secret";

    /// The fields of a user that are refused, and why.
    private static final Map<String, Refusal> OF_USERS = Map.of(
            "exec", new Refusal(PROGRAM, "token, or client-certificate-data and client-key-data"),
            "auth-provider", new Refusal(PROGRAM, "token, or client-certificate-data and client-key-data"),
            "tokenFile", new Refusal(FILE, "token"),
            "client-certificate", new Refusal(FILE, "client-certificate-data"),
            "client-key", new Refusal(FILE, "client-key-data"),
            "as", new Refusal(IDENTITY, "credentials of that user"),
            "as-uid", new Refusal(IDENTITY, "credentials of that user"),
            "as-groups", new Refusal(IDENTITY, "credentials of that user"),
            "as-user-extra", new Refusal(IDENTITY, "credentials of that user"));

    /// The same of a cluster.
    private static final Map<String, Refusal> OF_CLUSTERS = Map.of(
            "certificate-authority", new Refusal(FILE, "certificate-authority-data"),
            "proxy-url", new Refusal("is not supported in a Secret", "a server that is reached directly"),
            "tls-server-name", new Refusal("is not supported in a Secret", "a server whose certificate has its name"));

    private record Refusal(String what, String expected) {}

    /// Reads a kubeconfig. Messages about it never show its values.
    ///
    /// @param path of the field that holds it
    /// @param issues gets the faults
    /// @return null when there are errors
    static @Nullable Kubeconfig read(byte[] text, String path, List<JsonReader.Issue> issues) {
        Json json;
        try {
            switch (YamlDocument.parse(UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString())) {
                case YamlDocument.Broken(String at, _) -> {
                    issues.add(new JsonReader.Issue(path, "is not YAML (" + at + ")", "a kubeconfig", true));
                    return null;
                }
                case YamlDocument.Parsed(Json parsed) -> json = parsed;
            }
        } catch (CharacterCodingException _) {
            issues.add(new JsonReader.Issue(path, "is not UTF-8", "a kubeconfig", true));
            return null;
        }
        JsonReader root = JsonReader.of(path, json);
        Kubeconfig read = read(root);
        issues.addAll(root.report());
        return root.failed() ? null : read;
    }

    private static Kubeconfig read(JsonReader root) {
        List<JsonReader> clusters = root.objects("clusters");
        List<JsonReader> users = root.objects("users");
        // Those of other contexts too: a later change of the current context must not bring a surprise.
        clusters.forEach(each -> refuse(each.object("cluster"), OF_CLUSTERS));
        users.forEach(each -> refuse(each.object("user"), OF_USERS));
        JsonReader context = named(root, "current-context", root.objects("contexts"), "a context").object("context");
        JsonReader cluster = named(context, "cluster", clusters, "a cluster").object("cluster");
        JsonReader user = named(context, "user", users, "a user").object("user");
        String server = cluster.requiredText("server");
        if (!server.isEmpty() && !isHttps(server)) {
            cluster.error("server", "is not an https URL", "a URL such as https://10.0.0.5:6443");
        }
        Credentials credentials = new Credentials(secret(user, "token"), secret(user, "client-certificate-data"),
                secret(user, "client-key-data"), secret(user, "username"), secret(user, "password"));
        if (credentials.certificate.isEmpty() != credentials.key.isEmpty()) {
            user.error("", "has only one of client-certificate-data and client-key-data", "both, or neither");
        }
        return new Kubeconfig(server, secret(cluster, "certificate-authority-data"),
                cluster.bool("insecure-skip-tls-verify", false), credentials, context.text("namespace", ""));
    }

    private static void refuse(JsonReader holder, Map<String, Refusal> refused) {
        for (String field : holder.json().members().keySet()) {
            Refusal refusal = refused.get(field);
            if (refusal != null && holder.has(field)) {
                holder.error(field, refusal.what, refusal.expected);
            }
        }
    }

    /// The item of a list that a field names.
    private static JsonReader named(JsonReader holder, String field, List<JsonReader> items, String expected) {
        String name = holder.requiredText(field);
        for (JsonReader item : items) {
            if (item.json().members().get("name") instanceof Json.Str(String text) && text.equals(name)) {
                return item;
            }
        }
        if (!name.isEmpty()) {
            holder.error(field, "is \"" + name + "\", which is not there", expected + " of this kubeconfig");
        }
        // Not a reader of this document: what is missing in it follows from the fault that was just reported.
        return JsonReader.of("", Json.Obj.EMPTY);
    }

    /// As text, where a fault must not show the value.
    private static String secret(JsonReader holder, String field) {
        Json value = holder.any(field);
        if (value instanceof Json.Str(String text)) {
            return text;
        }
        if (value != null) {
            holder.error(field, "is of type " + value.typeName(), "a string, in quotes");
        }
        return "";
    }

    private static boolean isHttps(String server) {
        try {
            URI uri = new URI(server);
            return "https".equalsIgnoreCase(uri.getScheme()) && uri.getHost() != null && uri.getUserInfo() == null;
        } catch (URISyntaxException _) {
            return false;
        }
    }
}
