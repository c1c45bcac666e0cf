package io.jigress.app.plugin;

import io.jigress.app.cli.ExitCode;
import io.jigress.app.cli.SettingsOptions;
import io.jigress.app.cli.Shell;
import io.jigress.app.market.Downloads;
import io.jigress.app.market.Market;
import io.jigress.app.market.PluginEntry;
import io.jigress.app.plugin.Installation.Target;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import io.jigress.app.translate.Translators;
import io.jigress.control.DnsName;
import io.jigress.control.Printable;
import io.jigress.control.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `jigress plugin install NAME`.
@Command(name = "install", description = "Writes a plugin of an index into the folder of the configuration: a Plugin with its script, or with the URL and checksum of its module.")
public final class InstallCommand implements Callable<Integer> {
    private final Shell shell;

    @Parameters(paramLabel = "NAME", description = "As jigress plugin list shows it.") private String name = "";

    @Option(names = "--config", paramLabel = "DIR", description = "The folder. Short for --set config.folder=DIR.") private @Nullable String folder;

    @Option(names = "--as", paramLabel = "NAME", description = "The name of the Plugin (default: that of the plugin).") private @Nullable String as;

    @Option(names = {"-n",
        "--namespace"}, paramLabel = "NAMESPACE", description = "The namespace of the Plugin (default: ${DEFAULT-VALUE}).") private String namespace = "default";

    @Option(names = "--target", paramLabel = "KIND/NAME", description = "What it is for, such as HTTPRoute/shop; may be given several times.") private List<String> targets = List
            .of();

    @Option(names = "--dry-run", description = "Prints what would be written, and writes nothing.") private boolean dryRun;

    @Option(names = "--force", description = "Replaces files that are there.") private boolean force;

    @Mixin private PluginCommand.Indexes indexes = new PluginCommand.Indexes();

    public InstallCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        Optional<Settings> settings = indexes.settings(shell,
                new SettingsOptions.Flag(KnownSettings.CONFIG_FOLDER, "--config", folder));
        if (settings.isEmpty()) {
            return ExitCode.REFUSED;
        }
        String to = settings.get().value(KnownSettings.CONFIG_FOLDER);
        if (to.isEmpty()) {
            shell.complain("no folder is given (expected: --config DIR)");
            return ExitCode.REFUSED;
        }
        List<Target> read = new ArrayList<>();
        for (String text : targets) {
            Target target = Target.of(text);
            if (target == null) {
                shell.complain(
                        "--target is \"" + text + "\" (expected: Gateway/NAME, HTTPRoute/NAME, GRPCRoute/NAME or Ingress/NAME)");
                return ExitCode.REFUSED;
            }
            read.add(target);
        }
        if (as != null && !DnsName.isSubdomain(as)) {
            shell.complain("--as is \"" + as + "\" (expected: lower-case letters, digits, hyphens and dots)");
            return ExitCode.REFUSED;
        }
        if (!DnsName.isLabel(namespace)) {
            shell.complain("--namespace is \"" + namespace + "\" (expected: lower-case letters, digits and hyphens, at most 63)");
            return ExitCode.REFUSED;
        }
        Market market = PluginCommand.Indexes.market(settings.get(), shell);
        Optional<PluginEntry> plugin = indexes.find(market, name, shell);
        if (plugin.isEmpty()) {
            shell.complain(market.unknown(name));
            return ExitCode.FAILED;
        }
        Path path = shell.path(to);
        if (!Files.isDirectory(path)) {
            shell.complain("the folder " + to + " is missing");
            return ExitCode.REFUSED;
        }
        try {
            return install(settings.get(),
                    Installation.of(plugin.get(), new Installation.Place(path, namespace, as == null ? name : as, read),
                            Downloads.of(settings.get(), shell.folder())),
                    plugin.get());
        } catch (IOException e) {
            shell.complain("the plugin " + name + " is not installed: " + e.getMessage());
            return ExitCode.FAILED;
        }
    }

    private int install(Settings settings, Installation installation, PluginEntry plugin) throws IOException {
        List<Path> conflicts = installation.conflicts();
        if (!conflicts.isEmpty() && !force && !dryRun) {
            conflicts.forEach(file -> shell.complain(file + " is there already; nothing was written (--force replaces it)"));
            return ExitCode.FAILED;
        }
        if (!dryRun) {
            installation.write();
        }
        installation.files().forEach((file, bytes) -> {
            shell.out().println((dryRun ? "would write " : "wrote ") + file + ": " + (Installation.isManifest(file)
                    ? "Plugin " + namespace + "/" + (as == null ? name : as) + ", " + plugin.kind().word() + ", version "
                            + Printable.line(plugin.id().version())
                    : bytes.length + " bytes, sha256 " + Market.sha256(bytes)));
            if (dryRun && Installation.isManifest(file)) {
                shell.out().print(Printable.lines(new String(bytes, StandardCharsets.UTF_8)));
            }
        });
        shell.out().flush();
        installation.notes().forEach(shell::complain);
        List<Problem> problems = installation.problems(Translators.objectCheck(settings, shell.folder()));
        problems.forEach(problem -> shell.complain(problem.toString()));
        return problems.isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
    }
}
