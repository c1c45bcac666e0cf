package io.jigress.sources.eureka;

import io.jigress.api.Durations;
import io.jigress.api.Json;
import io.jigress.control.RegistryService;
import io.jigress.control.RegistrySettings;
import io.jigress.sources.eureka.EurekaApplications.Lookup;
import io.jigress.sources.registry.HttpAsker;
import io.jigress.sources.registry.HttpAsker.Answer;
import io.jigress.sources.registry.Instance;
import io.jigress.sources.registry.RegistryClient;
import io.jigress.sources.registry.RegistryTls;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Follows services of an Eureka server. Eureka has no push: all applications are read once, and then at an interval what has changed. Where this is
/// not possible, since the server does not tell changes or has too many applications, each service in use is polled.
public final class EurekaRegistryClient implements RegistryClient {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration INTERVAL = Duration.ofSeconds(10);
    /// Servers keep changes for three minutes; after half of that without an answer, everything is read again.
    private static final Duration KEPT = Duration.ofSeconds(90);
    private static final int FORBIDDEN = 403;

    private final HttpAsker asker;
    private final String path;
    private final Duration interval;
    /// Guarded by this, as are the following fields and those of a question.
    private final Map<RegistryService, Question> questions = new HashMap<>();
    private final EurekaApplications applications = new EurekaApplications();
    private Way way = Way.IDLE;
    private long readNanos;
    private long askedNanos;
    private int failures;
    /// Why not all applications could be read.
    private volatile String error = "";

    private enum Way {
        /// No service was followed yet.
        IDLE,
        /// All applications are to be read next.
        EVERYTHING,
        /// All applications are known, changes are to be read next.
        CHANGES,
        /// Each service is polled.
        EACH
    }

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
        interval = parsed == null ? INTERVAL : parsed;
    }

    @Override
    public synchronized void follow(RegistryService service, Listener listener) {
        Question question = new Question(service, listener);
        questions.put(service, question);
        switch (way) {
            case IDLE -> {
                way = Way.EVERYTHING;
                ask();
            }
            case EVERYTHING -> {
                // Is told with the others.
            }
            case CHANGES -> question.tell(applications.instances(question.key));
            case EACH -> question.ask();
        }
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
        String why = error;
        return why.isEmpty() ? asker.state() : new State(false, why);
    }

    @Override
    public synchronized void close() {
        questions.values().forEach(question -> question.ended = true);
        questions.clear();
        asker.close();
    }

    // ---- all applications

    private synchronized void ask() {
        if (way == Way.CHANGES && System.nanoTime() - readNanos > KEPT.toNanos()) {
            way = Way.EVERYTHING;
        }
        askedNanos = System.nanoTime();
        asker.get(path + (way == Way.CHANGES ? "/apps/delta" : "/apps/"), TIMEOUT, this::answered);
    }

    private synchronized void answered(Answer answer) {
        switch (answer) {
            case Answer.Got(Json json, _) when way == Way.CHANGES && !applications.apply(json) -> {
                way = Way.EVERYTHING;
                ask();
            }
            case Answer.Got(Json json, _) when way == Way.EVERYTHING && !applications.replace(json) ->
                failed("answered without applications");
            case Answer.Got _ -> {
                way = Way.CHANGES;
                failures = 0;
                error = "";
                readNanos = System.nanoTime();
                questions.values().forEach(question -> question.tell(applications.instances(question.key)));
                asker.after(rest(askedNanos), this::ask);
            }
            case Answer.Absent _ when way == Way.CHANGES -> pollEach();
            case Answer.Absent _ -> failed("answered 404 to " + path + "/apps/, which every Eureka server has");
            case Answer.Failed(_, int status) when status == HttpAsker.TOO_LARGE || status == FORBIDDEN && way == Way.CHANGES ->
                pollEach();
            case Answer.Failed(String why, _) -> failed(why);
        }
    }

    private void failed(String why) {
        error = why;
        // The next server, or the same one after a restart, may have other changes.
        way = Way.EVERYTHING;
        questions.values().forEach(question -> question.fail(why));
        asker.after(pause(++failures), this::ask);
    }

    /// What is left of the interval, which runs from question to question; a server that takes long for an answer has a tenth of it to rest.
    private Duration rest(long askedNanos) {
        Duration left = interval.minusNanos(System.nanoTime() - askedNanos);
        Duration least = interval.dividedBy(10);
        return left.compareTo(least) < 0 ? least : left;
    }

    private Duration pause(int failuresInARow) {
        Duration pause = HttpAsker.pause(failuresInARow);
        return pause.compareTo(interval) < 0 ? pause : interval;
    }

    private void pollEach() {
        way = Way.EACH;
        error = "";
        applications.clear();
        List.copyOf(questions.values()).forEach(Question::ask);
    }

    /// A service that is followed.
    private final class Question {
        private final Listener listener;
        private final EurekaApplications.Key key;
        private final String target;
        boolean ended;
        private @Nullable List<Instance> told;
        private int failures;
        private long askedNanos;

        Question(RegistryService service, Listener listener) {
            this.listener = listener;
            Lookup lookup = Lookup.of(service.parameter("lookup"));
            key = EurekaApplications.Key.of(lookup, service.name());
            String name = URLEncoder.encode(lookup == Lookup.APPLICATION ? key.name() : service.name(), StandardCharsets.UTF_8)
                    .replace("+", "%20");
            target = path + switch (lookup) {
                case APPLICATION -> "/apps/";
                case VIP -> "/vips/";
                case SECURE_VIP -> "/svips/";
            } + name;
        }

        /// Passes a list on, unless it is that of before.
        void tell(List<Instance> instances) {
            if (!instances.equals(told)) {
                told = instances;
                listener.instances(instances);
            }
        }

        void fail(String why) {
            // The next list is passed on even if it is the same, since it ends the error.
            told = null;
            listener.failed(why);
        }

        // ---- for a service that is polled

        void ask() {
            synchronized (EurekaRegistryClient.this) {
                if (!ended) {
                    askedNanos = System.nanoTime();
                    asker.get(target, TIMEOUT, this::answered);
                }
            }
        }

        private void answered(Answer answer) {
            synchronized (EurekaRegistryClient.this) {
                if (ended) {
                    return;
                }
                Duration rest = rest(askedNanos);
                switch (answer) {
                    case Answer.Got(Json json, _) -> {
                        failures = 0;
                        tell(EurekaApplications.instances(json, key.lookup()));
                    }
                    case Answer.Absent _ -> {
                        failures = 0;
                        tell(List.of());
                    }
                    case Answer.Failed(String why, _) -> {
                        fail(why);
                        rest = pause(++failures);
                    }
                }
                asker.after(rest, this::ask);
            }
        }
    }
}
