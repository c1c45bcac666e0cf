package io.jigress.app.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.ProcessRun;
import java.io.File;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The files of `jigress plugin new`.
class NewProjectTest {
    @TempDir private Path folder;

    /// Names that are words of Java, or with which a class would be called as one of the API.
    @ParameterizedTest
    @CsvSource({"java, class", "java, blocking", "java, blocking-filter", "java, filter", "java-event, filter",
        "java-event, http", "java-event, prepared", "java-event, new", "java-event, a-2"})
    void whatItIsCalledTheProjectCompiles(String kind, String name) throws Exception {
        Path repository = folder.resolve("repository");
        Path jar = repository.resolve("io/jigress/jigress-api/1.0/jigress-api-1.0.jar");
        Files.createDirectories(Objects.requireNonNull(jar.getParent()));
        Files.createFile(jar);
        ProcessRun making = new ProcessRun(folder);
        assertThat(making.run("plugin", "new", name, "--kind", kind, "--repository", "repository")).as(making.err()).isZero();

        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter out = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
                Stream<Path> sources = Files.walk(folder.resolve(name).resolve("src/main"))) {
            assertThat(compiler.getTask(out, files, null,
                    List.of("-d", folder.resolve("classes").toString(), "-classpath", System.getProperty("java.class.path"),
                            "-proc:none"),
                    null, files.getJavaFileObjectsFromPaths(sources.filter(file -> file.toString().endsWith(".java")).toList()))
                    .call()).as(out.toString()).isTrue();
        }
        String factory = Files
                .readString(folder.resolve(name).resolve("src/main/resources/META-INF/services/io.jigress.api.FilterFactory"))
                .strip();
        assertThat(folder.resolve("classes").resolve(factory.replace('.', '/') + ".class")).isRegularFile();
    }

    @Test
    void theReadmeOfAModuleSaysWhatItNeedsAndHowItIsBuilt() throws Exception {
        ProcessRun making = new ProcessRun(folder);
        assertThat(making.run("plugin", "new", "in-go", "--kind", "wasm-go")).isZero();
        assertThat(making.run("plugin", "new", "in-rust", "--kind", "wasm-rust")).isZero();
        assertThat(Files.readString(folder.resolve("in-go/README.md"))).contains("It needs Go 1.24 or later",
                "`GOOS=wasip1 GOARCH=wasm go build -mod=mod -buildmode=c-shared -o in-go.wasm .`");
        assertThat(Files.readString(folder.resolve("in-rust/README.md"))).contains("`rustup target add wasm32-wasip1`",
                "`cargo build --release --target wasm32-wasip1`");
    }

    /// Where classes of an AOT cache say that they are from is another place when the installation was moved.
    @Test
    void theInstallationIsWhereTheJarIsThatRuns() {
        assertThat(NewCommand.jar("/opt/jigress/lib/jigress-app.jar")).isEqualTo(Path.of("/opt/jigress/lib/jigress-app.jar"));
        assertThat(NewCommand.jar(String.join(File.pathSeparator, "/a/classes", "/b/b.jar"))).isNull();
        assertThat(NewCommand.jar("/a/classes")).isNull();
    }

    @Test
    void aRepositoryThatIsNoneIsOneLine() {
        ProcessRun making = new ProcessRun(folder);
        assertThat(making.run("plugin", "new", "shop", "--repository", "nowhere")).isEqualTo(1);
        assertThat(making.err()).isEqualTo("jigress: the project is not written: the repository " + folder.resolve("nowhere")
                + " has no jigress-api\n");
        assertThat(folder.resolve("shop")).doesNotExist();
    }
}
