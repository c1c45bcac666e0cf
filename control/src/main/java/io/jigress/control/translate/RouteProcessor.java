package io.jigress.control.translate;

import io.jigress.control.Resource;

/// A kind whose objects become routes.
interface RouteProcessor extends KindProcessor {

    /// What an object contributes now. Puts its status into the reports; its problems stand in the contribution.
    Contribution translate(Resource resource, Reports reports);
}
