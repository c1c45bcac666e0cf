package io.jigress.sources.eureka;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.sources.registry.Instance;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The applications of an Eureka server: all that were read, and the changes (deltas) after that. For one thread.
final class EurekaApplications {
    /// The limit of instances that come by changes; one answer has a limit of its own.
    private static final int MOST = 100_000;

    /// By application, in upper case, and id of the instance.
    private final Map<String, Map<String, Member>> applications = new HashMap<>();
    /// By lookup and name; made when it is needed.
    private @Nullable Map<Key, List<Member>> index;

    /// How a service is named.
    enum Lookup {
        APPLICATION,
        VIP,
        SECURE_VIP;

        /// @param word as in a Backend; empty for the application
        static Lookup of(String word) {
            return switch (word) {
                case "vip" -> VIP;
                case "secureVip" -> SECURE_VIP;
                default -> APPLICATION;
            };
        }
    }

    /// @param name in upper case: Eureka does not distinguish cases
    record Key(Lookup lookup, String name) {
        static Key of(Lookup lookup, String name) {
            return new Key(lookup, name.toUpperCase(Locale.ROOT));
        }
    }

    /// @param securePort 0 for none
    private record Member(Instance plain, int securePort, String status, String vips, String secureVips) {
        Instance seenBy(Lookup lookup) {
            return lookup == Lookup.SECURE_VIP
                    ? new Instance(plain.address(), securePort, plain.weight(), plain.enabled(), plain.healthy(), plain.zone(),
                            plain.metadata())
                    : plain;
        }
    }

    void clear() {
        applications.clear();
        index = null;
    }

    /// Replaces everything by the answer to a request for all applications.
    ///
    /// @return false for an answer that is not one; nothing is changed then
    boolean replace(Json answer) {
        if (!(JsonReader.of("", answer).any("applications") instanceof Json.Obj)) {
            return false;
        }
        clear();
        change(answer);
        return true;
    }

    /// Applies the answer to a request for the changes of the last minutes, of which some may be applied already.
    ///
    /// @return false when the result is not what the server has, by its hash, or too much has come by changes: everything is to be read again
    boolean apply(Json delta) {
        change(delta);
        int count = applications.values().stream().mapToInt(Map::size).sum();
        return count <= MOST && hash().equals(JsonReader.of("", delta).object("applications").text("apps__hashcode", ""));
    }

    private void change(Json answer) {
        index = null;
        for (JsonReader application : list(JsonReader.of("", answer).object("applications"), "application")) {
            String name = application.text("name", "").toUpperCase(Locale.ROOT);
            for (JsonReader entry : list(application, "instance")) {
                String id = entry.text("instanceId", entry.text("hostName", ""));
                if (entry.text("actionType", "").equals("DELETED")) {
                    Map<String, Member> members = applications.getOrDefault(name, Map.of());
                    if (members.containsKey(id)) {
                        members.remove(id);
                    }
                } else {
                    applications.computeIfAbsent(name, _ -> new LinkedHashMap<>()).put(id, member(entry));
                }
            }
            applications.computeIfPresent(name, (_, members) -> members.isEmpty() ? null : members);
        }
    }

    /// How many instances have each status, as Eureka's servers write it: `DOWN_1_UP_5_`.
    String hash() {
        Map<String, Integer> counts = new TreeMap<>();
        applications.values()
                .forEach(members -> members.values().forEach(member -> counts.merge(member.status, 1, Integer::sum)));
        StringBuilder hash = new StringBuilder();
        counts.forEach((status, count) -> hash.append(status).append('_').append(count).append('_'));
        return hash.toString();
    }

    /// The instances of a service; empty when it is not known.
    List<Instance> instances(Key key) {
        if (index == null) {
            index = index();
        }
        return index.getOrDefault(key, List.of()).stream().map(member -> member.seenBy(key.lookup)).toList();
    }

    private Map<Key, List<Member>> index() {
        Map<Key, List<Member>> all = new HashMap<>();
        applications.forEach((name, members) -> members.values().forEach(member -> {
            all.computeIfAbsent(new Key(Lookup.APPLICATION, name), _ -> new ArrayList<>()).add(member);
            // An instance may have several names.
            for (String vip : names(member.vips)) {
                all.computeIfAbsent(Key.of(Lookup.VIP, vip), _ -> new ArrayList<>()).add(member);
            }
            for (String vip : names(member.secureVips)) {
                all.computeIfAbsent(Key.of(Lookup.SECURE_VIP, vip), _ -> new ArrayList<>()).add(member);
            }
        }));
        return all;
    }

    private static List<String> names(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split("\\s*,\\s*")).stream().distinct().toList();
    }

    /// The instances in the answer to a request for one application, or for a VIP name.
    static List<Instance> instances(Json answer, Lookup lookup) {
        JsonReader whole = JsonReader.of("", answer);
        List<JsonReader> applications = lookup == Lookup.APPLICATION
                ? List.of(whole.object("application"))
                : list(whole.object("applications"), "application");
        return applications.stream().flatMap(application -> list(application, "instance").stream())
                .map(entry -> member(entry).seenBy(lookup)).toList();
    }

    /// A single element is not always a list.
    private static List<JsonReader> list(JsonReader reader, String field) {
        return reader.any(field) instanceof Json.Obj one ? List.of(JsonReader.of("", one)) : reader.objects(field);
    }

    private static Member member(JsonReader entry) {
        String status = entry.text("status", "UP");
        Map<String, String> metadata = new HashMap<>();
        entry.object("metadata").json().members().forEach((key, value) -> {
            if (value instanceof Json.Str(String text)) {
                metadata.put(key, text);
            }
        });
        // Where instances of Amazon are.
        String availabilityZone = entry.object("dataCenterInfo").object("metadata").text("availability-zone", "");
        Instance plain = new Instance(entry.text("ipAddr", ""), number(entry.object("port").any("$")), 1,
                !status.equals("OUT_OF_SERVICE"), status.equals("UP") || status.equals("OUT_OF_SERVICE"),
                metadata.getOrDefault("zone", availabilityZone), metadata);
        return new Member(plain, number(entry.object("securePort").any("$")), status, entry.text("vipAddress", ""),
                entry.text("secureVipAddress", ""));
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
