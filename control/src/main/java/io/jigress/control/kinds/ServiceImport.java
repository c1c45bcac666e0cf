package io.jigress.control.kinds;

import io.jigress.api.JsonReader;
import java.util.List;

/// A ServiceImport (`multicluster.x-k8s.io/v1alpha1`): a Service of several clusters, with the ports that routes may name.
public record ServiceImport(List<Service.Port> ports) {

    public static ServiceImport read(Document document) {
        JsonReader spec = document.spec();
        List<Service.Port> ports = Service.ports(document, spec);
        spec.ignore("type", "ips", "ipFamilies", "sessionAffinity", "sessionAffinityConfig", "internalTrafficPolicy",
                "trafficDistribution");
        spec.finish();
        return new ServiceImport(ports);
    }
}
