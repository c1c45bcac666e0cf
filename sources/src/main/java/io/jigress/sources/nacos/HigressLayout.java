package io.jigress.sources.nacos;

import java.util.Set;
import java.util.TreeSet;

/// How Higress without Kubernetes keeps objects in Nacos: one in each data id `PLURAL.NAME`, whose group is the object's namespace. Data ids are named with
/// their group here: `default/ingresses.shop`.
final class HigressLayout {
    /// The parts of the names of data ids that are read, before the first dot.
    private static final Set<String> PLURALS = Set.of("backendtlspolicies", "configmaps", "endpoints", "endpointslices",
            "gatewayclasses",
            "gateways", "grpcroutes", "http2rpcs", "httproutes", "ingressclasses", "ingresses", "mcpbridges", "namespaces",
            "referencegrants", "secrets", "services", "wasmplugins");
    /// The data ids of a kind that Higress changes whenever an object is created or deleted.
    private static final String NAMES = ".__names__";
    private static final String NAMES_GROUP = "DEFAULT_GROUP";

    private HigressLayout() {}

    /// The data ids that change when others are created or deleted. Their content is not used: Higress writes it in two forms.
    static Set<String> hints() {
        Set<String> hints = new TreeSet<>();
        PLURALS.forEach(plural -> hints.add(NAMES_GROUP + "/" + plural + NAMES));
        return hints;
    }

    static boolean isHint(String dataId) {
        return dataId.endsWith(NAMES);
    }

    /// Whether a data id is an object's.
    static boolean isObject(String dataId) {
        int begin = dataId.indexOf('/') + 1;
        int dot = dataId.indexOf('.', begin);
        return dot > 0 && !isHint(dataId) && PLURALS.contains(dataId.substring(begin, dot));
    }
}
