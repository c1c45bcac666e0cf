package io.jigress.app.explain;

import io.jigress.admin.PrettyJson;
import io.jigress.api.Json;
import io.jigress.app.cli.ExitCode;
import io.jigress.app.cli.Output;
import io.jigress.app.cli.SettingsOptions;
import io.jigress.app.cli.Shell;
import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.ProxyMapping;
import io.jigress.app.settings.Settings;
import io.jigress.app.sources.Directories;
import io.jigress.app.sources.Reading;
import io.jigress.app.sources.SourceOptions;
import io.jigress.app.translate.DubboMappings;
import io.jigress.app.translate.Filters;
import io.jigress.app.translate.Translators;
import io.jigress.control.JsonParser;
import io.jigress.control.Problem.Severity;
import io.jigress.control.ServiceDirectory;
import io.jigress.proxy.Explainer;
import io.jigress.proxy.StreamExplainer;
import io.jigress.sources.folder.FolderSource;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `jigress explain GET URL`: explains the routing of a request in a folder, in clusters or in a running gateway; `jigress explain tcp ADDRESS:PORT` that of
/// a connection.
@Command(name = "explain", description = "Shows how a request would be routed, and why, without sending it; or a connection, with tcp, tls or udp in place of the method.")
public final class ExplainCommand implements Callable<Integer> {
    private final Shell shell;

    @Option(names = "--config", paramLabel = "DIR", description = "Explains by the configuration in this folder.") private @Nullable String folder;

    @Option(names = "--admin", paramLabel = "URL", description = "Asks a running gateway on its admin port, such as http://localhost:8001.") private @Nullable String admin;

    @Parameters(index = "0", paramLabel = "METHOD", description = "Such as GET; or tcp, tls or udp.") private String method = "";

    @Parameters(index = "1", paramLabel = "URL", description = "Such as http://shop.example/cart?id=1; for tcp, tls and udp ADDRESS:PORT or :PORT.") private String url = "";

    @Option(names = "-H", paramLabel = "'NAME: VALUE'", description = "A header; may be given several times.") private List<String> headers = List
            .of();

    @Option(names = "--sni", paramLabel = "NAME", description = "The server name of the TLS handshake; with tls.") private String serverName = "";

    @Option(names = "-o", paramLabel = "json", description = "json: for programs.") private String output = "";

    @Option(names = "--waf", description = "Also shows what the rules of the web application firewall make of the request; with --config.") private boolean waf;

    @Option(names = "-d", paramLabel = "TEXT", description = "The body of the request, for --waf.") private String body = "";

    @Mixin private SourceOptions sources = new SourceOptions();

    @Mixin private SettingsOptions options = new SettingsOptions();

