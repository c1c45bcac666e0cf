package io.jigress.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What happens to a request that fits a route.
public sealed interface RouteAction {

    /// Sends it to one of the clusters, drawn by weight. With no cluster of weight above 0 it is answered with 500 (Gateway API).
    ///
    /// @param mirrors get copies of requests; their responses are discarded
    record Forward(List<WeightedCluster> clusters, Rewrite rewrite, List<Mirror> mirrors) implements RouteAction {
        public Forward {
            clusters = List.copyOf(clusters);
            mirrors = List.copyOf(mirrors);
        }

        public Forward(List<WeightedCluster> clusters, Rewrite rewrite) {
            this(clusters, rewrite, List.of());
        }
    }

    /// A cluster that gets a copy of some requests: `numerator` of `denominator`, drawn at random.
    ///
    /// @param cluster the name of a cluster; one that does not exist gets nothing
    /// @param numerator 0 to `denominator`
    /// @param denominator at least 1
    record Mirror(String cluster, int numerator, int denominator) {}

    /// @param cluster the name of a cluster; a name that does not exist is a broken reference, whose share of requests is answered with 500
    /// @param weight 0 to 1,000,000
    /// @param filters run only for requests that drew this cluster
    record WeightedCluster(String cluster, int weight, List<FilterSpec> filters) {
        public WeightedCluster {
            filters = List.copyOf(filters);
        }
    }

    /// Redirects: the Location is the request's URL with parts replaced; null keeps the request's part.
    ///
    /// @param port null: the request's port, or the scheme's own when the scheme is replaced
    record Redirect(int status, @Nullable String scheme, @Nullable String host, @Nullable Integer port,
            @Nullable PathRewrite path) implements RouteAction {}

    /// Answers with a fixed response.
    ///
    /// @param reason a short word for the access log (`no_route`, `misconfigured`)
    record Reply(int status, String contentType, String body, String reason) implements RouteAction {}

    /// @param host replaces the authority; null keeps it
    record Rewrite(@Nullable String host, @Nullable PathRewrite path) {
        public static final Rewrite NONE = new Rewrite(null, null);
    }

    sealed interface PathRewrite {
        /// Replaces what the route's prefix matched.
        record ReplacePrefix(String value) implements PathRewrite {}

        /// Replaces the whole path; the query stays.
        record ReplaceFull(String value) implements PathRewrite {}
    }
}
