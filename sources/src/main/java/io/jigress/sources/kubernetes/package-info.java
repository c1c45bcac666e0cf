/// Resources from the API server of a Kubernetes cluster, and the statuses of its objects.
///
/// Reading order: [KubernetesSource], [WatchedKind], [KindWatch], [ObjectReader], [ClusterApi]; then [StatusWriter], [StatusMerge], [Leadership].
@NullMarked
package io.jigress.sources.kubernetes;

import org.jspecify.annotations.NullMarked;
