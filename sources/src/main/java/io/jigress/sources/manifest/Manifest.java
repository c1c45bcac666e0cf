package io.jigress.sources.manifest;

import io.jigress.control.Problem;
import io.jigress.control.Resource;
import java.util.List;

/// What a file says.
///
/// @param complete false when a part of it could not be read: objects that it held before and that are missing now may stand in there
public record Manifest(List<Resource> resources, List<Problem> problems, boolean complete) {
    public Manifest {
        resources = List.copyOf(resources);
        problems = List.copyOf(problems);
    }
}
