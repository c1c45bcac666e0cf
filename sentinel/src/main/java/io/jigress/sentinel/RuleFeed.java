package io.jigress.sentinel;

import io.jigress.api.Json;
import java.util.List;
import java.util.function.Consumer;

/// Brings texts of registries, such as data ids of Nacos, and hears what became of them.
public interface RuleFeed {

    /// A feed without registries: everything fails.
    RuleFeed NONE = new RuleFeed() {
        @Override
        public Subscription follow(Text text, Consumer<Json> listener) {
            return () -> {};
        }

        @Override
        public void refused(Text text, List<String> faults) {}
    };

    /// Which text.
    ///
    /// @param registry a Registry, `namespace/name`
    record Text(String registry, String group, String dataId) {}

    /// Ends with [#close]; the listener may still hear what is under way.
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }

    /// The listener hears what the text is, an empty list when there is none, and every change. Text that is no JSON never reaches it. Called on
    /// any thread, one call at a time.
    Subscription follow(Text text, Consumer<Json> listener);

    /// What is wrong with the last text, so that the one before it stays in use; an empty list when it is in use.
    void refused(Text text, List<String> faults);
}
