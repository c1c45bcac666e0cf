package io.jigress.app.plugin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.lang.model.SourceVersion;
import org.jspecify.annotations.Nullable;

/// The files of a project of a new plugin.
///
/// @param files texts by their paths in the project
record NewProject(Map<String, String> files) {
    /// What makes names of classes of the API with `Filter` or `Factory`.
    private static final Set<String> OURS = Set.of("Filter", "Http", "Blocking", "Prepared", "BlockingFilter");
    private static final String TEMPLATES = "/io/jigress/app/plugin/new/";

    /// What a project is for, and its files with their templates.
    enum Kind {
        JAVA("java", javaFiles("java")), JAVA_EVENT("java-event", javaFiles("java-event")),
        LUA("lua", Map.of("@NAME@.lua", "lua/script.lua", "plugin.yaml", "lua/plugin.yaml", "test-request.sh",
                "lua/test-request.sh", "index.yaml", "lua/index.yaml", "README.md", "lua/README.md")),
        WASM_GO("wasm-go", Map.of("main.go", "wasm-go/main.go", "go.mod", "wasm-go/go.mod", "index.yaml", "wasm-index.yaml",
                "README.md", "wasm-readme.md")),
        WASM_RUST("wasm-rust", Map.of("src/lib.rs", "wasm-rust/lib.rs", "Cargo.toml", "wasm-rust/Cargo.toml", "index.yaml",
                "wasm-index.yaml", "README.md", "wasm-readme.md"));

        final String word;
        private final Map<String, String> templates;

        Kind(String word, Map<String, String> templates) {
            this.word = word;
            this.templates = templates;
        }

        static @Nullable Kind of(String word) {
            return Arrays.stream(values()).filter(kind -> kind.word.equals(word)).findFirst().orElse(null);
        }

        static String words() {
            return Arrays.stream(values()).map(kind -> kind.word).collect(Collectors.joining(", "));
        }

        boolean isJava() { return this == JAVA || this == JAVA_EVENT; }
    }

    private static Map<String, String> javaFiles(String folder) {
        String main = "src/main/java/@FOLDER@/@CLASS@";
        return Map.of("pom.xml", "pom.xml", "index.yaml", "java-index.yaml", "README.md", "java-readme.md", main + "Config.java",
                "java-config.java", main + "Filter.java", folder + "/Filter.java", main + "Factory.java",
                folder + "/Factory.java",
                "src/test/java/@FOLDER@/@CLASS@FilterTest.java", folder + "/FilterTest.java",
                "src/main/resources/META-INF/services/io.jigress.api.FilterFactory", "java-service");
    }

    /// @param repository for projects in Java; null for others
    static NewProject of(Kind kind, String name, @Nullable PluginRepository repository) throws IOException {
        String plain = name.replace("-", "");
        Map<String, String> words = new LinkedHashMap<>();
        words.put("@NAME@", name);
        words.put("@REASON@", name.replace('-', '_'));
        String last = SourceVersion.isKeyword(plain) ? plain + "plugin" : plain;
        words.put("@PACKAGE@", "com.example." + last);
        words.put("@FOLDER@", "com/example/" + last);
        String camel = Arrays.stream(name.split("-", -1))
                .map(word -> word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
                .collect(Collectors.joining());
        words.put("@CLASS@", OURS.contains(camel) ? camel + "Plugin" : camel);
        words.put("@VERSION@", repository == null ? "" : repository.version());
        words.put("@REPOSITORY@", repository == null ? "" : repository.url());
        words.put("@MODULE@",
                kind == Kind.WASM_RUST ? "target/wasm32-wasip1/release/" + name.replace('-', '_') + ".wasm" : name + ".wasm");
        words.put("@BUILD@",
                (kind == Kind.WASM_GO ? "GOOS=wasip1 GOARCH=wasm " : "") + String.join(" ", Builds.command(kind, name)));
        words.put("@NEEDS@", switch (kind) {
            case WASM_GO -> "It needs Go 1.24 or later; the first build fetches the SDK.";
            case WASM_RUST -> "It needs Rust 1.78 or later with the target for WebAssembly System Interface: "
                    + "`rustup target add wasm32-wasip1`. The first build fetches the SDK.";
            case JAVA, JAVA_EVENT, LUA -> "";
        });
        Map<String, String> files = new LinkedHashMap<>();
        kind.templates.entrySet().stream().sorted(Map.Entry.comparingByKey())
                .forEach(each -> files.put(filled(each.getKey(), words), filled(template(each.getValue()), words)));
        return new NewProject(files);
    }

    private static String filled(String text, Map<String, String> words) {
        String filled = text;
        for (Map.Entry<String, String> word : words.entrySet()) {
            filled = filled.replace(word.getKey(), word.getValue());
        }
        return filled;
    }

    private static String template(String name) {
        try (InputStream in = NewProject.class.getResourceAsStream(TEMPLATES + name)) {
            if (in == null) {
                throw new IllegalStateException("the program has no template " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void write(Path folder) throws IOException {
        for (Map.Entry<String, String> file : files.entrySet()) {
            Path path = folder.resolve(file.getKey());
            Path parent = path.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Files.writeString(path, file.getValue(), StandardCharsets.UTF_8);
            if (file.getValue().startsWith("#!") && path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
    }
}
