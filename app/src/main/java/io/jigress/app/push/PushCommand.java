package io.jigress.app.push;

import io.jigress.app.cli.ExitCode;
import io.jigress.app.cli.SettingsOptions;
import io.jigress.app.cli.Shell;
import io.jigress.app.settings.Settings;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `jigress push DIR URL`: writes the files of a folder to a Nacos server, and the index that names them.
@Command(name = "push", description = "Writes a folder of configuration to a Nacos server, from which gateways with --source URL read it.")
public final class PushCommand implements Callable<Integer> {
    private final Shell shell;

    @Parameters(index = "0", paramLabel = "DIR", description = "The folder.") private String folder = "";

    @Parameters(index = "1", paramLabel = "URL", description = "nacos://HOST:PORT, and maybe ?namespace=ID&group=GROUP.") private String url = "";

    @Option(names = "--dry-run", description = "Only shows what would be written.") private boolean dryRun;

    @Option(names = "--force", description = "Writes a folder that has errors, too.") private boolean force;

    @Mixin private SettingsOptions options = new SettingsOptions();

    public PushCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        Optional<Settings> settings = options.read(shell);
        return settings.isEmpty() ? ExitCode.REFUSED : new NacosPush(shell, folder, dryRun, force).to(url, settings.get());
    }
}
