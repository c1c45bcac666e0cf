package io.jigress.app.get;

import io.jigress.admin.PrettyJson;
import io.jigress.api.Json;
import io.jigress.app.cli.ExitCode;
import io.jigress.app.cli.Output;
import io.jigress.app.cli.SettingsOptions;
import io.jigress.app.cli.Shell;
import io.jigress.app.explain.AdminClient;
import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import io.jigress.app.sources.Reading;
import io.jigress.app.sources.SourceOptions;
import io.jigress.app.sources.Sources;
import io.jigress.app.translate.Translators;
import io.jigress.control.JsonParser;
import io.jigress.sources.folder.FolderSource;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `jigress get KIND [NAME]`: objects of a folder, of clusters or of a running gateway.
@Command(name = "get", description = "Shows objects with their conditions and problems: of a folder or of clusters as a gateway would see them, or of a running gateway.")
public final class GetCommand implements Callable<Integer> {
    private final Shell shell;

    @Option(names = "--config", paramLabel = "DIR", description = "Reads this folder. Short for --source folder:DIR.") private @Nullable String folder;

    @Option(names = "--admin", paramLabel = "URL", description = "Asks a running gateway on its admin port, such as http://localhost:8001.") private @Nullable String admin;

    @Parameters(index = "0", paramLabel = "KIND", description = "Such as HTTPRoute or httproutes.") private String kind = "";

    @Parameters(index = "1", paramLabel = "NAME", arity = "0..1", description = "One object, with all its conditions and problems.") private @Nullable String name;

    @Option(names = {"-n",
        "--namespace"}, paramLabel = "NAMESPACE", description = "Only objects of this namespace.") private String namespace = "";

    @Option(names = "-o", paramLabel = "json", description = "json: for programs.") private String output = "";

    @Mixin private SourceOptions sources = new SourceOptions();

    @Mixin private SettingsOptions options = new SettingsOptions();

    public GetCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        Optional<Settings> settings = options.read(shell, sources.flag(),
                new SettingsOptions.Flag(KnownSettings.CONFIG_FOLDER, "--config", folder));
        if (settings.isEmpty() || !Output.valid(output, shell)) {
            return ExitCode.REFUSED;
        }
        if (!Sources.names(settings.get()).isEmpty() == (admin != null)) {
            shell.complain(
                    "neither or both of a source and an admin port are given (expected: --config DIR, --source URL or --admin URL)");
            return ExitCode.REFUSED;
        }
        try {
            ObjectView.Selection selection = new ObjectView.Selection(ObjectView.singular(kind), namespace,
                    name == null ? "" : name);
            List<ObjectView> found = admin == null ? ofSources(settings.get(), selection) : ofGateway(admin, selection);
            return print(found);
        } catch (CannotStart e) {
            shell.complain(e.why());
            return ExitCode.REFUSED;
        }
    }

    private List<ObjectView> ofSources(Settings settings, ObjectView.Selection selection) throws CannotStart {
        if (folder != null) {
            Path path = shell.path(folder);
            Optional<String> obstacle = FolderSource.obstacle(path);
            if (obstacle.isPresent()) {
                throw new CannotStart("the folder " + folder + " " + obstacle.get());
            }
        }
        return ObjectView.of(Reading.of(settings, shell.folder(), Translators.of(settings, shell.folder())), selection);
    }

    private List<ObjectView> ofGateway(String port, ObjectView.Selection selection) throws CannotStart {
        AdminClient client = new AdminClient(port);
        return ObjectView.of(list(client, port, "resources", selection), list(client, port, "statuses", selection),
                list(client, port, "problems", selection), selection);
    }

    private static Json list(AdminClient client, String port, String list, ObjectView.Selection selection) throws CannotStart {
        AdminClient.Answer answer = client.config(list, selection.kind(), selection.namespace(), selection.name());
        if (answer.status() == 200
                && JsonParser
                        .parse(answer.body().getBytes(StandardCharsets.UTF_8)) instanceof JsonParser.Result.Parsed(Json json)) {
            return json;
        }
        throw new CannotStart(answer.status() == 0
                ? answer.body()
                : "the admin port " + port + " answered " + answer.status() + ": " + answer.body().strip());
    }

    private int print(List<ObjectView> found) {
        if (name != null && found.isEmpty()) {
            shell.complain(
                    "there is no " + ObjectView.singular(kind) + " " + (namespace.isEmpty() ? "" : namespace + "/") + name);
            return ExitCode.FAILED;
        }
        if (Output.isJson(output)) {
            shell.out().print(PrettyJson.print(Json.array(found.stream().<Json>map(ObjectView::json).toList())) + "\n");
        } else if (name != null) {
            found.forEach(object -> shell.out().print(object.text()));
        } else {
            shell.out().print(ObjectView.table(found));
        }
        shell.out().flush();
        return ExitCode.DONE;
    }
}
