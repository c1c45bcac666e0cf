package @PACKAGE@;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Reads the configuration and makes the filter. Named in META-INF/services/io.jigress.api.FilterFactory.
public final class @CLASS@Factory implements FilterFactory<@CLASS@Config> {

    @Override
    public String name() {
        return "@NAME@";
    }

    @Override
    public FilterPhase phase() {
        return FilterPhase.TRANSFORM;
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public @CLASS@Config parse(JsonReader config) {
        @CLASS@Config read = new @CLASS@Config(config.text("word", "hello"));
        config.finishStrictly("the plugin would not run as written");
        return read;
    }

    @Override
    public CompletionStage<PreparedFilter> prepare(@CLASS@Config config) {
        return CompletableFuture.completedFuture(_ -> new @CLASS@Filter(config));
    }
}
