package io.jigress.sentinel;

import io.jigress.api.Json;
import java.util.List;
import java.util.function.Function;

/// Delivers lists of rules from outside the configuration: from data ids of Nacos, and the lists that a dashboard has set.
public interface RuleFeed {

    /// A feed without lists.
    RuleFeed NONE = (_, _) -> () -> {};

    /// The name of a list.
    ///
    /// @param registry a Registry, `namespace/name`; empty for the rules of the dashboard
    /// @param dataId the data id; for the dashboard, the field of the rules (`flowRules`)
    record Text(String registry, String group, String dataId) {}

    /// Ends with [#close]; a call of the listener that is in progress may still finish.
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }

    /// Follows a list.
    ///
    /// @param listener is called with the list (an empty one when it does not exist) and with every change, on any thread, one call at a time.
    /// It returns the faults of the list, and the previous list then stays in use; or nothing when the new list is in use. It is not called for
    /// text that is not JSON
    Subscription follow(Text text, Function<Json, List<String>> listener);
}
