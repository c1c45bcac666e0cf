package io.jigress.sources.kubernetes;

import io.jigress.api.Json;
import io.jigress.control.JsonParser;
import io.jigress.control.kinds.Kinds;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Merges the gateway's status of an object with the one in the API server: entries of other controllers are kept, and the time of a
/// condition changes only with its status.
final class StatusMerge {
    private static final String TIME = "lastTransitionTime";
    private static final String OWN_CONDITIONS = "jigress.io/";
    /// The lists in which each controller has items of its own.
    private static final List<String> SHARED = List.of("parents", "ancestors");

    /// The API server refuses messages of more than 32,768 characters, and objects of more than 1.5 MiB: a Gateway may have some hundred conditions.
    private static final int MESSAGE_LIMIT = 4096;

    private final String now;

    private StatusMerge(Instant now) {
        this.now = now.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /// The members of `status` that change, as a JSON merge patch; empty when the status is already correct.
    ///
    /// @param current the status in the API server; no bytes when there is none
    /// @param wanted null when the gateway has no status for the object (any more)
    static Optional<Json.Obj> patch(byte[] current, @Nullable Json wanted, Instant now) {
        Json.Obj before = JsonParser.parse(current) instanceof JsonParser.Result.Parsed(Json.Obj object)
                ? object
                : Json.Obj.EMPTY;
        Map<String, Json> changes = new LinkedHashMap<>();
        StatusMerge merge = new StatusMerge(now);
        if (wanted instanceof Json.Obj(Map<String, Json> members)) {
            members.forEach((name, value) -> changes.put(name, merge.member(name, before.members().get(name), value)));
            // Conditions of an earlier status that this one lacks.
            before.members().keySet().stream().filter(name -> !members.containsKey(name))
                    .forEach(name -> changes.put(name, Json.Null.NULL));
        } else {
            // Objects with a single controller keep their status, since they belong to another controller now.
            SHARED.stream().filter(before.members()::containsKey)
                    .forEach(name -> changes.put(name, merge.shared(before.members().get(name), List.of())));
        }
        changes.entrySet()
                .removeIf(change -> change.getValue().equals(before.members().getOrDefault(change.getKey(), Json.Null.NULL)));
        return changes.isEmpty() ? Optional.empty() : Optional.of(new Json.Obj(changes));
    }

    private Json member(String name, @Nullable Json before, Json wanted) {
        if (name.equals("loadBalancer")) {
            return put(wanted, "ingress",
                    Json.array(items(member(wanted, "ingress")).stream().filter(item -> isReachable(item, "ip"))
                            .toList()));
        }
        if (!(wanted instanceof Json.Arr(List<Json> items))) {
            return wanted;
        }
        if (SHARED.contains(name)) {
            return shared(before, items);
        }
        if (name.equals("addresses")) {
            return Json.array(items.stream().filter(item -> isReachable(item, "value")).toList());
        }
        if (name.equals("conditions")) {
            return conditions(before, items);
        }
        if (name.equals("listeners")) {
            return Json.array(items.stream().map(item -> withConditions(named(before, item), item)).toList());
        }
        return wanted;
    }

    /// 0.0.0.0 is not an address to connect to; controllers that publish addresses in DNS must not see it.
    private static boolean isReachable(Json item, String field) {
        String address = text(item, field);
        return !address.equals("0.0.0.0") && !address.equals("::");
    }

    /// The unchanged items of other controllers, then ours.
    private Json shared(@Nullable Json before, List<Json> wanted) {
        List<Json> all = new ArrayList<>();
        List<Json> ours = new ArrayList<>();
        for (Json item : items(before)) {
            (Kinds.GATEWAY_CONTROLLER.equals(text(item, "controllerName")) ? ours : all).add(item);
        }
        for (Json item : wanted) {
            Json same = ours.stream().filter(old -> sameParent(old, item)).findFirst().orElse(null);
            all.add(withConditions(same, item));
        }
        return Json.array(all);
    }

    private static boolean sameParent(Json a, Json b) {
        return member(a, "parentRef").equals(member(b, "parentRef")) && member(a, "ancestorRef").equals(member(b, "ancestorRef"));
    }

    private static @Nullable Json named(@Nullable Json list, Json wanted) {
        return items(list).stream().filter(item -> member(item, "name").equals(member(wanted, "name"))).findFirst().orElse(null);
    }

    private Json withConditions(@Nullable Json before, Json wanted) {
        if (!(wanted instanceof Json.Obj(Map<String, Json> members))
                || !(members.get("conditions") instanceof Json.Arr(List<Json> conditions))) {
            return wanted;
        }
        Map<String, Json> changed = new LinkedHashMap<>(members);
        changed.put("conditions", conditions(before == null ? null : member(before, "conditions"), conditions));
        return new Json.Obj(changed);
    }

    private Json conditions(@Nullable Json before, List<Json> wanted) {
        List<Json> all = new ArrayList<>();
        for (Json condition : wanted) {
            Json old = items(before).stream().filter(c -> member(c, "type").equals(member(condition, "type"))).findFirst()
                    .orElse(Json.Obj.EMPTY);
            boolean same = member(old, "status").equals(member(condition, "status")) && member(old, TIME) instanceof Json.Str;
            all.add(put(shortened(condition), TIME, same ? member(old, TIME) : Json.of(now)));
        }
        // The prefix of a condition's type names its controller.
        items(before).stream().filter(c -> text(c, "type").indexOf('/') > 0 && !text(c, "type").startsWith(OWN_CONDITIONS))
                .forEach(all::add);
        return Json.array(all);
    }

    private static Json shortened(Json condition) {
        String message = text(condition, "message");
        if (message.length() <= MESSAGE_LIMIT) {
            return condition;
        }
        // Half a surrogate pair would be stored as another character, and written again and again.
        int end = Character.isHighSurrogate(message.charAt(MESSAGE_LIMIT - 1)) ? MESSAGE_LIMIT - 1 : MESSAGE_LIMIT;
        return put(condition, "message", Json.of(message.substring(0, end) + "…"));
    }

    private static List<Json> items(@Nullable Json list) {
        return list instanceof Json.Arr(List<Json> items) ? items : List.of();
    }

    private static Json member(Json object, String name) {
        return object instanceof Json.Obj(Map<String, Json> members)
                ? members.getOrDefault(name, Json.Null.NULL)
                : Json.Null.NULL;
    }

    private static String text(Json object, String name) {
        return member(object, name) instanceof Json.Str(String text) ? text : "";
    }

    private static Json put(Json object, String name, Json value) {
        Map<String, Json> members = new LinkedHashMap<>(object instanceof Json.Obj(Map<String, Json> old) ? old : Map.of());
        members.put(name, value);
        return new Json.Obj(members);
    }
}
