package io.jigress.app.sources;

import io.jigress.control.Problem;
import io.jigress.control.ResourceKey;
import io.jigress.sources.manifest.ManifestLocator;
import io.jigress.sources.manifest.Position;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds the lines of objects and fields in files and data ids; objects of other sources have no lines. For several threads.
public final class Places {
    /// Messages of the folder source about unreadable files begin with the line.
    private static final Pattern LINE = Pattern.compile("^line (\\d{1,9})\\b");

    private static final Pattern SAID = Pattern.compile("^line \\d{1,9}(?:: |, )");

    /// The folders by the prefix of their files' places.
    private final SortedMap<String, ManifestLocator> locators;

    private Places(Map<String, ManifestLocator> locators) {
        // The longest prefix comes first.
        this.locators = new TreeMap<>(
                Comparator.comparingInt((String prefix) -> -prefix.length()).thenComparing(prefix -> prefix));
        this.locators.putAll(locators);
    }

    public static Places none() {
        return new Places(Map.of());
    }

    public static Places in(Path folder) {
        return new Places(Map.of("", new ManifestLocator(folder)));
    }

    /// @param locators by the prefix of the places of their texts
    public static Places of(Map<String, ManifestLocator> locators) {
        return new Places(locators);
    }

    /// The line, from 1; 0 when unknown.
    public int line(Problem problem) {
        Matcher said = LINE.matcher(problem.what());
        return problem.resource().kind().equals(Problem.FILE) && said.find()
                ? Integer.parseInt(said.group(1))
                : line(problem.source(), problem.resource(), problem.path());
    }

    /// A message without its leading line number, for output that shows the line separately.
    public static String withoutLine(String message) {
        return SAID.matcher(message).replaceFirst("");
    }

    public int line(String source, ResourceKey resource, String path) {
        ResourceKey asWritten = resource.in("");
        for (Map.Entry<String, ManifestLocator> folder : locators.entrySet()) {
            if (source.startsWith(folder.getKey())) {
                return folder.getValue().locate(source.substring(folder.getKey().length()), asWritten, path).map(Position::line)
                        .orElse(0);
            }
        }
        return 0;
    }
}
