package io.jigress.sentinel;

import io.jigress.api.Json;
import java.util.List;
import java.util.function.Function;

/// Brings lists of rules from elsewhere: data ids of Nacos, and what a dashboard has set.
public interface RuleFeed {

    /// A feed that brings nothing.
    RuleFeed NONE = (_, _) -> () -> {};

    /// Which list.
    ///
    /// @param registry a Registry, `namespace/name`; empty for what the dashboard has set
    /// @param dataId for the dashboard the field of the rules (`flowRules`)
    record Text(String registry, String group, String dataId) {}

    /// Ends with [#close]; the listener may still hear what is under way.
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }

    /// Follows a list.
    ///
    /// @param listener hears what the list is, an empty one when there is none, and every change, on any thread, one call at a time. It answers what is
    /// wrong with it, so that the one before stays in use; nothing when it is in use. Text that is no JSON never reaches it
    Subscription follow(Text text, Function<Json, List<String>> listener);
}
