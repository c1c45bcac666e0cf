package io.jigress.app.plugin;

import io.jigress.app.cli.DirectMemory;
import io.jigress.app.cli.ExitCode;
import io.jigress.app.cli.SettingsOptions;
import io.jigress.app.cli.Shell;
import io.jigress.app.cli.Termination;
import io.jigress.app.demo.DemoService;
import io.jigress.app.run.Wiring;
import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import io.jigress.app.translate.Translators;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `jigress plugin dev DIR`.
@Command(name = "dev", description = "Builds the plugin of a project, runs a gateway with it, and builds and loads it again when a file is saved.")
public final class DevCommand implements Callable<Integer> {
    private final Shell shell;

    @Parameters(paramLabel = "DIR", description = "A folder with index.yaml, as jigress plugin new writes it.") private String folder = "";

    @Option(names = "--to", paramLabel = "URL", description = "Where requests go (default: a service that answers hello).") private @Nullable String to;

    @Option(names = "--build", paramLabel = "COMMAND", description = "Builds the plugin, in DIR (default: mvn, go or cargo, for pom.xml, go.mod or Cargo.toml).") private @Nullable String build;

    @Mixin private SettingsOptions options = new SettingsOptions();

    public DevCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        Optional<Settings> settings = options.read(shell, new SettingsOptions.Flag(KnownSettings.CONFIG_TO, "--to", to));
        if (settings.isEmpty()) {
            return ExitCode.REFUSED;
        }
        Path project = shell.path(folder);
        if (!Files.isRegularFile(project.resolve(DevProject.INDEX))) {
            shell.complain(
                    "the folder " + folder + " has no " + DevProject.INDEX + " (expected: a project of jigress plugin new)");
            return ExitCode.REFUSED;
        }
        try {
            Path config = Files.createTempDirectory("jigress-dev");
            try {
                return run(settings.get(), project, config);
            } finally {
                delete(config);
            }
        } catch (CannotStart e) {
            shell.complain(e.why());
        } catch (IOException e) {
            shell.complain("the plugin cannot be run: " + e.getMessage());
        } catch (InterruptedException _) {
            // Termination was requested during the first build.
            return ExitCode.DONE;
        }
        return ExitCode.REFUSED;
    }

    private int run(Settings settings, Path project, Path config) throws CannotStart, IOException, InterruptedException {
        Settings dev = settings.with(KnownSettings.CONFIG_FOLDER, config.toString(), "dev").with(KnownSettings.CONFIG_TO, "",
                "dev");
        if (dev.source(KnownSettings.LOG_LEVEL).equals("default")) {
            dev = dev.with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "dev");
        }
        DirectMemory.limit(dev, shell.machine());
        String target = settings.value(KnownSettings.CONFIG_TO);
        int port = dev.value(KnownSettings.PORTS_HTTP);
        try (DemoService hello = target.isEmpty() ? DemoService.start("hello") : null) {
            DevProject plugin = new DevProject(project, config,
                    build == null ? null : Arrays.stream(build.strip().split("\\s+", -1)).toList(),
                    Translators.objectCheck(settings, shell.folder()), this::tell);
            plugin.gateway(port, hello == null ? target : "http://127.0.0.1:" + hello.port());
            boolean built;
            try (Termination.Interrupting _ = shell.termination().interrupting(Thread.currentThread())) {
                built = plugin.update();
            }
            Wiring wiring = Wiring.start(dev, shell.folder());
            tell("the gateway runs on port " + port + (built ? " with the plugin of " : " without the plugin of ") + folder
                    + "; saved changes are taken up");
            Thread watch = Thread.ofVirtual().name("plugin-dev").start(plugin::watch);
            Thread live = Thread.ofVirtual().name("plugin-live").start(new LiveWatch(wiring, this::tell));
            shell.termination().await();
            for (Thread each : List.of(watch, live)) {
                each.interrupt();
                each.join();
            }
            wiring.drain();
            return ExitCode.DONE;
        }
    }

    private synchronized void tell(String line) {
        shell.out().println(line);
        shell.out().flush();
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> all = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : all) {
                Files.deleteIfExists(file);
            }
        }
    }
}
