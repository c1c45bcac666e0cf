package io.jigress.app.demo;

import io.jigress.app.cli.DirectMemory;
import io.jigress.app.cli.ExitCode;
import io.jigress.app.cli.SettingsOptions;
import io.jigress.app.cli.Shell;
import io.jigress.app.run.Wiring;
import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `jigress demo`: a gateway with two upstream services and a folder of samples, to try things out.
@Command(name = "demo", description = "Starts a gateway with two services and a folder of samples, and prints what to try.")
public final class DemoCommand implements Callable<Integer> {
    private final Shell shell;

    @Option(names = "--config", paramLabel = "DIR", description = "The folder of the samples: new, empty, or that of an earlier demo, whose edits stay (default: ${DEFAULT-VALUE}).") private String folder = "jigress-demo";

    @Option(names = "--admin", paramLabel = "ADDRESS", description = "Short for --set admin.address=ADDRESS.") private @Nullable String admin;

    @Mixin private SettingsOptions options = new SettingsOptions();

    public DemoCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        Optional<Settings> settings = options.read(shell,
                new SettingsOptions.Flag(KnownSettings.ADMIN_ADDRESS, "--admin", admin));
        if (settings.isEmpty()) {
            return ExitCode.REFUSED;
        }
        Settings demo = settings.get().with(KnownSettings.CONFIG_FOLDER, folder, "demo");
        if (demo.source(KnownSettings.LOG_LEVEL).equals("default")) {
            demo = demo.with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "demo");
        }
        try (DemoFolder samples = DemoFolder.open(shell.path(folder));
                DemoService blue = DemoService.start("blue");
                DemoService green = DemoService.start("green")) {
            DirectMemory.limit(demo, shell.machine());
            int port = demo.value(KnownSettings.PORTS_HTTP);
            samples.write(port, blue, green);
            Wiring wiring = start(demo, samples);
            shell.out().print("\n" + DemoText.of(folder, port,
                    wiring.adminAddress().map(address -> "--admin http://localhost:" + address.getPort())
                            .orElse("--config " + folder)));
            shell.out().flush();
            shell.termination().await();
            wiring.drain();
            return ExitCode.DONE;
        } catch (DemoFolder.Refused e) {
            shell.complain("the folder " + folder + " " + e.getMessage());
            return ExitCode.REFUSED;
        } catch (CannotStart e) {
            shell.complain(e.why());
            return ExitCode.REFUSED;
        } catch (IOException e) {
            shell.complain("the demo cannot be set up: " + e);
            return ExitCode.REFUSED;
        }
    }

    /// When the demo cannot start, the folder is left unchanged.
    private Wiring start(Settings demo, DemoFolder samples) throws CannotStart, IOException {
        boolean started = false;
        try {
            Wiring wiring = Wiring.start(demo, shell.folder());
            started = true;
            return wiring;
        } finally {
            if (!started) {
                samples.undo();
            }
        }
    }
}
