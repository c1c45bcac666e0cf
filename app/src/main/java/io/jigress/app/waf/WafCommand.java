package io.jigress.app.waf;

import io.jigress.admin.PrettyJson;
import io.jigress.api.Json;
import io.jigress.app.cli.ExitCode;
import io.jigress.app.cli.Output;
import io.jigress.app.cli.SettingsOptions;
import io.jigress.app.cli.Shell;
import io.jigress.app.explain.Question;
import io.jigress.app.explain.WafVerdict;
import io.jigress.app.settings.Settings;
import io.jigress.app.translate.Filters;
import io.jigress.control.JsonParser;
import io.jigress.waf.filter.WafLearner;
import io.jigress.waf.filter.WafTrial;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `jigress waf`: tools for the filter `waf`.
@Command(name = "waf", description = "Tries rules of the web application firewall, and proposes exclusions.")
public final class WafCommand implements Callable<Integer> {
    private final Shell shell;

    @Spec private CommandSpec spec = CommandSpec.create();

    public WafCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(shell.out());
        return ExitCode.REFUSED;
    }

    /// `jigress waf test GET URL`.
    @Command(name = "test", description = "Judges a request with the Core Rule Set of the setting waf.crs. Exit code 1 when it is blocked.")
    public static final class Test implements Callable<Integer> {
        private final Shell shell;

        @Parameters(index = "0", paramLabel = "METHOD", description = "Such as GET.") private String method = "";

        @Parameters(index = "1", paramLabel = "URL", description = "Such as http://shop.example/cart?id=1.") private String url = "";

        @Option(names = "-H", paramLabel = "'NAME: VALUE'", description = "A header; may be given several times.") private List<String> headers = List
                .of();

        @Option(names = "-d", paramLabel = "TEXT", description = "The body.") private String body = "";

        @Option(names = "--paranoia", paramLabel = "LEVEL", description = "1 (the default) to 4.") private int level = 1;

        @Option(names = "-o", paramLabel = "json", description = "json: for programs.") private String output = "";

        @Mixin private SettingsOptions options = new SettingsOptions();

        public Test(Shell shell) {
            this.shell = shell;
        }

        @Override
        public Integer call() {
            Optional<Settings> settings = options.read(shell);
            if (settings.isEmpty() || !Output.valid(output, shell)) {
                return ExitCode.REFUSED;
            }
            Question.Read read = Question.read(method, url, headers);
            String fault = read.fault();
            if (fault != null) {
                shell.complain(fault);
                return ExitCode.REFUSED;
            }
            Json config = Json.object().put("useCRS", true).put("paranoiaLevel", level).build();
            int held = Filters.heldBytes(settings.get());
            return switch (WafTrial.of(config, Filters.coreRuleSet(settings.get(), shell.folder()), held)) {
                case WafTrial.Result.Faulty(var faults) -> {
                    faults.forEach(shell::complain);
                    yield ExitCode.REFUSED;
                }
                case WafTrial.Result.Ready(var trial) -> {
                    Json.Obj verdict = WafVerdict.of(trial, read.question(), body);
                    shell.out().print(Output.isJson(output) ? PrettyJson.print(verdict) + "\n" : WafVerdict.text(verdict));
                    shell.out().flush();
                    yield WafVerdict.isBlocked(verdict) ? ExitCode.FAILED : ExitCode.DONE;
                }
            };
        }
    }

    /// `jigress waf learn FILE`.
    @Command(name = "learn", description = "Proposes exclusions, for review, from an audit log of requests that were no attacks.")
    public static final class Learn implements Callable<Integer> {
        private final Shell shell;

        @Parameters(paramLabel = "FILE", description = "The audit log (the setting waf.audit.log).") private String file = "";

        @Option(names = "--clients", paramLabel = "NUMBER", description = "From how many clients a match must come. 3 by default.") private int clients = 3;

        @Option(names = "--first-id", paramLabel = "NUMBER", description = "The id of the first rule. 10000 by default.") private long firstId = 10_000;

        public Learn(Shell shell) {
            this.shell = shell;
        }

        @Override
        public Integer call() {
            WafLearner learner = new WafLearner();
            long broken = 0;
            Path path = shell.path(file);
            try (BufferedReader lines = Files.newBufferedReader(path, StandardCharsets.UTF_8)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    Json.@Nullable Obj entry = entry(line);
                    if (entry == null) {
                        broken++;
                    } else {
                        learner.add(entry);
                    }
                }
            } catch (IOException e) {
                shell.complain("the file " + file + " cannot be read: " + e);
                return ExitCode.REFUSED;
            }
            List<String> proposals = learner.proposals(clients, firstId);
            proposals.forEach(shell.out()::println);
            shell.out().flush();
            if (proposals.isEmpty()) {
                shell.complain(
                        "nothing is proposed: no rule matched the same argument of the same path from " + clients + " clients");
            }
            if (learner.skipped() + broken > 0) {
                shell.complain(learner.skipped() + " matches and " + broken
                        + " lines were left out: no single argument, a name that is not plain, or no JSON");
            }
            return ExitCode.DONE;
        }

        private static Json.@Nullable Obj entry(String line) {
            return switch (JsonParser.parse(line.getBytes(StandardCharsets.UTF_8))) {
                case JsonParser.Result.Parsed(Json.Obj entry) -> entry;
                case JsonParser.Result.Parsed _,JsonParser.Result.Broken _ -> null;
            };
        }
    }
}
