package io.jigress.app.plugin;

import io.jigress.admin.PrettyJson;
import io.jigress.app.cli.ExitCode;
import io.jigress.app.cli.Output;
import io.jigress.app.cli.SettingsOptions;
import io.jigress.app.cli.Shell;
import io.jigress.app.market.Market;
import io.jigress.app.market.PluginEntry;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import io.jigress.control.Printable;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `jigress plugin`.
@Command(name = "plugin", description = "Lists, shows and installs plugins; writes the project of a new one, and runs a gateway with it.")
public final class PluginCommand implements Callable<Integer> {
    private final Shell shell;

    @Spec private CommandSpec spec = CommandSpec.create();

    public PluginCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(shell.out());
        return ExitCode.REFUSED;
    }

    /// The flag for indexes, and the settings.
    static final class Indexes {
        @Option(names = "--index", paramLabel = "INDEX", description = "An index besides the built-in one, and before it: a folder, a file, a URL or an image. Short for --set plugins.indexes=INDEX.") private @Nullable String index;

        @Mixin private SettingsOptions options = new SettingsOptions();

        Optional<Settings> settings(Shell shell, SettingsOptions.Flag... more) {
            SettingsOptions.Flag[] flags = java.util.Arrays.copyOf(more, more.length + 1);
            flags[more.length] = new SettingsOptions.Flag(KnownSettings.PLUGINS_INDEXES, "--index", index);
            return options.read(shell, flags);
        }

        /// The plugin of a name: that of `--index` before a built-in filter, since who names an index means what it lists. Without the flag the first one, and
        /// others of this name are told of.
        Optional<PluginEntry> find(Market market, String name, Shell shell) {
            var named = market.plugins().stream().filter(each -> each.name().equals(name)).toList();
            Optional<PluginEntry> own = index == null
                    ? Optional.empty()
                    : named.stream().filter(each -> each.kind() != PluginEntry.Kind.BUILTIN).findFirst();
            if (own.isEmpty() && named.size() > 1) {
                shell.complain("the plugin " + name + " is that of the index " + named.getFirst().index() + "; of the same name: "
                        + named.stream().skip(1).map(each -> "that of " + each.index()).collect(Collectors.joining(", "))
                        + " (--index INDEX takes that of an index)");
            }
            return own.or(() -> named.stream().findFirst());
        }

        /// Reads the indexes and reports their problems.
        static Market market(Settings settings, Shell shell) {
            Market market = Market.load(settings, shell.folder());
            market.problems().forEach(shell::complain);
            return market;
        }
    }

    /// `jigress plugin list`.
    @Command(name = "list", description = "Lists the built-in filters, and the plugins of the indexes of the setting plugins.indexes. Exit code 1 when an index has errors.")
    public static final class List implements Callable<Integer> {
        private final Shell shell;

        @Option(names = "-o", paramLabel = "json", description = "json: for programs.") private String output = "";

        @Mixin private Indexes indexes = new Indexes();

        public List(Shell shell) {
            this.shell = shell;
        }

        @Override
        public Integer call() {
            Optional<Settings> settings = indexes.settings(shell);
            if (settings.isEmpty() || !Output.valid(output, shell)) {
                return ExitCode.REFUSED;
            }
            Market market = Indexes.market(settings.get(), shell);
            // JSON has control characters in strings only, where an escape is the same.
            shell.out().print(Output.isJson(output)
                    ? Printable.lines(PrettyJson.print(market.json(false))) + "\n"
                    : PluginText.list(market.plugins()));
            shell.out().flush();
            return market.problems().isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
        }
    }

    /// `jigress plugin show NAME`.
    @Command(name = "show", description = "Shows a plugin: its fields, examples and documentation.")
    public static final class Show implements Callable<Integer> {
        private final Shell shell;

        @Parameters(paramLabel = "NAME", description = "As jigress plugin list shows it.") private String name = "";

        @Option(names = "--docs", paramLabel = "en|zh", description = "Prints its documentation: en or zh.") private @Nullable String docs;

        @Option(names = "-o", paramLabel = "json", description = "json: for programs.") private String output = "";

        @Mixin private Indexes indexes = new Indexes();

        public Show(Shell shell) {
            this.shell = shell;
        }

        @Override
        public Integer call() {
            Optional<Settings> settings = indexes.settings(shell);
            if (settings.isEmpty() || !Output.valid(output, shell)) {
                return ExitCode.REFUSED;
            }
            if (docs != null && !docs.equals("en") && !docs.equals("zh")) {
                shell.complain("--docs is \"" + docs + "\" (expected: en or zh)");
                return ExitCode.REFUSED;
            }
            Market market = Indexes.market(settings.get(), shell);
            Optional<PluginEntry> entry = indexes.find(market, name, shell);
            if (entry.isEmpty()) {
                shell.complain(market.unknown(name));
                return ExitCode.FAILED;
            }
            String text = docs == null ? "" : docs.equals("en") ? entry.get().about().docs().en()
                    : entry.get().about().docs().zh();
            if (docs != null && text.isEmpty()) {
                shell.complain("the plugin " + name + " has no documentation in the language " + docs);
                return ExitCode.FAILED;
            }
            shell.out().print(docs != null ? Printable.lines(text.stripTrailing()) + "\n"
                    : Output.isJson(output) ? Printable.lines(PrettyJson.print(entry.get().json())) + "\n"
                    : PluginText.of(entry.get()));
            shell.out().flush();
            return ExitCode.DONE;
        }
    }
}
