package io.jigress.testkit;

import io.jigress.api.FilterFactory;
import io.jigress.api.HttpFilter;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Runs a filter in memory, as the gateway would on one event loop: for tests of filters.
///
/// ```java
/// FilterTester tester = FilterTester.start(new MyFilterFactory(), "{'status': 403}");
/// TestExchange exchange = tester.exchange("GET", "/cart", "host: shop.example", "x-user: 7");
/// assertThat(exchange.requestHead()).isEqualTo(FilterDecision.CONTINUE);
/// exchange.respond(200, "content-type: text/plain");
/// assertThat(exchange.responseHeaders().all("x-served-by")).containsExactly("me");
/// ```
///
/// Not thread-safe, except [io.jigress.api.Resumption#resume].
public final class FilterTester {
    /// A filter may compile code when it is prepared.
    private static final Duration PREPARATION = Duration.ofMinutes(1);

    private final PreparedFilter prepared;
    private final ManualServices services;
    private final HttpFilter filter;

    private FilterTester(PreparedFilter prepared, ManualServices services) {
        this.prepared = prepared;
        this.services = services;
        this.filter = prepared.create(services);
    }

    /// Parses the configuration (JSON, single quotes allowed), prepares it and makes an instance.
    ///
    /// @throws AssertionError when the configuration has an issue, a warning too
    public static <C> FilterTester start(FilterFactory<C> factory, String config) {
        return start(factory, JsonSource.parse(config));
    }

    public static <C> FilterTester start(FilterFactory<C> factory, Json config) {
        JsonReader reader = JsonReader.of("", config);
        C parsed = factory.parse(reader);
        if (!reader.issues().isEmpty()) {
            throw new AssertionError("the configuration has issues: " + reader.issues());
        }
        return new FilterTester(prepare(factory, parsed), new ManualServices());
    }

    /// What is wrong with a configuration; paths are relative to it.
    public static <C> List<JsonReader.Issue> issues(FilterFactory<C> factory, String config) {
        JsonReader reader = JsonReader.of("", JsonSource.parse(config));
        factory.parse(reader);
        return List.copyOf(reader.issues());
    }

    /// The configuration that a text is parsed to, for comparisons.
    public static <C> C parse(FilterFactory<C> factory, String config) {
        return factory.parse(JsonReader.of("", JsonSource.parse(config)));
    }

    /// Another event loop with the same prepared filter: shares its state and the clock.
    public FilterTester anotherLoop() {
        return new FilterTester(prepared, services);
    }

    /// A GET-like exchange; `headers` are whole lines. See [TestExchange] for the rest of its properties.
    public TestExchange exchange(String method, String target, String... headers) {
        return new TestExchange(this, method, target, HeaderList.of(headers));
    }

    public HttpFilter filter() {
        return filter;
    }

    /// Clock, timers, metrics, calls and tasks.
    public ManualServices services() {
        return services;
    }

    /// Advances the time, and runs the timers and deadlines that are due.
    public void advance(Duration by) {
        services.advance(by);
    }

    /// Closes the instance and the state that instances share.
    public void close() {
        filter.close();
        prepared.close();
    }

    private static <C> PreparedFilter prepare(FilterFactory<C> factory, C parsed) {
        try {
            return factory.prepare(parsed).toCompletableFuture().get(PREPARATION.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("the filter could not be prepared", e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("the filter was not prepared within " + PREPARATION, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while the filter was prepared", e);
        }
    }
}
