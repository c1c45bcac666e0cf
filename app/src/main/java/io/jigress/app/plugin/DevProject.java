package io.jigress.app.plugin;

import io.jigress.app.market.Downloads;
import io.jigress.app.market.Market;
import io.jigress.app.market.PluginEntry;
import io.jigress.app.run.SingleUpstream;
import io.jigress.control.Problem;
import io.jigress.control.translate.ObjectCheck;
import io.jigress.plugins.load.CodeFault;
import io.jigress.plugins.load.CodeLoader;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/// The project of a plugin that is being written, and the folder of the gateway that runs it. For one thread.
final class DevProject {
    static final String INDEX = "index.yaml";
    private static final String ROUTE = "dev";
    /// Not the name of a plugin, whose Plugin is in the same folder.
    private static final String GATEWAY = "dev_gateway.yaml";
    private static final String SOURCES = "src";
    /// What builds write, and what has no sources. Below `src` these are names of packages.
    private static final Set<String> IGNORED = Set.of("target", "build", "node_modules");
    private static final int MOST_FILES = 10_000;
    private static final long INTERVAL_MILLIS = 200;

    private final Path project;
    private final Path config;
    private final @Nullable List<String> build;
    private final ObjectCheck check;
    private final Consumer<String> tell;
    private Map<Path, String> seen = Map.of();
    /// The file that the build writes; null when there is no build.
    private @Nullable Path built;

    /// @param build the command that builds it; null for the usual one
    DevProject(Path project, Path config, @Nullable List<String> build, ObjectCheck check, Consumer<String> tell) {
        this.project = project;
        this.config = config;
        this.build = build;
        this.check = check;
        this.tell = tell;
    }

    /// Writes a gateway that sends all requests to an upstream.
    ///
    /// @param upstream an `http` URL without path
    void gateway(int port, String upstream) throws IOException {
        Files.writeString(config.resolve(GATEWAY), """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: %1$s}
                spec:
                  gatewayClassName: jigress
                  listeners: [{name: http, port: %2$d, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: %1$s}
                spec:
                  parentRefs: [{name: %1$s}]
                  rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: %1$s}]}]
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: %1$s}
                spec: %3$s
                """.formatted(ROUTE, port, SingleUpstream.backend(upstream)));
    }

    /// Builds the plugin and puts it into the folder of the gateway. What fails is reported, and the last version stays.
    ///
    /// @return whether the gateway has the present version
    boolean update() throws InterruptedException {
        seen = stamps();
        long begin = System.nanoTime();
        Market market = Market.of(project.resolve(INDEX));
        if (!market.problems().isEmpty() || market.plugins().isEmpty()) {
            market.problems().forEach(tell);
            tell.accept(INDEX + " lists no plugin that can be run");
            return false;
        }
        PluginEntry plugin = market.plugins().getFirst();
        List<String> command = build == null ? Builds.commandOf(project, plugin.name()) : build;
        built = command.isEmpty() ? null : module(plugin);
        seen.keySet().removeIf(file -> file.toAbsolutePath().normalize().equals(built));
        String failure = command.isEmpty() ? null : Builds.run(command, project);
        if (failure != null) {
            tell.accept(failure);
            return false;
        }
        try {
            Installation next = Installation.of(plugin, new Installation.Place(config, "default", plugin.name(),
                    List.of(new Installation.Target("HTTPRoute", ROUTE))), Downloads.ANONYMOUS);
            List<Problem> problems = next.problems(check);
            problems.forEach(problem -> tell.accept(problem.toString()));
            if (problems.stream().anyMatch(problem -> problem.severity() == Problem.Severity.ERROR)) {
                tell.accept("plugin " + plugin.name() + " is not taken up");
                return false;
            }
            next.write();
            tell.accept("plugin " + plugin.name() + ": "
                    + (command.isEmpty()
                            ? "read"
                            : "built in " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin) + " ms"));
            return true;
        } catch (IOException e) {
            tell.accept("plugin " + plugin.name() + ": " + e.getMessage());
            return false;
        }
    }

    /// The file with the module of a plugin; null when it is elsewhere.
    private static @Nullable Path module(PluginEntry plugin) {
        try {
            return plugin.module() != null && plugin.module().url().startsWith("file:")
                    ? CodeLoader.path(plugin.module().url())
                    : null;
        } catch (CodeFault _) {
            return null; // Its installation will report it.
        }
    }

    /// Updates the gateway whenever files of the project have changed, until the thread is interrupted.
    void watch() {
        try {
            while (true) {
                TimeUnit.MILLISECONDS.sleep(INTERVAL_MILLIS);
                if (!stamps().equals(seen)) {
                    update();
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean isSource(Path folder) {
        return StreamSupport.stream(folder.spliterator(), false).anyMatch(each -> each.toString().equals(SOURCES));
    }

    /// Size and time of each source file.
    private Map<Path, String> stamps() {
        Map<Path, String> stamps = new TreeMap<>();
        try {
            Files.walkFileTree(project, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    String name = String.valueOf(folder.getFileName());
                    boolean skipped = !folder.equals(project)
                            && (name.startsWith(".") || IGNORED.contains(name) && !isSource(project.relativize(folder)));
                    return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    String name = String.valueOf(file.getFileName());
                    if (!name.startsWith(".") && !name.endsWith("~") && !name.endsWith(".wasm")
                            && !name.matches("go\\.sum|Cargo\\.lock") && !file.toAbsolutePath().normalize().equals(built)) {
                        stamps.put(file, attributes.size() + " " + attributes.lastModifiedTime());
                    }
                    return stamps.size() < MOST_FILES ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) {
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException _) {
            // The next look will find what there is.
        }
        return stamps;
    }
}
