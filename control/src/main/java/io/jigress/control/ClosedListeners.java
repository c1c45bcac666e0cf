package io.jigress.control;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.config.Listener;
import io.jigress.config.PersistentMap;
import io.jigress.config.Traffic;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Reconciler.Live;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Reports the listeners that could not be opened, as conditions and problems of their Gateways.
public final class ClosedListeners {
    private static final String FREE_PORT = "a free port";
    private static final String OWN_ADDRESS = "an address of this machine";

    /// Why a listener is closed.
    ///
    /// @param why as readable text
    /// @param addressMissing whether the machine does not have the address
    public record Closed(String why, boolean addressMissing) {
        String expected() {
            return addressMissing ? OWN_ADDRESS : FREE_PORT;
        }
    }

    private final Live live;
    private final List<Problem> problems;
    private PersistentMap<ResourceKey, Json> statuses;

    private ClosedListeners(Live live) {
        this.live = live;
        this.problems = new ArrayList<>(live.failures());
        this.statuses = live.translation().statuses();
    }

    /// The live state, with a problem for each closed listener and the changed statuses of its Gateways.
    ///
    /// @param closed by the listener's name in the configuration
    public static Live in(Live live, Map<String, Closed> closed) {
        if (closed.isEmpty()) {
            return live;
        }
        ClosedListeners told = new ClosedListeners(live);
        closed.forEach(told::tell);
        Translation translation = live.translation();
        return new Live(live.resources(),
                new Translation(translation.revision(), translation.config(), told.statuses, translation.problems(),
                        translation.services()),
                live.sourceProblems(), List.copyOf(told.problems), live.timing());
    }

    private void tell(String name, Closed closed) {
        boolean told = false;
        Listener listener = live.translation().config().listeners().get(name);
        for (String text : sections(listener)) {
            Section section = Section.parse(text);
            if (section != null) {
                told |= tell(section.owner(), section.listener(), closed, listener == null ? "" : listener.address());
            }
        }
        if (!told) {
            problems.add(new Problem(new ResourceKey("", "Listener", "", name), "", "", closed.why, closed.expected(),
                    Severity.ERROR));
        }
    }

    /// `gateway/namespace/name/listener`, or `listenerset/…`, of each listener of a Gateway that is served there.
    private static SortedSet<String> sections(@Nullable Listener listener) {
        SortedSet<String> sections = new TreeSet<>();
        if (listener != null) {
            listener.traffic().hosts().forEach((_, host) -> sections.add(host.section()));
            switch (listener.traffic()) {
                case Traffic.Http _ -> {}
                case Traffic.Tls tls -> tls.streams().forEach((_, streams) -> sections.add(streams.section()));
                case Traffic.Tcp tcp -> sections.add(tcp.section());
                case Traffic.Udp udp -> sections.add(udp.section());
            }
        }
        return sections;
    }

    private boolean tell(ResourceKey key, String listener, Closed closed, String address) {
        Resource gateway = live.resources().resources().get(key);
        if (gateway == null) {
            return false;
        }
        boolean asked = closed.addressMissing && key.kind().equals("Gateway") && asksFor(gateway, address);
        problems.add(new Problem(key, gateway.source(),
                asked ? "spec.addresses" : "spec.listeners[" + index(gateway, listener) + "].port",
                (asked ? "has " + address + ", on which " + listener + " is not open: " : "is not open: ") + closed.why,
                closed.expected(), Severity.ERROR));
        if (statuses.get(key) instanceof Json.Obj status) {
            statuses = statuses.with(key,
                    closed.addressMissing
                            ? unusable(status, listener, address, closed.why)
                            : status(status, listener, closed.why));
        }
        return true;
    }

    private static boolean asksFor(Resource gateway, String address) {
        return JsonParser.parse(gateway.json()) instanceof JsonParser.Result.Parsed(Json json)
                && JsonReader.of("", json).object("spec").objects("addresses").stream()
                        .anyMatch(item -> item.text("value", "").equals(address));
    }

    /// The configuration is valid, but the machine does not have the address.
    private static Json unusable(Json.Obj status, String closed, String address, String why) {
        List<Json> listeners = new ArrayList<>();
        for (JsonReader listener : JsonReader.of("", status).objects("listeners")) {
            listeners.add(listener.text("name", "").equals(closed)
                    ? with(listener.json(), "Programmed", false, "Invalid", why)
                    : listener.json());
        }
        List<Json> addresses = new ArrayList<>();
        JsonReader.of("", status).objects("addresses").stream().filter(item -> !item.text("value", "").equals(address))
                .forEach(item -> addresses.add(item.json()));
        Json.Obj gateway = with(status, "Programmed", false, "AddressNotUsable", why);
        return put(put(gateway, "listeners", Json.array(listeners)), "addresses", Json.array(addresses));
    }

    private static int index(Resource gateway, String listener) {
        List<String> names = JsonParser.parse(gateway.json()) instanceof JsonParser.Result.Parsed(Json json)
                ? JsonReader.of("", json).object("spec").objects("listeners").stream().map(l -> l.text("name", "")).toList()
                : List.of();
        return Math.max(0, names.indexOf(listener));
    }

    private static Json status(Json.Obj status, String closed, String why) {
        List<Json> listeners = new ArrayList<>();
        int open = 0;
        for (JsonReader listener : JsonReader.of("", status).objects("listeners")) {
            Json.Obj json = listener.json();
            if (listener.text("name", "").equals(closed)) {
                json = with(with(json, "Accepted", false, "PortUnavailable", why), "Programmed", false, "Invalid", why);
            }
            listeners.add(json);
            open += isTrue(json, "Programmed") ? 1 : 0;
        }
        String message = (listeners.size() - open) + " of " + listeners.size() + " listeners are not accepted";
        Json.Obj gateway = with(status, "Accepted", open > 0, "ListenersNotValid", message);
        if (open == 0) {
            gateway = with(gateway, "Programmed", false, "Invalid", "No listener is open");
        }
        return put(gateway, "listeners", Json.array(listeners));
    }

    private static boolean isTrue(Json.Obj holder, String type) {
        return JsonReader.of("", holder).objects("conditions").stream()
                .anyMatch(c -> c.text("type", "").equals(type) && c.text("status", "").equals("True"));
    }

    /// The object with one of its conditions replaced.
    private static Json.Obj with(Json.Obj holder, String type, boolean status, String reason, String message) {
        List<Json> conditions = new ArrayList<>();
        for (JsonReader condition : JsonReader.of("", holder).objects("conditions")) {
            Json.Obj json = condition.json();
            conditions.add(!condition.text("type", "").equals(type)
                    ? json
                    : put(put(put(json, "status", Json.of(status ? "True" : "False")), "reason", Json.of(reason)), "message",
                            Json.of(message)));
        }
        return put(holder, "conditions", Json.array(conditions));
    }

    private static Json.Obj put(Json.Obj object, String name, Json value) {
        Json.Builder copy = Json.object();
        object.members().forEach((member, json) -> copy.put(member, member.equals(name) ? value : json));
        return copy.build();
    }
}
