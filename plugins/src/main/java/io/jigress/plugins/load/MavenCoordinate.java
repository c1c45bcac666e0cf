package io.jigress.plugins.load;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A release in a Maven repository: `maven:GROUP:ARTIFACT:VERSION`, with `:CLASSIFIER` if it has one.
record MavenCoordinate(String group, String artifact, String version, @Nullable String classifier) {
    private static final String WORD = "[A-Za-z0-9_-][A-Za-z0-9_.-]*";
    private static final Pattern FORM = Pattern
            .compile("(?i:maven):(" + WORD + "):(" + WORD + "):(" + WORD + ")(?::(" + WORD + "))?");

    static boolean isValid(String url) {
        return FORM.matcher(url).matches();
    }

    static MavenCoordinate of(String url) throws CodeFault {
        Matcher matcher = FORM.matcher(url);
        if (!matcher.matches() || url.contains("..")) {
            throw new CodeFault("is not a Maven coordinate (expected: maven:GROUP:ARTIFACT:VERSION)");
        }
        MavenCoordinate coordinate = new MavenCoordinate(matcher.group(1), matcher.group(2), matcher.group(3), matcher.group(4));
        if (coordinate.version.endsWith("-SNAPSHOT")) {
            throw new CodeFault("is a snapshot (expected: a release, whose file does not change)");
        }
        return coordinate;
    }

    /// Its URL in a repository.
    String in(String repository, String suffix) {
        return (repository.endsWith("/") ? repository : repository + "/") + group.replace('.', '/') + "/" + artifact + "/"
                + version
                + "/" + artifact + "-" + version + (classifier == null ? "" : "-" + classifier) + suffix;
    }
}
