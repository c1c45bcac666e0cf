package io.jigress.plugins.jar;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/// Compiles plugins, and packs them as jars.
public final class JarBuilder {
    /// Where a class file has the lower byte of its version.
    private static final int MAJOR_VERSION = 7;

    private JarBuilder() {}

    /// The jar with all plugins of the tests.
    public static Path testPlugins(Path folder) {
        try (InputStream in = JarBuilder.class.getResourceAsStream("/jar/TestPlugins.java.txt")) {
            String source = new String(java.util.Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
            return build(folder, "test-plugins", Map.of("test/plugin/TestPlugins.java", source),
                    List.of("test.plugin.TestPlugins$EventFactory", "test.plugin.TestPlugins$BlockingFactory"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// @param sources by path
    /// @param factories the class names that the jar names as factories; none for a jar without the file
    public static Path build(Path folder, String name, Map<String, String> sources, List<String> factories) {
        try {
            Path classes = Files.createTempDirectory(folder, name);
            Path written = Files.createTempDirectory(folder, name + "-src");
            for (Map.Entry<String, String> source : sources.entrySet()) {
                Path file = written.resolve(source.getKey());
                Files.createDirectories(file.getParent());
                Files.writeString(file, source.getValue());
            }
            compile(written, classes);
            Path jar = folder.resolve(name + ".jar");
            try (OutputStream out = Files.newOutputStream(jar); JarOutputStream zip = new JarOutputStream(out)) {
                try (Stream<Path> all = Files.walk(classes)) {
                    for (Path file : all.filter(Files::isRegularFile).toList()) {
                        put(zip, classes.relativize(file).toString(), Files.readAllBytes(file));
                    }
                }
                if (!factories.isEmpty()) {
                    put(zip, "META-INF/services/io.jigress.api.FilterFactory",
                            String.join("\n", factories).getBytes(StandardCharsets.UTF_8));
                }
            }
            return jar;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A copy of a jar whose classes are of a later version of Java than any.
    public static Path ofLaterJava(Path jar, Path copy) {
        try (ZipFile from = new ZipFile(jar.toFile());
                OutputStream out = Files.newOutputStream(copy);
                JarOutputStream zip = new JarOutputStream(out)) {
            for (ZipEntry entry : Collections.list(from.entries())) {
                byte[] content = from.getInputStream(entry).readAllBytes();
                if (entry.getName().endsWith(".class")) {
                    content[MAJOR_VERSION] = 100;
                }
                put(zip, entry.getName(), content);
            }
            return copy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void compile(Path sources, Path classes) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
                Stream<Path> all = Files.walk(sources)) {
            StringWriter messages = new StringWriter();
            boolean done = compiler.getTask(messages, files, null,
                    List.of("-d", classes.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none"), null,
                    files.getJavaFileObjectsFromPaths(all.filter(Files::isRegularFile).toList())).call();
            if (!done) {
                throw new AssertionError(messages.toString());
            }
        }
    }

    private static void put(JarOutputStream zip, String name, byte[] content) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(content);
        zip.closeEntry();
    }
}
