package io.jigress.control.translate;

import io.jigress.control.Resource;

/// A kind whose objects are translated to routes.
interface RouteProcessor extends KindProcessor {

    /// The present contribution of an object. Its status is put into the reports; its problems are in the contribution.
    Contribution translate(Resource resource, Reports reports);
}
