package io.jigress.sources.manifest;

import io.jigress.control.Problem;
import io.jigress.control.Resource;
import java.util.List;

/// The content of a file.
///
/// @param complete false when a part of it could not be read: objects of its last version that are missing now may be in that part
public record Manifest(List<Resource> resources, List<Problem> problems, boolean complete) {
    public Manifest {
        resources = List.copyOf(resources);
        problems = List.copyOf(problems);
    }
}
