package io.jigress.app;

import io.jigress.app.dubbo.DubboCommand;

import io.jigress.app.cert.CertCommand;
import io.jigress.app.check.CheckCommand;
import io.jigress.app.cli.CompletionCommand;
import io.jigress.app.cli.ExitCode;
import io.jigress.app.cli.Misunderstanding;
import io.jigress.app.cli.SettingsCommand;
import io.jigress.app.cli.Shell;
import io.jigress.app.demo.DemoCommand;
import io.jigress.app.explain.ExplainCommand;
import io.jigress.app.get.GetCommand;
import io.jigress.app.plugin.DevCommand;
import io.jigress.app.plugin.InstallCommand;
import io.jigress.app.plugin.NewCommand;
import io.jigress.app.plugin.PluginCommand;
import io.jigress.app.push.PushCommand;
import io.jigress.app.run.RunCommand;
import io.jigress.app.settings.ProgramVersion;
import io.jigress.app.train.TrainCommand;
import io.jigress.app.waf.WafCommand;
import io.jigress.app.waf.WafFetch;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/// The entry point: runs the command and ends with its exit code.
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        Shell shell = Shell.ofProcess();
        int status = ExitCode.FAILED;
        try {
            status = run(shell, arguments);
        } finally {
            shell.out().flush();
            shell.err().flush();
            shell.termination().finish(status);
        }
        System.exit(status);
    }

    /// Runs one command to its end.
    ///
    /// @return the exit code
    public static int run(Shell shell, String... arguments) {
        CommandLine line = new CommandLine(new Root(shell));
        line.addSubcommand(new RunCommand(shell));
        line.addSubcommand(new DemoCommand(shell));
        line.addSubcommand(new CheckCommand(shell));
        line.addSubcommand(new ExplainCommand(shell));
        line.addSubcommand(new GetCommand(shell));
        line.addSubcommand(new PushCommand(shell));
        line.addSubcommand(new DubboCommand(shell));
        line.addSubcommand(new SettingsCommand(shell));
        line.addSubcommand(new VersionCommand(shell));
        line.addSubcommand(new CompletionCommand(shell));
        line.addSubcommand(new TrainCommand(shell));
        line.addSubcommand(new CommandLine(new CertCommand(shell))
                .addSubcommand(new CertCommand.New(shell)).addSubcommand(new CertCommand.Show(shell)));
        line.addSubcommand(new CommandLine(new WafCommand(shell))
                .addSubcommand(new WafFetch(shell)).addSubcommand(new WafCommand.Test(shell))
                .addSubcommand(new WafCommand.Learn(shell)));
        line.addSubcommand(new CommandLine(new PluginCommand(shell))
                .addSubcommand(new PluginCommand.List(shell)).addSubcommand(new PluginCommand.Show(shell))
                .addSubcommand(new InstallCommand(shell)).addSubcommand(new NewCommand(shell))
                .addSubcommand(new DevCommand(shell)).addSubcommand(new NewCommand.Repository(shell)));
        line.setOut(new PrintWriter(shell.out(), true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(shell.err(), true, StandardCharsets.UTF_8));
        line.setParameterExceptionHandler((fault, _) -> {
            shell.complain(Misunderstanding.of(fault));
            return ExitCode.REFUSED;
        });
        return line.execute(arguments);
    }

    @Command(name = "jigress", mixinStandardHelpOptions = true, scope = ScopeType.INHERIT, versionProvider = Version.class, description = "A cloud-native gateway. To begin: jigress demo")
    private static final class Root implements Callable<Integer> {
        private final Shell shell;

        @Spec private CommandSpec spec = CommandSpec.create();

        Root(Shell shell) {
            this.shell = shell;
        }

        @Override
        public Integer call() {
            spec.commandLine().usage(shell.out());
            return ExitCode.REFUSED;
        }
    }

    private static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() { return new String[] {"jigress " + ProgramVersion.text()}; }
    }

    @Command(name = "version", description = "Shows the version of the program and of Java.")
    private static final class VersionCommand implements Callable<Integer> {
        private final Shell shell;

        VersionCommand(Shell shell) {
            this.shell = shell;
        }

        @Override
        public Integer call() {
            shell.out().println("jigress " + ProgramVersion.text() + ", Java " + java.lang.Runtime.version());
            return ExitCode.DONE;
        }
    }
}
