package io.jigress.sources.eureka;

import io.jigress.api.Durations;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.control.RegistryService;
import io.jigress.control.RegistrySettings;
import io.jigress.sources.registry.HttpAsker;
import io.jigress.sources.registry.HttpAsker.Answer;
import io.jigress.sources.registry.Instance;
import io.jigress.sources.registry.RegistryClient;
import io.jigress.sources.registry.RegistryTls;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Follows applications of an Eureka server. Eureka has no push, so each application is polled at an interval.
public final class EurekaRegistryClient implements RegistryClient {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final HttpAsker asker;
    private final String path;
    private final Duration interval;
    /// Guarded by this.
    private final Map<RegistryService, Question> questions = new HashMap<>();

    /// Opens a client; see [RegistryClient.Factory].
    public static RegistryClient open(RegistrySettings settings) {
        return new EurekaRegistryClient(settings);
    }

    private EurekaRegistryClient(RegistrySettings settings) {
        List<String> servers = settings.registry().servers();
        String user = settings.credential("username");
        String login = Base64.getEncoder()
                .encodeToString((user + ":" + settings.credential("password")).getBytes(StandardCharsets.UTF_8));
        asker = new HttpAsker("eureka-" + servers.getFirst(), servers,
                user.isEmpty() ? Map.of() : Map.of("authorization", "Basic " + login), RegistryTls.context(settings));
        path = settings.registry().option("path");
        Duration parsed = Durations.parse(settings.registry().option("interval"));
        interval = parsed == null ? Duration.ofSeconds(10) : parsed;
    }

    @Override
    public void follow(RegistryService service, Listener listener) {
        Question question = new Question(service, listener);
        synchronized (this) {
            questions.put(service, question);
        }
        question.ask();
    }

    @Override
    public synchronized void unfollow(RegistryService service) {
        Question question = questions.remove(service);
        if (question != null) {
            question.ended = true;
        }
    }

    @Override
    public State state() {
        return asker.state();
    }

    @Override
    public synchronized void close() {
        questions.values().forEach(question -> question.ended = true);
        asker.close();
    }

    /// The repeated query for one application; one at a time.
    private final class Question {
        private final Listener listener;
        private final String target;
        volatile boolean ended;
        private @Nullable Json last;
        private int failures;

        Question(RegistryService service, Listener listener) {
            this.listener = listener;
            String name = URLEncoder.encode(service.name().toUpperCase(Locale.ROOT), StandardCharsets.UTF_8).replace("+", "%20");
            target = path + "/apps/" + name;
        }

        void ask() {
            if (!ended) {
                asker.get(target, TIMEOUT, this::answered);
            }
        }

        private void answered(Answer answer) {
            if (ended) {
                return;
            }
            switch (answer) {
                case Answer.Got(Json json, _) -> {
                    failures = 0;
                    if (!json.equals(last)) {
                        last = json;
                        listener.instances(instances(json));
                    }
                    asker.after(interval, this::ask);
                }
                case Answer.Absent _ -> {
                    failures = 0;
                    if (last != Json.Null.NULL) {
                        last = Json.Null.NULL;
                        listener.instances(List.of());
                    }
                    asker.after(interval, this::ask);
                }
                case Answer.Failed(String why) -> {
                    // The next list is passed on even if it is the same, since it ends the error.
                    last = null;
                    listener.failed(why);
                    Duration pause = HttpAsker.pause(++failures);
                    asker.after(pause.compareTo(interval) < 0 ? pause : interval, this::ask);
                }
            }
        }
    }

    static List<Instance> instances(Json json) {
        List<Instance> instances = new ArrayList<>();
        JsonReader application = JsonReader.of("", json).object("application");
        // A single instance is not always a list.
        List<JsonReader> entries = application.any("instance") instanceof Json.Obj one
                ? List.of(JsonReader.of("", one))
                : application.objects("instance");
        for (JsonReader entry : entries) {
            String status = entry.text("status", "UP");
            JsonReader port = entry.object("port");
            Map<String, String> metadata = new HashMap<>();
            entry.object("metadata").json().members().forEach((key, value) -> {
                if (value instanceof Json.Str(String text)) {
                    metadata.put(key, text);
                }
            });
            instances.add(new Instance(entry.text("ipAddr", ""), number(port.any("$")), 1, !status.equals("OUT_OF_SERVICE"),
                    status.equals("UP") || status.equals("OUT_OF_SERVICE"), metadata.getOrDefault("zone", ""), metadata));
        }
        return instances;
    }

    /// Some servers write numbers as strings.
    private static int number(@Nullable Json json) {
        String text = switch (json) {
            case Json.Num(String literal) -> literal;
            case Json.Str(String value) -> value;
            case null, default -> "";
        };
        return text.matches("\\d{1,6}") ? Integer.parseInt(text) : 0;
    }
}
