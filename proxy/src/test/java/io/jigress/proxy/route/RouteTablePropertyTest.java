package io.jigress.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.config.PathMatch;
import io.jigress.config.RouteMatch;
import io.jigress.config.RouteRank;
import io.jigress.config.RouteRank.PathKind;
import io.jigress.config.ValueMatch;
import io.jigress.config.VirtualHost.OnMiss;
import io.jigress.proxy.route.RouteRecorder.Candidate;
import io.jigress.proxy.route.RouteRecorder.Won;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Compares the table with a simple model of the rules that looks at every route of every host.
@Tag("suite")
final class RouteTablePropertyTest {
    private static final List<String> PATTERNS = List.of("a.b.c", "b.c", "x.b.c", "*.b.c", "*.c", "*.a.b.c", "*", "c", "aB", "bC",
            "*.aB", "*.bC", "[::1]");
    private static final List<String> HOSTS = List.of("a.b.c", "b.c", "x.b.c", "y.x.b.c", "z.a.b.c", "c", "d.c", "q", "", "aB",
            "bC", "x.aB", "x.bC", "[::1]",
            ".c", ".b.c", "a..c", "*.b.c", "*");
    private static final List<String> SEGMENTS = List.of("a", "b", "ab", "abc", "", "%C3%BC");
    private static final List<String> EXPRESSIONS = List.of("/a.*", "/a/.*", "/ab?c?", "/(a|b)/.*", "/a|/b", ".*", "/[ab]+",
            "/a/b/?", "/ab+(/.*)?", "/%C3%BC.*", "/a?", "");

    record Known(RouteMatch match, RouteRank rank) {}

    static final class KnownHost {
        String section = "";
        OnMiss onMiss = OnMiss.NEXT_HOST;
        final Map<String, Known> routes = new HashMap<>();
    }

    record Answer(@Nullable String route, @Nullable String host) {}

    private final Map<String, KnownHost> known = new HashMap<>();
    private RouteTable<String, String> table = RouteTable.empty();
    private final MatchScratch<String, String> scratch = new MatchScratch<>();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void agreesWithTheRulesAfterAnyEdits(long seed) {
        Random random = new Random(seed);
        int matched = 0;
        for (int round = 0; round < 400; round++) {
            RouteTable<String, String> before = table;
            List<Answer> answers = ask(before, new Random(round));
            RouteTableEdit<String, String> edit = table.edit();
            for (int i = random.nextInt(12); i >= 0; i--) {
                change(edit, random);
            }
            table = edit.done();
            assertThat(ask(before, new Random(round))).as("the table before round %s", round).isEqualTo(answers);
            for (int i = 0; i < 60; i++) {
                String host = pick(HOSTS, random);
                HeadStub head = request(random);
                Answer expected = expected(host, head);
                assertThat(answer(table, host, head)).as("%s %s", host, head).isEqualTo(expected);
                assertThat(recorded(host, head)).as("recorded %s %s", host, head).isEqualTo(expected.route());
                matched += expected.route() == null ? 0 : 1;
            }
        }
        assertThat(matched).isGreaterThan(5_000);
    }

