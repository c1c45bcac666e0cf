package io.jigress.app.registry;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/// A Java server in a JVM of its own, whose jars come from Maven's repository.
final class ForkedServer {
    private static final long FETCH_SECONDS = 180;

    private ForkedServer() {}

    /// Resolves a class path by Maven, and compiles the class that starts the server.
    ///
    /// @param home a folder of this server
    /// @param resources the folder of `pom.xml` and the class among the test's resources
    /// @throws IOException with the reason when this fails
    static String classPath(Path home, String resources, String boot) throws IOException, InterruptedException {
        try (InputStream pom = resource(resources + "/pom.xml");
                InputStream source = resource(resources + "/" + boot + ".java")) {
            Files.copy(pom, home.resolve("pom.xml"));
            Files.copy(source, home.resolve(boot + ".java"));
        }
        Path output = home.resolve("class-path.txt");
        Path log = home.resolve("maven.log");
        Process maven = new ProcessBuilder("mvn", "-B", "-f", home.resolve("pom.xml").toString(),
                "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath", "-Dmdep.outputFile=" + output)
                .redirectErrorStream(true).redirectOutput(log.toFile()).start();
        if (!maven.waitFor(FETCH_SECONDS, TimeUnit.SECONDS)) {
            maven.destroyForcibly();
            throw new IOException("Maven does not finish");
        }
        if (maven.exitValue() != 0) {
            throw new IOException(Files.readAllLines(log).stream().filter(line -> line.startsWith("[ERROR]")).findFirst()
                    .orElse("Maven failed"));
        }
        List<String> jars = Arrays.asList(Files.readString(output).strip().split(File.pathSeparator));
        // The jars of Nacos include two versions of Hessian under different names; the server needs the newer one.
        List<String> first = jars.stream().filter(jar -> jar.contains("caucho")).toList();
        String classPath = Stream.concat(first.stream(), jars.stream()).collect(Collectors.joining(File.pathSeparator));
        Path classes = Files.createDirectories(home.resolve("classes"));
        // Earlier versions of Spring do not read classes of later versions of Java.
        int failed = ToolProvider.getSystemJavaCompiler().run(null, null, null, "-proc:none", "--release", "17", "-cp", classPath,
                "-d",
                classes.toString(), home.resolve(boot + ".java").toString());
        if (failed != 0) {
            throw new IOException(boot + ".java does not compile");
        }
        return classes + File.pathSeparator + classPath;
    }

    private static InputStream resource(String name) {
        return Objects.requireNonNull(ForkedServer.class.getResourceAsStream("/" + name), name);
    }

    /// Starts it, and returns when it has printed a line with these words.
    static Process start(List<String> command, Path home, String words, long seconds) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).directory(home.toFile()).redirectErrorStream(true).start();
        CountDownLatch up = new CountDownLatch(1);
        BufferedReader output = process.inputReader();
        List<String> last = new ArrayList<>();
        // A virtual thread would keep its carrier while it reads from a process: two servers would take both of a machine with two processors.
        Thread.ofPlatform().daemon().start(() -> output.lines().forEach(line -> {
            synchronized (last) {
                last.add(line);
                if (last.size() > 20) {
                    last.removeFirst();
                }
            }
            if (line.contains(words)) {
                up.countDown();
            }
        }));
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (!up.await(200, TimeUnit.MILLISECONDS)) {
            if (!process.isAlive() || System.nanoTime() - end > 0) {
                process.destroyForcibly();
                synchronized (last) {
                    throw new IOException("it does not start: " + last);
                }
            }
        }
        return process;
    }

    static void delete(Path home) {
        try (Stream<Path> files = Files.walk(home)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (IOException _) {
            // A clean build removes the remaining files.
        }
    }
}
