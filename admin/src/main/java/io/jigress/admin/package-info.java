/// The admin port: configuration, problems, statuses, health and metrics of a running gateway. The data comes from suppliers that its
/// creator passes in.
///
/// Reading order: [AdminServer], [AdminEndpoint], [AdminRequest], [AdminReply], [ConfigEndpoints], [HealthEndpoints], [HostCheck].
@NullMarked
package io.jigress.admin;

import org.jspecify.annotations.NullMarked;
