package io.jigress.app.settings;

import io.jigress.control.ResourceKey;
import org.jspecify.annotations.Nullable;

/// One source of resources as the user names it: `folder:DIR`, `kubernetes:`, `kubernetes:CONTEXT`, or with the cluster of its objects before it,
/// `east=kubernetes:CONTEXT`.
///
/// @param text as it was written: the name of the source
/// @param cluster whose objects it delivers; empty for the local cluster
/// @param rest the part after the scheme
public record SourceUrl(String text, String cluster, Scheme scheme, String rest) {
    public static final String EXPECTED = "sources such as folder:DIR, kubernetes:, kubernetes:CONTEXT, nacos://HOST:PORT or CLUSTER=kubernetes:CONTEXT";

    public enum Scheme {
        FOLDER("folder:"), KUBERNETES("kubernetes:"), NACOS("nacos://");

        private final String prefix;

        Scheme(String prefix) {
            this.prefix = prefix;
        }
    }

    /// Without the name of the cluster.
    public String url() {
        return scheme.prefix + rest;
    }

    /// A context of a kubeconfig is also the name of the cluster, unless a name precedes it. Null for other texts, and for a context that is not a
    /// valid name.
    public static @Nullable SourceUrl parse(String text) {
        int colon = text.indexOf(':');
        int equals = text.lastIndexOf('=', Math.max(0, colon));
        boolean isNamed = equals >= 0;
        String url = text.substring(equals + 1);
        for (Scheme scheme : Scheme.values()) {
            if (url.startsWith(scheme.prefix)) {
                String rest = url.substring(scheme.prefix.length());
                String cluster = isNamed ? text.substring(0, equals) : scheme == Scheme.KUBERNETES ? rest : "";
                boolean good = cluster.isEmpty() ? !isNamed : ResourceKey.isCluster(cluster);
                return good && !(scheme != Scheme.KUBERNETES && rest.isEmpty())
                        ? new SourceUrl(text, cluster, scheme, rest)
                        : null;
            }
        }
        return null;
    }
}
