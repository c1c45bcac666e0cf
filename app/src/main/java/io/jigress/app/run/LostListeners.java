package io.jigress.app.run;

import io.jigress.config.Listener;
import io.jigress.config.PersistentMap;
import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.ResourceKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Detects that a change has closed the last listener of all Gateways, so that the gateway serves only Ingresses or nothing at all.
public final class LostListeners {
    private final String ingressListener;
    private List<String> open = List.of();
    private volatile List<String> lost = List.of();

    /// @param ingressListener the name of the listener that exists without a Gateway
    public LostListeners(String ingressListener) {
        this.ingressListener = ingressListener;
    }

    /// Reports the live state. For one thread.
    public void now(PersistentMap<String, Listener> listeners) {
        List<String> names = new ArrayList<>();
        listeners.forEach((name, _) -> names.add(name));
        names.remove(ingressListener);
        if (!names.isEmpty()) {
            open = names;
            lost = List.of();
        } else {
            lost = open;
        }
    }

    /// For any thread.
    public Optional<Problem> problem(ResourceKey key) {
        List<String> gone = lost;
        return gone.isEmpty()
                ? Optional.empty()
                : Optional.of(new Problem(key, "", "",
                        "has no listener of a Gateway any more: " + String.join(", ", gone)
                                + (gone.size() == 1 ? " was" : " were")
                                + " closed by a change of the configuration",
                        "a Gateway with a valid listener", Severity.ERROR));
    }
}
