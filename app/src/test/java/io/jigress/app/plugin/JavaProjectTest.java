package io.jigress.app.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jigress.app.ProcessRun;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Projects of Java plugins, built by Maven: with an empty local repository, the repository of an installation, and plugins of Maven, JUnit and AssertJ from the files that this build uses.
@Tag("suite")
@Timeout(300)
class JavaProjectTest {
    private static final Set<String> OURS = Set.of("api", "testkit");
    private static final Set<String> OTHERS = Set.of("netty-buffer", "netty-common", "netty-resolver", "netty-transport",
            "jspecify", "slf4j-api");

    private static final String VERSION = "1.2.3";

    @TempDir private Path folder;

    private Path repository;
    private String build;

    @BeforeEach
    void prepare() throws IOException {
        assumeTrue(
                Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .anyMatch(each -> Files.isExecutable(Path.of(each, "mvn"))),
                "mvn is not on the PATH");
        repository = folder.resolve("repository");
        Path files = null;
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path path = Path.of(entry);
            Path version = path.getParent();
            Path artifact = version == null ? null : version.getParent();
            if (OURS.stream()
                    .anyMatch(room -> entry.contains(File.separator + room + File.separator + "target" + File.separator))) {
                own(path);
            } else if (artifact != null && OTHERS.contains(artifact.getFileName().toString())) {
                Path root = root(path);
                files = root;
                Path copy = repository.resolve(root.relativize(path).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(path, copy);
            }
        }
        assertThat(files).as("the files of Maven").isNotNull();
        PluginRepository.in(repository).complete();
        Files.writeString(folder.resolve("settings.xml"), """
                <settings>
                  <localRepository>%s</localRepository>
                  <mirrors><mirror><id>files</id><mirrorOf>central</mirrorOf><url>%s</url></mirror></mirrors>
                </settings>
                """.formatted(folder.resolve("local"), files.toUri()));
        build = "mvn -B -q -s " + folder.resolve("settings.xml") + " package";
    }

    /// The folder with the groups of a repository, from the path of a jar: `org/slf4j/slf4j-api/2.0.1/slf4j-api-2.0.1.jar`.
    private static Path root(Path jar) {
        Path path = jar;
        while (path.getParent() != null && !path.getFileName().toString().equals("repository")) {
            path = path.getParent();
        }
        return path;
    }

    private void own(Path classes) throws IOException {
        String artifact = "jigress-" + (classes.toString().contains(File.separator + "api" + File.separator) ? "api" : "testkit");
        Path jar = repository.resolve("io/jigress").resolve(artifact).resolve(VERSION)
                .resolve(artifact + "-" + VERSION + ".jar");
        Files.createDirectories(jar.getParent());
        if (Files.isRegularFile(classes)) {
            Files.copy(classes, jar);
            return;
        }
        try (OutputStream out = Files.newOutputStream(jar);
                ZipOutputStream zip = new ZipOutputStream(out);
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                zip.putNextEntry(new ZipEntry(classes.relativize(file).toString().replace('\\', '/')));
                Files.copy(file, zip);
            }
        }
    }

    private Path project(String kind) {
        ProcessRun making = new ProcessRun(folder);
        assertThat(making.run("plugin", "new", "good-day", "--kind", kind, "--repository", "repository"))
                .as(making.err()).isZero();
        return folder.resolve("good-day");
    }

    @ParameterizedTest
    @ValueSource(strings = {"java", "java-event"})
    void aNewProjectBuildsAndTestsWithTheRepositoryOfTheInstallation(String kind) throws Exception {
        Path project = project(kind);

        assertThat(Builds.run(Arrays.asList(build.split(" ")), project)).isNull();

        assertThat(project.resolve("target/good-day.jar")).isNotEmptyFile();
        assertThat(project.resolve("target/surefire-reports/TEST-com.example.goodday.GoodDayFilterTest.xml")).content()
                .contains("tests=\"3\"", "failures=\"0\"", "errors=\"0\"");
        for (String artifact : List.of("io/jigress/jigress-api", "io/jigress/jigress-testkit", "io/netty/netty-buffer")) {
            assertThat(from(artifact)).as(artifact).isNotEmpty().allMatch(line -> line.contains(">jigress="));
        }
    }

    /// Which repositories the jars of an artifact came from.
    private List<String> from(String artifact) throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve("local").resolve(artifact))) {
            Path record = files.filter(file -> file.endsWith("_remote.repositories")).findFirst().orElseThrow();
            return Files.readAllLines(record).stream().filter(line -> line.contains(".jar>")).toList();
        }
    }

    @Test
    void aSavedClassIsBuiltAndServesLaterRequests() throws Exception {
        Path project = project("java");
        Path filter = project.resolve("src/main/java/com/example/goodday/GoodDayFilter.java");

        try (DevRun dev = DevRun.start(folder, "x-good-day", "good-day", "--build", build + " -DskipTests")) {
            dev.awaitText("hello");
            assertThat(dev.status("x-user: mallory")).isEqualTo(403);
            Files.writeString(filter, Files.readString(filter).replace("config.word()", "config.word() + \" again\""));
            dev.awaitText("hello again");
            Files.writeString(filter, Files.readString(filter).replace("config.word()", "config.wrod()"));
            dev.awaitOutput("cannot find symbol", 1);
            assertThat(dev.text()).isEqualTo("hello again");
        }
    }
}
