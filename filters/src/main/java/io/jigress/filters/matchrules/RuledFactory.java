package io.jigress.filters.matchrules;

import io.jigress.api.ExchangeKey;
import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.HttpFilter;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.api.Services;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// A filter whose configuration may have match rules, in the form that Higress gives to its plugins: the members of the
/// configuration are the default, and `_rules_` is a list of further configurations, each with the routes and domains that it is for. The first
/// rule that matches replaces the default. A configuration that consists of rules alone has no default: the filter does nothing for other requests.
///
/// @param <C> the configuration of the filter
public final class RuledFactory<C> implements FilterFactory<RuledFactory.Ruled<C>> {
    private static final String RULES = "_rules_";
    private static final String DISABLED = "_disabled_";

    private static final HttpFilter NOTHING = new HttpFilter() {};

    private final FilterFactory<C> filter;

    /// @param matches null for the default
    /// @param config null where the filter does nothing
    record Rule<C>(@Nullable MatchRule matches, @Nullable C config) {}

    /// In the order in which they are tried; the default is the last.
    public record Ruled<C>(List<Rule<C>> rules) {
        public Ruled {
            rules = List.copyOf(rules);
        }
    }

    private RuledFactory(FilterFactory<C> filter) {
        this.filter = filter;
    }

    public static FilterFactory<?> of(FilterFactory<?> filter) {
        return new RuledFactory<>(filter);
    }

    @Override
    public String name() {
        return filter.name();
    }

    @Override
    public FilterPhase phase() {
        return filter.phase();
    }

    @Override
    public int priority() {
        return filter.priority();
    }

    @Override
    public boolean protects() {
        return filter.protects();
    }

    @Override
    public Ruled<C> parse(JsonReader config) {
        if (!config.has(RULES)) {
            return new Ruled<>(List.of(new Rule<>(null, filter.parse(config))));
        }
        List<Rule<C>> rules = new ArrayList<>();
        for (JsonReader rule : config.objects(RULES)) {
            MatchRule matches = MatchRule.read(rule);
            rules.add(new Rule<>(matches, rule.bool(DISABLED, false) ? null : filter.parse(rule)));
        }
        if (config.json().members().size() > 1) {
            rules.add(new Rule<>(null, filter.parse(config)));
        }
        return new Ruled<>(rules);
    }

    @Override
    public CompletionStage<PreparedFilter> prepare(Ruled<C> config) {
        if (config.rules().size() == 1 && config.rules().getFirst().matches() == null) {
            return prepare(config.rules().getFirst());
        }
        List<CompletableFuture<PreparedFilter>> each = config.rules().stream().map(this::prepare).toList();
        return CompletableFuture.allOf(each.toArray(CompletableFuture[]::new))
                .thenApply(_ -> new Prepared<>(config.rules(), each.stream().map(CompletableFuture::join).toList(),
                        new ExchangeKey<>(filter.name() + " rule")));
    }

    private CompletableFuture<PreparedFilter> prepare(Rule<C> rule) {
        C config = rule.config();
        return config == null
                ? CompletableFuture.completedFuture(_ -> NOTHING)
                : filter.prepare(config).toCompletableFuture();
    }

    private record Prepared<C>(List<Rule<C>> rules, List<PreparedFilter> filters, ExchangeKey<RuledFilter.Choice> chosen)
            implements
                PreparedFilter {
        @Override
        public HttpFilter create(Services services) {
            List<RuledFilter.Choice> made = new ArrayList<>();
            try {
                for (int i = 0; i < filters.size(); i++) {
                    HttpFilter filter = filters.get(i).create(services);
                    made.add(new RuledFilter.Choice(rules.get(i).matches(), filter, filter.interests()));
                }
            } catch (RuntimeException | LinkageError e) {
                made.forEach(choice -> choice.filter().close());
                throw e;
            }
            return new RuledFilter(List.copyOf(made), chosen);
        }

        @Override
        public void close() {
            filters.forEach(PreparedFilter::close);
        }
    }
}
