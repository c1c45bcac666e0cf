package io.jigress.sentinel.rule;

import com.google.re2j.Pattern;
import java.util.List;

/// An ApiDefinition: a resource that consists of the requests with certain paths.
public record ApiGroup(String name, List<Path> paths) {
    public ApiGroup {
        paths = List.copyOf(paths);
    }

    public boolean matches(String path) {
        for (Path candidate : paths) {
            if (candidate.matches(path)) {
                return true;
            }
        }
        return false;
    }

    /// Which paths belong to a group.
    public sealed interface Path {
        boolean matches(String path);
    }

    public record Exact(String path) implements Path {
        @Override
        public boolean matches(String path) {
            return this.path.equals(path);
        }
    }

    /// Ends at a segment: `/a` stands for `/a` and `/a/b`, not for `/ab`.
    public record Prefix(String path) implements Path {
        @Override
        public boolean matches(String path) {
            return path.startsWith(this.path)
                    && (path.length() == this.path.length() || this.path.endsWith("/") || path.charAt(this.path.length()) == '/');
        }
    }

    /// A regular expression (RE2) for the whole path.
    public record Expression(Pattern pattern) implements Path {
        @Override
        public boolean matches(String path) {
            return pattern.matches(path);
        }
    }
}
