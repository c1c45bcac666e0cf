package io.jigress.proxy;

import java.util.List;

/// Notices that the faults of a configuration have changed since the last look. The owner locks; the listener may be set by any thread.
final class FaultWatch {
    private List<String> known = List.of();
    private volatile Runnable listener = () -> {};

    void listener(Runnable action) {
        listener = action;
    }

    void look(List<String> faults) {
        if (!faults.equals(known)) {
            known = faults;
            listener.run();
        }
    }
}
