/// From resources to configuration, in proportion to what changed.
///
/// Each translation runs four stages over what the difference between two sets of resources touches: objects that others refer to
/// are read into tables ([Table]); Gateways become a plan of sockets ([GatewayPlan]) when one of them is touched; each touched route object
/// becomes a [Contribution], which replaces its last one in the virtual hosts and clusters; touched objects report problems and statuses.
/// Reverse indexes ([Uses], [Attachments]) lead from an object to those that must be translated again. There is a [KindProcessor] per kind.
///
/// Reading order: [ResourceTranslator], [KindProcessor], [PendingWork], [GatewayPlanner], [HttpRouteProcessor], [HostTable].
@NullMarked
package io.jigress.control.translate;

import org.jspecify.annotations.NullMarked;
