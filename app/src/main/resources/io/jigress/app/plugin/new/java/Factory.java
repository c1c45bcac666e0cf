package @PACKAGE@;

import io.jigress.api.FilterPhase;
import io.jigress.api.JsonReader;
import io.jigress.api.blocking.BlockingFilter;
import io.jigress.api.blocking.BlockingFilterFactory;

/// Reads the configuration and makes the filter. Named in META-INF/services/io.jigress.api.FilterFactory.
public final class @CLASS@Factory implements BlockingFilterFactory<@CLASS@Config> {

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
    public BlockingFilter create(@CLASS@Config config) {
        return new @CLASS@Filter(config);
    }
}
