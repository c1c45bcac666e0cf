package io.jigress.app.sources;

import io.jigress.api.Json;
import io.jigress.control.JsonParser;
import io.jigress.control.Problem;
import io.jigress.control.RegistrySettings;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.Registry;
import io.jigress.sentinel.RuleFeed;
import io.jigress.sentinel.rule.RuleReader;
import io.jigress.sources.nacos.NacosTextClient;
import io.jigress.sources.registry.TextClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Rules of Sentinel that are not in objects: those that a dashboard has set, and those in data ids of Nacos. Each data id is followed once. A
/// Registry has one connection as long as one of its data ids is followed.
public final class RuleTexts implements RuleFeed, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RuleTexts.class);

    private final Function<RegistrySettings, TextClient> open;
    /// By [ResourceKey#path]. Guarded by this, as are the following fields.
    private final Map<String, RegistrySettings> registries = new TreeMap<>();
    private final Map<String, TextClient> clients = new HashMap<>();
    private final Map<Text, Followed> followed = new HashMap<>();
    /// The rules that a dashboard has set, by the field of the rules.
    private final Map<String, Json> local = new TreeMap<>();

    /// A listener with the faults that it has found in the last text.
    private static final class Attached {
        final Function<Json, List<String>> listener;
        List<String> faults = List.of();

        Attached(Function<Json, List<String>> listener) {
            this.listener = listener;
        }

        void tell(Json json) {
            faults = List.copyOf(listener.apply(json));
        }
    }

    private static final class Followed {
        final Text text;
        final List<Attached> listeners = new ArrayList<>();
        /// The text that was passed to listeners last; null before the first.
        @Nullable Json heard;
        /// Why the registry does not answer.
        String silence = "";
        /// Why the text is not JSON.
        String malformed = "";
        /// The problems that were logged last.
        List<Problem> logged = List.of();

        Followed(Text text) {
            this.text = text;
        }

        /// The faults that the listeners have found in the last text.
        List<String> faults() {
            return listeners.stream().flatMap(one -> one.faults.stream()).distinct().toList();
        }

        List<String> tell(Json json) {
            List.copyOf(listeners).forEach(one -> one.tell(json));
            return faults();
        }
    }

    public RuleTexts() {
        // Not a method reference: that would load Nacos' library.
        this(settings -> NacosTextClient.open(settings));
    }

    RuleTexts(Function<RegistrySettings, TextClient> open) {
        this.open = open;
    }

    /// A registry was added, changed or removed (null).
    public synchronized void configure(ResourceKey key, @Nullable RegistrySettings settings) {
        String name = key.path();
        RegistrySettings before = settings == null ? registries.remove(name) : registries.put(name, settings);
        if (Objects.equals(before, settings)) {
            return;
        }
        TextClient client = clients.remove(name);
        if (client != null) {
            client.close();
        }
        followed.values().stream().filter(one -> one.text.registry().equals(name)).forEach(this::begin);
    }

    @Override
    public synchronized Subscription follow(Text text, Function<Json, List<String>> listener) {
        Followed one = followed.get(text);
        if (one == null) {
            one = new Followed(text);
            followed.put(text, one);
            begin(one);
        }
        Attached attached = new Attached(listener);
        one.listeners.add(attached);
        Json heard = one.heard;
        if (heard != null) {
            attached.tell(heard);
            log(one);
        }
        return () -> unfollow(text, attached);
    }

    /// The rules that a dashboard has set; an empty list when it has set none.
    ///
    /// @param field the field of the rules (`flowRules`)
    public synchronized Json local(String field) {
        return local.getOrDefault(field, Json.Arr.EMPTY);
    }

    /// Stores the rules that a dashboard has set.
    ///
    /// @return the faults of the rules, and the previous rules then stay in use; empty when the new ones are in use
    public synchronized List<String> setLocal(String field, Json rules) {
        Followed one = followed.get(new Text("", RuleReader.DASHBOARD, field));
        if (one == null) {
            return List.of("no SentinelRule or Plugin of this gateway says dashboard: true");
        }
        List<String> faults = one.tell(rules);
        if (faults.isEmpty()) {
            local.put(field, rules);
            one.heard = rules;
        } else {
            // When one listener refuses the rules, all return to the previous ones.
            one.tell(local(field));
        }
        return faults;
    }

    private synchronized void unfollow(Text text, Attached attached) {
        Followed one = followed.get(text);
        if (one == null || !one.listeners.remove(attached) || !one.listeners.isEmpty()) {
            return;
        }
        followed.remove(text);
        TextClient client = clients.get(text.registry());
        if (client == null) {
            return;
        }
        client.unfollow(text.group(), text.dataId());
        if (followed.keySet().stream().noneMatch(other -> other.registry().equals(text.registry()))) {
            clients.remove(text.registry());
            client.close();
        }
    }

    private void begin(Followed one) {
        Text text = one.text;
        if (text.registry().isEmpty()) {
            one.heard = local(text.dataId());
            return;
        }
        RegistrySettings settings = registries.get(text.registry());
        one.silence = settings == null ? "there is no Registry " + text.registry()
                : !settings.fault().isEmpty() ? settings.fault()
                : settings.registry().type() != Registry.Type.NACOS ? "the Registry is not of type nacos"
                : "";
        if (settings == null || !one.silence.isEmpty()) {
            return;
        }
        TextClient client = clients.computeIfAbsent(text.registry(), _ -> open.apply(settings));
        client.follow(text.group(), text.dataId(), new TextClient.Listener() {
            @Override
            public void text(String value) {
                heard(client, one, value);
            }

            @Override
            public void failed(String why) {
                silent(client, one, why);
            }
        });
    }

    private synchronized void silent(TextClient from, Followed one, String why) {
        if (clients.get(one.text.registry()) == from) {
            one.silence = why;
            log(one);
        }
    }

    private synchronized void heard(TextClient from, Followed one, String value) {
        if (clients.get(one.text.registry()) != from || followed.get(one.text) != one) {
            return;
        }
        one.silence = "";
        switch (value.isBlank()
                ? new JsonParser.Result.Parsed(Json.Arr.EMPTY)
                : JsonParser.parse(value.getBytes(StandardCharsets.UTF_8))) {
            case JsonParser.Result.Parsed(Json json) -> {
                one.malformed = "";
                one.heard = json;
                one.tell(json);
            }
            case JsonParser.Result.Broken broken -> one.malformed = "is not JSON: " + broken.what();
        }
        log(one);
    }

    /// Data ids that cannot be read or used now.
    public synchronized List<Problem> problems() {
        return followed.values().stream().flatMap(one -> problems(one).stream()).toList();
    }

    private List<Problem> problems(Followed one) {
        List<Problem> problems = new ArrayList<>();
        String name = "data id " + one.text.dataId() + " of group " + one.text.group();
        if (!one.silence.isEmpty()) {
            problems.add(problem(one, name + " cannot be read: " + one.silence, "a Registry of type nacos that answers"));
        }
        if (!one.malformed.isEmpty()) {
            problems.add(problem(one, name + " " + one.malformed + "; the rules before stay in use", "a JSON list of rules"));
        } else if (!one.faults().isEmpty()) {
            problems.add(problem(one, name + " has errors: " + String.join("; ", one.faults())
                    + "; the rules before stay in use", "rules without errors"));
        }
        return problems;
    }

    /// Logs the problems that are new.
    private void log(Followed one) {
        List<Problem> now = problems(one);
        now.stream().filter(problem -> !one.logged.contains(problem)).forEach(problem -> LOG.error(problem.toString()));
        one.logged = now;
    }

    private Problem problem(Followed one, String what, String expected) {
        String registry = one.text.registry();
        RegistrySettings settings = registries.get(registry);
        return new Problem(ResourceKey.ofPath(Kinds.JIGRESS, "Registry", registry), settings == null ? "" : settings.source(),
                "", what, expected, Problem.Severity.ERROR);
    }

    @Override
    public synchronized void close() {
        followed.clear();
        clients.values().forEach(TextClient::close);
        clients.clear();
    }
}
