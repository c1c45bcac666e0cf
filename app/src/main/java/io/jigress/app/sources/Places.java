package io.jigress.app.sources;

import io.jigress.control.Problem;
import io.jigress.control.ResourceKey;
import io.jigress.sources.folder.ManifestLocator;
import io.jigress.sources.folder.Position;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Finds the lines of objects and fields in the files of folders. For several threads.
public final class Places {
    /// Messages of the folder source about unreadable files begin with the line.
    private static final Pattern LINE = Pattern.compile("^line (\\d{1,9})\\b");

    private static final Pattern SAID = Pattern.compile("^line \\d{1,9}(?:: |, )");

    /// The folders by the prefix of their files' places.
    private final Map<String, ManifestLocator> locators;

    private Places(Map<String, ManifestLocator> locators) {
        this.locators = locators;
    }

    public static Places none() {
        return new Places(Map.of());
    }

    public static Places in(Path folder) {
        return in(Map.of("", folder));
    }

    /// @param folders by the prefix of their files' places
    public static Places in(Map<String, Path> folders) {
        return new Places(folders.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, folder -> new ManifestLocator(folder.getValue()))));
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
        for (Map.Entry<String, ManifestLocator> folder : locators.entrySet()) {
            if (source.startsWith(folder.getKey())) {
                return folder.getValue().locate(source.substring(folder.getKey().length()), resource, path).map(Position::line)
                        .orElse(0);
            }
        }
        return 0;
    }
}
