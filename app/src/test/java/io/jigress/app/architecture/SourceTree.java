package io.jigress.app.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The files of this repository, for comparison with the documents.
final class SourceTree {
    private static final Set<String> NOT_SOURCE = Set.of("target", ".git", ".idea", "node_modules");
    private static final Pattern TYPE = Pattern.compile("\\b(?:class|record|interface|enum)\\s+([A-Z]\\w*)");

    private final Path root;
    /// Paths from the root, with slashes; a folder ends with one.
    private final Set<String> paths = new HashSet<>();
    /// The files that declare a type of this simple name, at the top or nested.
    private final Map<String, List<Path>> types = new HashMap<>();

    private SourceTree(Path root) {
        this.root = root;
    }

    static SourceTree ofThisRepository() {
        return ThisRepository.TREE;
    }

    /// Read once: a test class asks for it before each of its tests.
    private static final class ThisRepository {
        static final SourceTree TREE = of(rootOfThisRepository());
    }

    private static Path rootOfThisRepository() {
        Path folder = Path.of("").toAbsolutePath();
        while (!(Files.exists(folder.resolve("pom.xml")) && Files.isDirectory(folder.resolve("app")))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new IllegalStateException("no parent of " + Path.of("").toAbsolutePath()
                        + " is the root of the repository (expected: pom.xml and app/)");
            }
        }
        return folder;
    }

    static SourceTree of(Path root) {
        SourceTree tree = new SourceTree(root);
        try {
            Files.walkFileTree(root, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    if (NOT_SOURCE.contains(folder.getFileName().toString())) {
                        return FileVisitResult.SKIP_SUBTREE;
                    }
                    tree.paths.add(tree.name(folder) + "/");
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    tree.add(file);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return tree;
    }

    private void add(Path file) {
        paths.add(name(file));
        if (file.toString().endsWith(".java")) {
            Matcher declaration = TYPE.matcher(read(file));
            while (declaration.find()) {
                types.computeIfAbsent(declaration.group(1), _ -> new ArrayList<>()).add(file);
            }
        }
    }

    private String name(Path path) {
        return root.relativize(path).toString().replace('\\', '/');
    }

    Path root() {
        return root;
    }

    /// Whether a file or folder of this name exists; the name may leave out the folders above it, and a type its `.java`.
    boolean hasPath(String path) {
        return paths.stream().map(known -> "/" + known)
                .anyMatch(known -> known.endsWith("/" + path) || known.endsWith("/" + path + "/")
                        || known.endsWith("/" + path + ".java"));
    }

    boolean hasType(String simpleName) {
        return types.containsKey(simpleName);
    }

    /// Whether a type exists and one of the files that declare it contains a word.
    boolean hasMember(String simpleName, String member) {
        Pattern word = Pattern.compile("\\b" + Pattern.quote(member) + "\\b");
        return types.getOrDefault(simpleName, List.of()).stream().anyMatch(file -> word.matcher(read(file)).find());
    }

    /// Whether `io.jigress.…​.Type` is declared in a file of that package.
    boolean hasType(String packageName, String simpleName) {
        String folder = "/" + packageName.replace('.', '/');
        return types.getOrDefault(simpleName, List.of()).stream()
                .anyMatch(file -> ("/" + name(file.getParent())).endsWith(folder));
    }

    /// All files whose path from the root matches.
    List<Path> files(String regex) {
        Pattern pattern = Pattern.compile(regex);
        return paths.stream().filter(path -> !path.endsWith("/") && pattern.matcher(path).matches()).sorted().map(root::resolve)
                .toList();
    }

    Optional<String> text(String path) {
        Path file = root.resolve(path);
        return Files.exists(file) ? Optional.of(read(file)) : Optional.empty();
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