    private List<Answer> ask(RouteTable<String, String> asked, Random random) {
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            answers.add(answer(asked, pick(HOSTS, random), request(random)));
        }
        return answers;
    }

    private Answer answer(RouteTable<String, String> asked, String host, HeadStub head) {
        String route = Routes.match(asked, host, head.path(), head, scratch);
        HostRoutes<String, String> found = scratch.host();
        return new Answer(route, found == null ? null : found.attachment());
    }

    private @Nullable String recorded(String host, HeadStub head) {
        RouteRecorder<String> recorder = new RouteRecorder<>();
        scratch.recorder(recorder);
        String route = Routes.match(table, host, head.path(), head, scratch);
        scratch.recorder(null);
        List<String> winners = recorder.steps().stream().filter(step -> step instanceof Candidate<String>(_, _, _, _, Won()))
                .map(step -> ((Candidate<String>) step).route()).toList();
        assertThat(winners).isEqualTo(route == null ? List.of() : List.of(route));
        return route;
    }

    private void change(RouteTableEdit<String, String> edit, Random random) {
        String pattern = pick(PATTERNS, random);
        KnownHost host = known.get(pattern);
        int dice = random.nextInt(20);
        if (host == null || dice == 0) {
            KnownHost changed = host == null ? new KnownHost() : host;
            changed.section = random.nextInt(4) == 0 ? "other" : "one";
            changed.onMiss = random.nextInt(4) == 0 ? OnMiss.NOT_FOUND : OnMiss.NEXT_HOST;
            known.put(pattern, changed);
            edit.host(pattern, changed.section, changed.onMiss, pattern);
        } else if (dice == 1) {
            known.remove(pattern);
            edit.removeHost(pattern);
        } else {
            String id = "r" + random.nextInt(25);
            Known old = host.routes.remove(id);
            if (old != null) {
                edit.remove(pattern, id, old.match());
            }
            edit.remove(pattern, "absent", match(random));
            if (dice < 14) {
                RouteMatch match = match(random);
                RouteRank rank = rank(match, random);
                host.routes.put(id, new Known(match, rank));
                edit.put(pattern, id, CompiledMatch.of(match, rank), pattern + "#" + id);
            }
        }
    }

    private Answer expected(String host, HeadStub head) {
        List<String> order = PATTERNS.stream().filter(known::containsKey).filter(pattern -> hostFits(pattern, host))
                .sorted(Comparator.comparingInt((String pattern) -> pattern.startsWith("*") ? 1 : 0)
                        .thenComparingInt(pattern -> -pattern.length()))
                .toList();
        String section = null;
        for (String pattern : order) {
            KnownHost candidate = known.get(pattern);
            section = section == null ? candidate.section : section;
            if (!section.equals(candidate.section)) {
                continue;
            }
            String best = candidate.routes.entrySet().stream().filter(e -> fits(e.getValue().match(), head))
                    .min(Comparator.comparing((Map.Entry<String, Known> e) -> e.getValue().rank())
                            .thenComparing(Map.Entry::getKey))
                    .map(Map.Entry::getKey)
                    .orElse(null);
            if (best != null) {
                return new Answer(pattern + "#" + best, pattern);
            }
            if (candidate.onMiss == OnMiss.NOT_FOUND) {
                break;
            }
        }
        return new Answer(null, order.isEmpty() ? null : order.getFirst());
    }

    private static boolean hostFits(String pattern, String host) {
        if (pattern.equals("*")) {
            return true;
        }
        return pattern.startsWith("*.")
                ? host.endsWith(pattern.substring(1)) && host.length() >= pattern.length()
                : host.equals(pattern);
    }

    private static boolean fits(RouteMatch match, HeadStub head) {
        return pathFits(match.path(), head.path()) && (match.method() == null || match.method().equals(head.method()))
                && match.headers().stream().allMatch(header -> valueFits(header, headerValue(header.name(), head)))
                && match.queries().stream().allMatch(query -> valueFits(query, queryValue(query.name(), head)));
    }

    private static boolean pathFits(PathMatch match, String path) {
        return switch (match) {
            case PathMatch.Exact(String value) -> path.equals(value);
            case PathMatch.Prefix(String value) -> {
                String segments = value.endsWith("/") ? value : value + "/";
                yield (path + "/").startsWith(segments) && (path.startsWith("/") || path.isEmpty());
            }
            case PathMatch.Regex(String value) -> path.matches(value);
        };
    }

    private static boolean valueFits(ValueMatch match, @Nullable String value) {
        return value != null && switch (match) {
            case ValueMatch.Exact exact -> value.equals(exact.value());
            case ValueMatch.Regex regex -> value.matches(regex.expression());
            case ValueMatch.Present _ -> true;
            case ValueMatch.Cookie _ -> throw new AssertionError("not generated; RouteTableTest has its cases");
        };
    }

    private static @Nullable String headerValue(String name, HeadStub head) {
        List<String> values = head.fields().stream().filter(field -> field.name().text().equalsIgnoreCase(name))
                .map(HeadStub.Field::value).toList();
        return values.isEmpty() ? null : String.join(",", values);
    }

    private static @Nullable String queryValue(String name, HeadStub head) {
        for (String parameter : head.query().split("&")) {
            String[] parts = parameter.split("=", 2);
            if (parts[0].equals(name)) {
                return parts.length == 1 ? "" : parts[1];
            }
        }
        return null;
    }

    private static RouteMatch match(Random random) {
        PathMatch path = switch (random.nextInt(5)) {
            case 0, 1 -> new PathMatch.Exact(path(random));
            case 2, 3 -> new PathMatch.Prefix(path(random));
            default -> new PathMatch.Regex(pick(EXPRESSIONS, random));
        };
        String method = random.nextInt(4) == 0 ? pick(List.of("GET", "POST"), random) : null;
        List<ValueMatch> headers = random.nextInt(4) == 0 ? List.of(value(random)) : List.of();
        List<ValueMatch> queries = random.nextInt(4) == 0 ? List.of(value(random)) : List.of();
        return new RouteMatch(path, method, headers, queries);
    }

    private static ValueMatch value(Random random) {
        String name = pick(List.of("p", "q"), random);
        return switch (random.nextInt(3)) {
            case 0 -> new ValueMatch.Exact(name, pick(List.of("1", "2", "1,2"), random));
            case 1 -> new ValueMatch.Regex(name, pick(List.of("1?", "[12,]+"), random));
            default -> new ValueMatch.Present(name);
        };
    }

    private static RouteRank rank(RouteMatch match, Random random) {
        if (random.nextInt(10) == 0) {
            return new RouteRank(pick(List.of(PathKind.values()), random), random.nextInt(6), false, 0, 0, 0, "odd", 0, 0);
        }
        return RouteRank.of(match, random.nextInt(3), pick(List.of("n/a", "n/b"), random), random.nextInt(2), 0);
    }

    private static HeadStub request(Random random) {
        List<String> fields = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            fields.add(pick(List.of("p", "q", "P"), random) + ": " + random.nextInt(4));
        }
        String query = pick(List.of("", "?p=1", "?q=2&p=1", "?p", "?q=1,2&q=2"), random);
        return HeadStub.of(pick(List.of("GET", "POST"), random), path(random) + query, fields.toArray(String[]::new));
    }

    private static String path(Random random) {
        StringBuilder path = new StringBuilder();
        for (int i = random.nextInt(4); i >= 0; i--) {
            path.append('/').append(pick(SEGMENTS, random));
        }
        return path.toString();
    }

    private static <T> T pick(List<T> all, Random random) {
        return all.get(random.nextInt(all.size()));
    }
}
