package io.jigress.app.plugin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The Maven repository of an installation, from which projects of plugins get `jigress-api` and `jigress-testkit` with all that these need. The build copies the jars; their POMs
/// are written here: they name the jars of the repository and nothing else, so that a project needs no other repository for them.
final class PluginRepository {
    static final String FOLDER = "repository";
    private static final String GROUP = "io.jigress";
    private static final String API = "jigress-api";
    private static final String TESTKIT = "jigress-testkit";
    /// What classes of a plugin see besides the api.
    private static final List<String> SEEN = List.of("netty-buffer", "netty-common", "slf4j-api", "jspecify");

    /// @param version without the timestamp of a snapshot
    record Artifact(String group, String name, String version) {
        Path folder(Path root) {
            return root.resolve(group.replace('.', '/')).resolve(name).resolve(version);
        }

        Path file(Path root, String suffix) {
            return folder(root).resolve(name + "-" + version + suffix);
        }
    }

    private final Path root;

    private PluginRepository(Path root) {
        this.root = root;
    }

    /// The repository beside the jars of an installation.
    ///
    /// @param jar the program's own
    /// @return null when there is none
    static @Nullable PluginRepository beside(Path jar) {
        Path lib = jar.toAbsolutePath().normalize().getParent();
        Path root = lib == null || lib.getParent() == null ? null : lib.getParent().resolve(FOLDER);
        return root != null && Files.isDirectory(root.resolve("io/jigress")) ? new PluginRepository(root) : null;
    }

    static PluginRepository in(Path root) {
        return new PluginRepository(root);
    }

    String url() {
        return "file://" + root.toAbsolutePath().normalize().toUri().getRawPath();
    }

    /// The version of the api.
    String version() throws IOException {
        return artifacts().stream().filter(each -> each.group.equals(GROUP) && each.name.equals(API)).findFirst()
                .orElseThrow(() -> new IOException("the repository " + root + " has no " + API)).version();
    }

    /// Writes the POMs that are missing.
    void complete() throws IOException {
        List<Artifact> all = artifacts();
        for (Artifact each : all) {
            Path pom = each.file(root, ".pom");
            String text = pom(each, needs(each, all));
            if (!Files.exists(pom) || !Files.readString(pom).equals(text)) {
                Files.writeString(pom, text, StandardCharsets.UTF_8);
            }
        }
    }

    private static List<Artifact> needs(Artifact of, List<Artifact> all) {
        if (!of.group.equals(GROUP)) {
            return List.of();
        }
        return all.stream().filter(each -> !each.equals(of) && (of.name.equals(TESTKIT) || SEEN.contains(each.name))).toList();
    }

    private List<Artifact> artifacts() throws IOException {
        List<Artifact> all = new ArrayList<>();
        if (!Files.isDirectory(root)) {
            return all;
        }
        try (Stream<Path> files = Files.walk(root)) {
            for (Path jar : files.filter(file -> file.toString().endsWith(".jar")).toList()) {
                Path version = jar.getParent();
                Path name = version == null ? null : version.getParent();
                Path group = name == null ? null : name.getParent();
                if (version != null && name != null && group != null) {
                    all.add(new Artifact(root.relativize(group).toString().replace('\\', '/').replace('/', '.'),
                            String.valueOf(name.getFileName()), String.valueOf(version.getFileName())));
                }
            }
        }
        all.sort(Comparator.comparing(Artifact::group).thenComparing(Artifact::name));
        return all;
    }

    private static String pom(Artifact of, List<Artifact> needs) {
        StringBuilder out = new StringBuilder("""
                <?xml version="1.0" encoding="UTF-8"?>
                <project xmlns="http://maven.apache.org/POM/4.0.0">
                  <modelVersion>4.0.0</modelVersion>
                """);
        coordinate(of, "  ", out);
        if (!needs.isEmpty()) {
            out.append("  <dependencies>\n");
            for (Artifact each : needs) {
                out.append("    <dependency>\n");
                coordinate(each, "      ", out);
                out.append("    </dependency>\n");
            }
            out.append("  </dependencies>\n");
        }
        return out.append("</project>\n").toString();
    }

    private static void coordinate(Artifact of, String indent, StringBuilder out) {
        out.append(indent).append("<groupId>").append(of.group).append("</groupId>\n");
        out.append(indent).append("<artifactId>").append(of.name).append("</artifactId>\n");
        out.append(indent).append("<version>").append(of.version).append("</version>\n");
    }
}
