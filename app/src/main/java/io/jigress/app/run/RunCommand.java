package io.jigress.app.run;

import io.jigress.app.cli.DirectMemory;
import io.jigress.app.cli.ExitCode;
import io.jigress.app.cli.SettingsOptions;
import io.jigress.app.cli.Shell;
import io.jigress.app.cli.Termination;
import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import io.jigress.app.sources.Sources;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `jigress run`: runs a gateway until the process receives a signal to end.
@Command(name = "run", description = "Runs a gateway: on a folder of Kubernetes YAML, or in front of one upstream.")
public final class RunCommand implements Callable<Integer> {
    private static final Logger log = LoggerFactory.getLogger(RunCommand.class);

    private final Shell shell;

    @Option(names = "--config", paramLabel = "DIR", description = "The folder of configuration; saving a file applies it. Short for --source folder:DIR.") private @Nullable String folder;

    @Option(names = "--source", paramLabel = "URL", description = "Where resources come from: folder:DIR, kubernetes:, kubernetes:CONTEXT or nacos://HOST:PORT?namespace=ID&group=GROUP; may be given several times, the first wins. CLUSTER=URL names the cluster of its objects.") private List<String> sources = List
            .of();

    @Option(names = "--to", paramLabel = "URL", description = "Instead of a folder: the upstream that everything goes to.") private @Nullable String to;

    @Option(names = "--admin", paramLabel = "ADDRESS", description = "Short for --set admin.address=ADDRESS.") private @Nullable String admin;

    @Mixin private SettingsOptions options = new SettingsOptions();

    public RunCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        Optional<Settings> settings = options.read(shell, flags());
        if (settings.isEmpty()) {
            return ExitCode.REFUSED;
        }
        boolean hasSource = !Sources.names(settings.get()).isEmpty();
        boolean hasUpstream = !settings.get().value(KnownSettings.CONFIG_TO).isEmpty();
        if (hasSource == hasUpstream) {
            shell.complain(hasSource
                    ? "both a source and an upstream are given (expected: --config DIR, --source URL or --to URL)"
                    : "neither a source nor an upstream is given (expected: --config DIR, --source URL or --to URL)");
            return ExitCode.REFUSED;
        }
        return run(settings.get());
    }

    private SettingsOptions.Flag[] flags() {
        return new SettingsOptions.Flag[] {new SettingsOptions.Flag(KnownSettings.CONFIG_FOLDER, "--config", folder),
            new SettingsOptions.Flag(KnownSettings.CONFIG_SOURCES, "--source",
                    sources.isEmpty() ? null : String.join(",", sources)),
            new SettingsOptions.Flag(KnownSettings.CONFIG_TO, "--to", to),
            new SettingsOptions.Flag(KnownSettings.ADMIN_ADDRESS, "--admin", admin)};
    }

    private int run(Settings settings) {
        try {
            DirectMemory.limit(settings, shell.machine());
            Wiring wiring = start(shell, settings);
            shell.hangUp().accept(() -> reload(wiring));
            wiring.adminAddress().ifPresent(
                    address -> log.info("admin port on http://{}:{}/", address.getAddress().getHostAddress(), address.getPort()));
            if (wiring.isWarming()) {
                log.info(
                        "ready, but for routes that wait for endpoints or filters: /readyz answers 503 until these are there, at most for {}",
                        settings.text(KnownSettings.WARM_TIMEOUT));
            } else {
                log.info("ready");
            }
            shell.termination().await();
            wiring.drain();
            return ExitCode.DONE;
        } catch (CannotStart e) {
            if (shell.termination().isRequested()) {
                return ExitCode.DONE;
            }
            shell.complain(e.why());
            return ExitCode.REFUSED;
        }
    }

    private void reload(Wiring wiring) {
        Consumer<String> complain = fault -> log.error("{}; the settings stay as they were", fault);
        options.read(shell, complain, flags()).ifPresent(wiring::reload);
    }

    /// A start may wait for an API server without a limit; a request to end the process interrupts it.
    private static Wiring start(Shell shell, Settings settings) throws CannotStart {
        Termination.Interrupting interrupting = shell.termination().interrupting(Thread.currentThread());
        try (interrupting) {
            return Wiring.start(settings, shell.folder());
        }
    }
}
