package io.jigress.app.dubbo;

import io.jigress.app.explain.AdminClient;
import io.jigress.app.translate.DubboMappings;
import io.jigress.app.cli.ExitCode;
import io.jigress.app.sources.Reading;
import io.jigress.app.cli.Output;
import io.jigress.app.cli.SettingsOptions;
import io.jigress.app.cli.Shell;
import io.jigress.app.translate.Translators;

import io.jigress.admin.PrettyJson;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.app.settings.Settings;
import io.jigress.control.JsonParser;
import io.jigress.sources.folder.FolderSource;
import java.nio.charset.StandardCharsets;
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

/// `jigress dubbo list|describe|openapi|call`: shows and calls the Dubbo services of a folder or of a running gateway.
@Command(name = "dubbo", description = "Shows Dubbo services as they are mapped to HTTP, and calls them.")
public final class DubboCommand implements Callable<Integer> {
    private static final String ACTIONS = "list, describe NAME, openapi NAME, or call NAME METHOD TARGET";

    private final Shell shell;

    @Parameters(index = "0", paramLabel = "ACTION", description = "list, describe NAME, openapi NAME, or call NAME METHOD TARGET.") private String action = "";

    @Parameters(index = "1..*", paramLabel = "WORDS", description = "NAME is namespace/name of a DubboService; METHOD and TARGET are those of a request, such as GET /orders/7.") private List<String> words = List
            .of();

    @Option(names = "--config", paramLabel = "DIR", description = "Uses the configuration in this folder; call calls the provider from this machine.") private @Nullable String folder;

    @Option(names = "--admin", paramLabel = "URL", description = "Asks a running gateway on its admin port, such as http://localhost:8001.") private @Nullable String admin;

    @Option(names = "-d", paramLabel = "JSON", description = "The body of a call.") private String body = "";

    @Option(names = "-H", paramLabel = "'NAME: VALUE'", description = "A header of a call; may be given several times.") private List<String> headers = List
            .of();

    @Option(names = "-o", paramLabel = "json", description = "json: for programs.") private String output = "";

    @Mixin private SettingsOptions options = new SettingsOptions();

    public DubboCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        Optional<Settings> settings = options.read(shell);
        if (settings.isEmpty() || !Output.valid(output, shell)) {
            return ExitCode.REFUSED;
        }
        String fault = fault();
        if (fault != null) {
            shell.complain(fault);
            return ExitCode.REFUSED;
        }
        if (action.equals("call")) {
            return new DubboCall(shell, settings.get(), shell.path(String.valueOf(folder)), words.getFirst())
                    .run(words.get(1), words.get(2), headers, body);
        }
        Optional<Json> answer = admin != null ? ofGateway(admin) : ofFolder(settings.get(), shell.path(String.valueOf(folder)));
        if (answer.isEmpty()) {
            return ExitCode.REFUSED;
        }
        return print(answer.get());
    }

    private @Nullable String fault() {
        int expected = switch (action) {
            case "list" -> 0;
            case "describe", "openapi" -> 1;
            case "call" -> 3;
            default -> -1;
        };
        if (expected < 0) {
            return "the action is \"" + action + "\" (expected: " + ACTIONS + ")";
        }
        if (words.size() != expected) {
            return action + " has " + words.size() + " words after it (expected: " + ACTIONS + ")";
        }
        if (action.equals("call") && folder == null) {
            return "call needs --config DIR, the folder whose DubboService is called";
        }
        if ((folder == null) == (admin == null)) {
            return "neither or both of a folder and an admin port are given (expected: either --config DIR or --admin URL)";
        }
        Path path = folder == null ? null : shell.path(folder);
        Optional<String> obstacle = path == null ? Optional.empty() : FolderSource.obstacle(path);
        return obstacle.map(why -> "the folder " + folder + " " + why).orElse(null);
    }

    private Optional<Json> ofFolder(Settings settings, Path path) {
        DubboMappings mappings = DubboMappings.of(Reading.of(path, Translators.of(settings, shell.folder())).resources());
        Json answer = action.equals("openapi") ? mappings.openApi(words.getFirst()) : mappings.json();
        if (answer == null) {
            shell.complain("there is no valid DubboService " + words.getFirst() + " in " + folder
                    + " (expected: namespace/name; `jigress dubbo list` shows them, `jigress check` what is wrong)");
        }
        return Optional.ofNullable(answer);
    }

    private Optional<Json> ofGateway(String port) {
        AdminClient client = new AdminClient(port);
        AdminClient.Answer answer = action.equals("openapi") ? client.openApi(words.getFirst()) : client.dubbo();
        if (answer.status() == 200
                && JsonParser
                        .parse(answer.body().getBytes(StandardCharsets.UTF_8)) instanceof JsonParser.Result.Parsed(Json json)) {
            return Optional.of(json);
        }
        shell.complain(answer.status() == 0
                ? answer.body()
                : "the admin port " + port + " answered " + answer.status() + ": " + answer.body().strip());
        return Optional.empty();
    }

    private int print(Json answer) {
        if (action.equals("openapi")) {
            shell.out().print(PrettyJson.print(answer) + "\n");
            return ExitCode.DONE;
        }
        List<JsonReader> services = new ArrayList<>(JsonReader.of("", answer).objects("services"));
        if (action.equals("describe")) {
            String full = words.getFirst().contains("/") ? words.getFirst() : "default/" + words.getFirst();
            services.removeIf(service -> !name(service).equals(full));
            if (services.isEmpty()) {
                shell.complain("there is no valid DubboService " + full + " (`jigress dubbo list` shows them)");
                return ExitCode.REFUSED;
            }
        }
        if (Output.isJson(output)) {
            shell.out().print(PrettyJson.print(Json.array(services.stream().<Json>map(JsonReader::json).toList())) + "\n");
            return ExitCode.DONE;
        }
        services.forEach(service -> shell.out().print(text(service)));
        return ExitCode.DONE;
    }

    private static String name(JsonReader service) {
        return service.text("namespace", "") + "/" + service.text("name", "");
    }

    /// `default/orders  com.acme.OrderService 1.0.0`, and with `describe` a line for each method.
    private String text(JsonReader service) {
        StringBuilder out = new StringBuilder(name(service)).append("  ").append(service.text("service", ""));
        if (service.has("version")) {
            out.append(", version ").append(service.text("version", ""));
        }
        if (service.has("group")) {
            out.append(", group ").append(service.text("group", ""));
        }
        List<JsonReader> methods = service.objects("methods");
        if (action.equals("list")) {
            return out.append(", methods ").append(methods.size()).append('\n').toString();
        }
        out.append("\ntypes: ").append(service.text("types", "")).append('\n');
        for (JsonReader method : methods) {
            out.append("  ").append(method.text("request", "")).append('\n').append("    ")
                    .append(method.has("problem") ? method.text("problem", "") : method.text("call", ""))
                    .append(method.has("returns") ? ": " + method.text("returns", "") : "").append('\n');
        }
        return out.toString();
    }
}
