package io.jigress.app;

import io.jigress.control.Problem;
import io.jigress.control.ResourceKey;
import io.jigress.sources.folder.ManifestLocator;
import io.jigress.sources.folder.Position;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Finds the lines of what users wrote; without a folder nothing has a line. For several threads.
final class Places {
    /// How the folder source begins what is wrong with a file that cannot be read.
    private static final Pattern LINE = Pattern.compile("^line (\\d{1,9})\\b");

    private static final Pattern SAID = Pattern.compile("^line \\d{1,9}(?:: |, )");

    private final @Nullable ManifestLocator locator;

    private Places(@Nullable ManifestLocator locator) {
        this.locator = locator;
    }

    static Places none() {
        return new Places(null);
    }

    static Places in(Path folder) {
        return new Places(new ManifestLocator(folder));
    }

    /// From 1; 0 when it is not known.
    int line(Problem problem) {
        Matcher said = LINE.matcher(problem.what());
        return said.find() ? Integer.parseInt(said.group(1)) : line(problem.source(), problem.resource(), problem.path());
    }

    /// A message without the line that it begins with, for those who show the line themselves.
    static String withoutLine(String message) {
        return SAID.matcher(message).replaceFirst("");
    }

    int line(String source, ResourceKey resource, String path) {
        return locator == null ? 0 : locator.locate(source, resource, path).map(Position::line).orElse(0);
    }
}
