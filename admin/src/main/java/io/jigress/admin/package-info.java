/// The port for people and programs that watch a gateway: what it was told, what it makes of it, whether it is well. It owns
/// endpoints; the data comes from suppliers that its creator passes in.
///
/// Reading order: [AdminServer], [AdminEndpoint], [AdminRequest], [AdminReply], [ConfigEndpoints], [HealthEndpoints], [HostCheck].
@NullMarked
package io.jigress.admin;

import org.jspecify.annotations.NullMarked;
