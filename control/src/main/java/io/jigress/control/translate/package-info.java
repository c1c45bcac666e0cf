/// Translates resources to configuration, with work proportional to the changes.
///
/// Each translation runs four stages over the objects affected by the difference between two sets of resources: objects that others refer to
/// are read into tables ([Table]); Gateways are translated to a plan of sockets ([GatewayPlan]) when one of them is affected; each affected
/// route object is translated to a [Contribution], which replaces its last one in the virtual hosts and clusters; affected objects report
/// problems and statuses. When a route displaces another one, or no longer does ([RouteConflicts]), that one is translated in a further round. Reverse indexes
/// ([Uses], [Attachments]) lead from an object to those that must be translated again. There is a [KindProcessor] per kind.
///
/// Reading order: [ResourceTranslator], [KindProcessor], [PendingWork], [GatewayPlanner], [HttpRouteProcessor], [HostTable].
@NullMarked
package io.jigress.control.translate;

import org.jspecify.annotations.NullMarked;
