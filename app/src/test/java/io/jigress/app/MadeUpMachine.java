package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A simulated environment for the script `jigress`, in a folder: its own PATH, its own JDKs, and a checkout or release.
public final class MadeUpMachine {
    /// The commands of a working Maven.
    public static final String BUILD = """
            mkdir -p app/target/jigress/lib
            touch app/target/jigress/lib/jigress-app-1.jar
            """;

    /// The commands that the script needs besides java and mvn.
    private static final List<String> TOOLS = List.of("bash", "dirname", "find", "grep", "head", "mkdir", "mv", "readlink", "rm",
            "tail", "touch");

    /// Prints its name and arguments, one per line, and creates the file of a training run.
    private static final String JAVA = """
            printf '%s\\n' "$0" "$@"
            if [[ ${!#} == train ]]; then
                printf '%s|' "$@" >>"$MACHINE/trainings"
                echo >>"$MACHINE/trainings"
                [[ ! -e $MACHINE/training-fails ]] || exit 1
                for option in "$@"; do
                    [[ $option != -XX:AOTCacheOutput=* ]] || echo cache >"${option#*=}"
                done
            fi
            """;

    private final Path root;
    private final Path bin;
    private final Path places;
    private final Path home;
    private final Map<String, String> environment = new HashMap<>();
    private boolean released;

    public MadeUpMachine(Path root) throws IOException {
        this.root = root.toRealPath();
        bin = Files.createDirectories(this.root.resolve("bin"));
        places = Files.createDirectories(this.root.resolve("jvm"));
        home = Files.createDirectories(this.root.resolve("home of it"));
        for (String tool : TOOLS) {
            Files.createSymbolicLink(bin.resolve(tool), found(tool));
        }
        executable(script(), Files.readString(launcher()));
        environment.putAll(Map.of("PATH", bin.toString(), "HOME", this.root.toString(), "MACHINE", this.root.toString(), "PLACES",
                places.toString()));
    }

    private static Path found(String tool) {
        return Stream.of(System.getenv("PATH").split(":")).map(folder -> Path.of(folder, tool)).filter(Files::isExecutable)
                .findFirst().orElseThrow(() -> new IllegalStateException("no " + tool + " on this machine"));
    }

    private static Path launcher() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.isRegularFile(folder.resolve("jigress"))) {
            folder = folder.getParent();
        }
        return folder.resolve("jigress");
    }

    public void checkout() throws IOException {
        for (String room : List.of("api", "config", "proxy", "filters", "plugins", "waf", "dubbo", "sentinel", "grpcjson",
                "control",
                "sources", "admin",
                "app")) {
            write(home.resolve(room + "/pom.xml"), "");
        }
        write(home.resolve("pom.xml"), "");
        write(source(), "");
    }

    public void release() throws IOException {
        released = true;
        write(jar(), "");
    }

    public Path script() {
        return home.resolve("jigress");
    }

    public Path source() {
        return home.resolve("proxy/src/main/java/Route.java");
    }

    public Path jar() {
        return home.resolve(released ? "lib/jigress-app-1.jar" : "app/target/jigress/lib/jigress-app-1.jar");
    }

    public Path cache() {
        return home.resolve(released ? "jigress.aot" : "app/target/jigress/jigress.aot");
    }

    /// Adds a JDK in a usual place.
    public Path jdk(String version) throws IOException {
        Path jdk = places.resolve("jdk-" + version);
        write(jdk.resolve("release"), "IMPLEMENTOR=\"nobody\"\nJAVA_VERSION=\"" + version + ".0.1\"\n");
        executable(jdk.resolve("bin/java"), "#!/usr/bin/env bash\n" + JAVA);
        return jdk;
    }

    /// Makes a JDK the `java` of the PATH, through two symlinks as in Debian.
    public void defaultJava(Path jdk) throws IOException {
        Path alternative = Files.createSymbolicLink(Files.createDirectories(root.resolve("alternatives")).resolve("java"),
                jdk.resolve("bin/java"));
        Files.createSymbolicLink(bin.resolve("java"), alternative);
    }

    public void maven(String does) throws IOException {
        executable(bin.resolve("mvn"), "#!/usr/bin/env bash\necho \"$JAVA25_HOME\" >>\"$MACHINE/builds\"\n" + does);
    }

    public void trainingFails() throws IOException {
        write(root.resolve("training-fails"), "");
    }

    public MadeUpMachine with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /// The JDK of each build.
    public List<String> builds() throws IOException {
        return Files.readAllLines(root.resolve("builds"));
    }

    /// The arguments of each training run.
    public List<List<String>> trainings() throws IOException {
        Path trainings = root.resolve("trainings");
        return Files.exists(trainings)
                ? Files.readAllLines(trainings).stream().map(line -> List.of(line.split("\\|"))).toList()
                : List.of();
    }

    public static List<String> options(List<String> arguments) {
        return arguments.subList(0, arguments.indexOf("-jar"));
    }

    public static boolean isCache(String argument) {
        return argument.startsWith("-XX:AOTCache=");
    }

    public void touch(Path file, Instant time) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(time));
    }

    public Outcome run(String... arguments) throws IOException, InterruptedException {
        return runAfter(":", arguments);
    }

    /// Runs the script with the simulated usual places of JDKs.
    ///
    /// @param before commands for bash that change the environment further
    public Outcome runAfter(String before, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(bin.resolve("bash").toString(), "-c",
                "source \"$1\"; shift; java_places() { printf '%s\\n' \"$PLACES\"/*; }; " + before + "; main \"$@\"",
                "test", script().toString()));
        command.addAll(List.of(arguments));
        return execute(root, command.toArray(String[]::new));
    }

    /// Calls one function of the script.
    public Outcome call(String function) throws IOException, InterruptedException {
        return execute(root, bin.resolve("bash").toString(), "-c", "source \"$1\"; " + function, "test", script().toString());
    }

    public Outcome execute(Path folder, String... command) throws IOException, InterruptedException {
        Path out = root.resolve("out");
        Path err = root.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("%s ended", Arrays.toString(command)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    public static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static void executable(Path file, String text) throws IOException {
        write(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /// The result of one call.
    public record Outcome(int status, String out, String err) {
        /// The java that was started; the simulated ones print their name first.
        public String java() {
            return lines().getFirst();
        }

        /// Its arguments.
        public List<String> arguments() {
            return lines().subList(1, lines().size());
        }

        private List<String> lines() {
            assertThat(out).as("output of java; on standard error: %s", err).isNotEmpty();
            return out.lines().toList();
        }
    }
}
