package io.jigress.grpcjson.rule;

import io.jigress.grpcjson.descriptor.HttpRule;
import io.jigress.grpcjson.descriptor.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Finds the binding of a request by its method and path. A literal segment wins over `*`, and that over `**`; a custom verb wins over a segment with a
/// colon. Immutable once it is made.
public final class RuleTable {
    private static final String ANY_METHOD = "*";

    private final Node root = new Node();
    /// Rules whose paths have no variables, by path, then by HTTP method: found at once, and before any other that fits.
    private final Map<String, Map<String, Match.Found>> literal = new HashMap<>();
    private final List<Problem> problems = new ArrayList<>();
    private int bindings;

    /// A rule that is left out.
    ///
    /// @param method the full name of the method
    public record Problem(String method, String what, String expected) {}

    /// The result for a request.
    public sealed interface Match {

        /// @param values of the template's variables, decoded
        record Found(Binding binding, List<String> values) implements Match {}

        /// @param allowed the methods of the path, for the field Allow
        record OtherMethod(String allowed) implements Match {}

        record None() implements Match {}
    }

    private record Entry(Binding binding, PathTemplate template) {}

    private static final class Node {
        private final Map<String, Node> literals = new HashMap<>();
        private @Nullable Node one;
        private @Nullable Node rest;
        /// By verb, then by HTTP method.
        private final Map<String, Map<String, Entry>> entries = new HashMap<>();
    }

    /// @param byName whether methods without a rule are called by POST to their name
    public static RuleTable of(List<Method> methods, boolean byName) {
        RuleTable table = new RuleTable();
        for (Method method : methods) {
            for (HttpRule rule : method.rules()) {
                table.add(method, rule);
            }
            if (method.rules().isEmpty() && byName) {
                table.add(method, new HttpRule("POST", method.path(), "*", ""));
            }
        }
        return table;
    }

    private void add(Method method, HttpRule rule) {
        switch (Binding.resolve(method, rule)) {
            case Binding.Outcome.Invalid(String what, String expected) ->
                problems.add(new Problem(method.fullName(), what, expected));
            case Binding.Outcome.Resolved(Binding binding, PathTemplate template) -> {
                Node node = root;
                for (String segment : template.segments()) {
                    node = child(node, segment);
                }
                Entry before = node.entries.computeIfAbsent(template.verb(), _ -> new HashMap<>())
                        .putIfAbsent(rule.method(), new Entry(binding, template));
                if (before == null) {
                    bindings++;
                    literal(rule.method(), binding, template);
                } else {
                    problems.add(new Problem(method.fullName(), "has the same path as " + before.binding.method().fullName()
                            + ", which wins: " + rule.method() + " " + rule.path(), "a path of its own"));
                }
            }
        }
    }

    private void literal(String method, Binding binding, PathTemplate template) {
        if (!template.segments().contains(PathTemplate.ONE) && !template.segments().contains(PathTemplate.REST)) {
            String path = "/" + String.join("/", template.segments())
                    + (template.verb().isEmpty() ? "" : ":" + template.verb());
            literal.computeIfAbsent(path, _ -> new HashMap<>()).put(method, new Match.Found(binding, List.of()));
        }
    }

    private static Node child(Node node, String segment) {
        return switch (segment) {
            case PathTemplate.ONE -> {
                Node next = node.one == null ? new Node() : node.one;
                node.one = next;
                yield next;
            }
            case PathTemplate.REST -> {
                Node next = node.rest == null ? new Node() : node.rest;
                node.rest = next;
                yield next;
            }
            default -> node.literals.computeIfAbsent(segment, _ -> new Node());
        };
    }

    /// The rules that are left out.
    public List<Problem> problems() {
        return List.copyOf(problems);
    }

    /// How many rules it has.
    public int size() {
        return bindings;
    }

    /// @param path without the query
    public Match match(String method, String path) {
        Map<String, Match.Found> literals = literal.get(path);
        if (literals != null) {
            Match.Found found = literals.get(method);
            found = found == null ? literals.get(ANY_METHOD) : found;
            if (found != null) {
                return found;
            }
        }
        return search(method, path);
    }

    private Match search(String method, String path) {
        if (!path.startsWith("/")) {
            return new Match.None();
        }
        List<String> segments = path.length() == 1 ? List.of() : List.of(path.substring(1).split("/", -1));
        Set<String> allowed = new TreeSet<>();
        int colon = segments.isEmpty() ? -1 : segments.getLast().lastIndexOf(':');
        Entry found = null;
        List<String> used = segments;
        if (colon >= 0) {
            used = new ArrayList<>(segments);
            used.set(used.size() - 1, segments.getLast().substring(0, colon));
            found = find(root, used, 0, segments.getLast().substring(colon + 1), method, allowed);
        }
        if (found == null) {
            used = segments;
            found = find(root, segments, 0, "", method, allowed);
        }
        if (found != null) {
            return new Match.Found(found.binding, values(found.template, used));
        }
        return allowed.isEmpty() ? new Match.None() : new Match.OtherMethod(String.join(", ", allowed));
    }

    /// Visits each node of the table at most once.
    private static @Nullable Entry find(Node node, List<String> segments, int at, String verb, String method,
            Set<String> allowed) {
        if (at == segments.size()) {
            Entry here = entry(node, verb, method, allowed);
            return here == null && node.rest != null ? entry(node.rest, verb, method, allowed) : here;
        }
        String segment = segments.get(at);
        Node literal = node.literals.get(segment);
        if (literal == null && segment.indexOf('%') >= 0) {
            literal = node.literals.get(Percent.decode(segment, false));
        }
        Entry found = literal == null ? null : find(literal, segments, at + 1, verb, method, allowed);
        if (found == null && node.one != null && !segment.isEmpty()) {
            found = find(node.one, segments, at + 1, verb, method, allowed);
        }
        return found == null && node.rest != null ? entry(node.rest, verb, method, allowed) : found;
    }

    private static @Nullable Entry entry(Node node, String verb, String method, Set<String> allowed) {
        Map<String, Entry> byMethod = node.entries.get(verb);
        if (byMethod == null) {
            return null;
        }
        Entry found = byMethod.get(method);
        found = found == null ? byMethod.get(ANY_METHOD) : found;
        if (found == null) {
            allowed.addAll(byMethod.keySet());
        }
        return found;
    }

    private static List<String> values(PathTemplate template, List<String> segments) {
        List<String> values = new ArrayList<>(template.variables().size());
        for (PathTemplate.Variable variable : template.variables()) {
            boolean rest = variable.to() == template.segments().size()
                    && template.segments().getLast().equals(PathTemplate.REST);
            int to = rest ? segments.size() : variable.to();
            String value = String.join("/", segments.subList(Math.min(variable.from(), to), to));
            // A slash in a value of several segments would be taken for a separator.
            values.add(Percent.decode(value, variable.several()));
        }
        return values;
    }
}
