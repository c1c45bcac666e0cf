package io.jigress.filters;

import io.jigress.api.FilterFactory;
import io.jigress.filters.cors.CorsFactory;
import io.jigress.filters.grpcweb.GrpcWebFactory;
import io.jigress.filters.headermodifier.HeaderModifierFactory;
import io.jigress.filters.iprestriction.IpRestrictionFactory;
import io.jigress.filters.keyratelimit.KeyRateLimitFactory;
import java.util.List;

/// The list of the filters that come with the gateway. A new filter is added here.
public final class BuiltinFilters {
    private BuiltinFilters() {}

    public static List<FilterFactory<?>> all() {
        return List.of(
                new CorsFactory(),
                new GrpcWebFactory(),
                new HeaderModifierFactory(),
                new IpRestrictionFactory(),
                new KeyRateLimitFactory());
    }
}