    public ExplainCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        try {
            return explain();
        } catch (CannotStart e) {
            shell.complain(e.why());
            return ExitCode.REFUSED;
        }
    }

    private int explain() throws CannotStart {
        Optional<Settings> settings = options.read(shell, sources.flag());
        if (settings.isEmpty() || !Output.valid(output, shell)) {
            return ExitCode.REFUSED;
        }
        if (StreamQuestion.isProtocol(method)) {
            return explainStream(settings.get());
        }
        Question.Read read = Question.read(method, url, headers);
        String fault = read.fault() != null ? read.fault() : places();
        if (fault == null && !serverName.isEmpty()) {
            fault = "--sni is given for a request (expected: tls in place of the method, or no --sni)";
        }
        if (fault != null) {
            shell.complain(fault);
            return ExitCode.REFUSED;
        }
        Optional<Json> explanation = admin != null
                ? ofGateway(admin, new AdminClient(admin).explain(method, url, headers))
                : ofReading(settings.get(), reading -> ofReading(settings.get(), reading, read.question()));
        if (explanation.isEmpty()) {
            return ExitCode.REFUSED;
        }
        shell.out().print(
                Output.isJson(output)
                        ? PrettyJson.print(explanation.get()) + "\n"
                        : ExplanationText.of(explanation.get()) + WafExplanation.text(explanation.get()));
        shell.out().flush();
        return ExitCode.DONE;
    }

    private int explainStream(Settings settings) throws CannotStart {
        StreamQuestion.Read read = StreamQuestion.read(method, url, serverName);
        String fault = read.fault() != null ? read.fault() : places();
        if (fault == null && (waf || !headers.isEmpty() || !body.isEmpty())) {
            fault = "-H, -d or --waf is given for " + method
                    + ", which has no requests (expected: a method such as GET, or none of them)";
        }
        if (fault != null) {
            shell.complain(fault);
            return ExitCode.REFUSED;
        }
        StreamQuestion question = read.question();
        Optional<Json> explanation = admin != null
                ? ofGateway(admin, new AdminClient(admin).explain(question.protocol(), url, serverName))
                : ofReading(settings, reading -> ofReading(settings, reading, question));
        if (explanation.isEmpty()) {
            return ExitCode.REFUSED;
        }
        shell.out().print(Output.isJson(output)
                ? PrettyJson.print(explanation.get()) + "\n"
                : ExplanationText.of(explanation.get()));
        shell.out().flush();
        return ExitCode.DONE;
    }

    /// What is wrong with the place of the configuration; null when there is one.
    private @Nullable String places() {
        int places = (folder == null ? 0 : 1) + (admin == null ? 0 : 1) + (sources.isGiven() ? 1 : 0);
        return places == 1
                ? null
                : "none or several of a folder, sources and an admin port are given (expected: one of --config DIR, --source URL, "
                        + "--admin URL)";
    }

    /// Explains by what is read from a configuration.
    private interface Explaining {
        Json of(Reading reading) throws CannotStart;
    }

    private Optional<Json> ofReading(Settings settings, Explaining explaining) throws CannotStart {
        if (folder == null) {
            Reading reading = Reading.of(settings, shell.folder(), Translators.of(settings, shell.folder()));
            complain(reading, "the configuration", "");
            return Optional.of(explaining.of(reading));
        }
        Path path = shell.path(folder);
        Optional<String> obstacle = FolderSource.obstacle(path);
        if (obstacle.isPresent()) {
            shell.complain("the folder " + folder + " " + obstacle.get());
            return Optional.empty();
        }
        Reading reading = Reading.of(path, Translators.of(settings, shell.folder()));
        complain(reading, "the folder", " " + folder);
        return Optional.of(explaining.of(reading));
    }

    /// @param argument of `check`, which shows the errors
    private void complain(Reading reading, String what, String argument) {
        int errors = reading.count(Severity.ERROR);
        if (errors > 0) {
            shell.complain(what + " has " + errors + (errors == 1 ? " error" : " errors") + ", which `jigress check" + argument
                    + "` shows; this is about what is left");
        }
    }

    private Json ofReading(Settings settings, Reading reading, StreamQuestion question) throws CannotStart {
        DubboMappings dubbo = DubboMappings.of(reading.resources());
        Json explanation = StreamExplainer.explain(dubbo.protocols(ProxyMapping.of(settings, shell.folder())),
                new Directories(Map.of(ServiceDirectory.NAME, reading.directory())), ProxyMapping.of(settings, shell.folder()),
                reading.translation().config(), question.protocol(), question.address(), question.port(), question.serverName());
        return Explanation.placed(explanation, reading.resources(), reading.problems(), reading.places(), null, dubbo);
    }

    private Json ofReading(Settings settings, Reading reading, Question question) throws CannotStart {
        DubboMappings dubbo = DubboMappings.of(reading.resources());
        Json explanation = Explainer.explain(Filters.ofChecks(settings, shell.folder()),
                dubbo.protocols(ProxyMapping.of(settings, shell.folder())),
                new Directories(Map.of(ServiceDirectory.NAME, reading.directory())),
                ProxyMapping.of(settings, shell.folder()),
                reading.translation().config(), "", question.method(), question.scheme(), question.authority(), question.target(),
                question.headers());
        if (waf) {
            explanation = WafExplanation.add(explanation, reading.resources(), question, body,
                    Filters.coreRuleSet(settings, shell.folder()), Filters.heldBytes(settings));
        }
        return Explanation.placed(explanation, reading.resources(), reading.problems(), reading.places(), null, dubbo);
    }

    private Optional<Json> ofGateway(String port, AdminClient.Answer answer) {
        if (answer.status() == 0) {
            shell.complain(answer.body());
            return Optional.empty();
        }
        return switch (JsonParser.parse(answer.body().getBytes(StandardCharsets.UTF_8))) {
            case JsonParser.Result.Parsed(Json json) when answer.status() == 200 -> Optional.of(json);
            case JsonParser.Result.Parsed _,JsonParser.Result.Broken _ -> {
                shell.complain("the admin port " + port + " answered " + answer.status() + ": " + answer.body().strip());
                yield Optional.empty();
            }
        };
    }
}
