package io.jigress.proxy.exchange;

import io.jigress.api.Resumption;
import org.jspecify.annotations.Nullable;

/// The [FilterStep]s of a message that have something, or had: made when they are needed, reused for later messages. Event loop only.
final class FilterSteps {
    private FilterStep[] all = new FilterStep[0];
    /// Those from here on are clear.
    private int used;
    private boolean added;

    /// @return the step of a filter, or the one behind the last filter
    FilterStep at(int i) {
        if (all.length <= i) {
            FilterStep[] more = new FilterStep[i + 2];
            System.arraycopy(all, 0, more, 0, all.length);
            for (int k = all.length; k < more.length; k++) {
                more[k] = new FilterStep();
            }
            all = more;
        }
        used = Math.max(used, i + 1);
        return all[i];
    }

    /// Steps from here on have nothing.
    int used() {
        return used;
    }

    void clear() {
        for (int i = 0; i < used; i++) {
            all[i].clear();
        }
        used = 0;
        added = false;
    }

    /// A filter has sent bytes of its own.
    void added() {
        added = true;
    }

    boolean anyAdded() {
        return added;
    }

    /// Whether a filter waits.
    boolean anyWaits() {
        for (int i = 0; i < used; i++) {
            if (all[i].waits() != FilterStep.Wait.NONE) {
                return true;
            }
        }
        return false;
    }

    /// Whether nothing waits anywhere, and nobody writes a body of its own.
    boolean isEmpty() {
        for (int i = 0; i < used; i++) {
            if (!all[i].isEmpty()) {
                return false;
            }
        }
        return true;
    }

    boolean waits(int i) {
        return i < used && all[i].waits() != FilterStep.Wait.NONE;
    }

    boolean hasTrailers(int i) {
        return i < used && all[i].hasTrailers();
    }

    /// Whether what a filter leaves of the last part ends the body for those behind.
    boolean endsWithInput(int i) {
        return writer(i) == null && !hasTrailers(i);
    }

    /// Whether nobody takes what a filter leaves, since it has ended the body.
    boolean isEnded(int i) {
        StepWriter writer = writer(i);
        return writer != null && writer.isOver();
    }

    boolean hasBytes(int i) {
        return i < used && all[i].hasBytes();
    }

    boolean isSkipped(int i) {
        return i < used && all[i].isSkipped();
    }

    @Nullable StepWriter writer(int i) {
        return i < used ? all[i].writer() : null;
    }

    /// The step that waits for this; -1 when there is none.
    int waitingFor(Resumption resumption) {
        for (int i = 0; i < used; i++) {
            if (all[i].awaits(resumption)) {
                return i;
            }
        }
        return -1;
    }

    boolean hasInput() {
        for (int i = 0; i < used; i++) {
            if (all[i].hasInput()) {
                return true;
            }
        }
        return false;
    }

    boolean hasWriter() {
        for (int i = 0; i < used; i++) {
            if (all[i].writer() != null) {
                return true;
            }
        }
        return false;
    }

    /// Bytes in front of filters, from a step on.
    long inboxLength(int from) {
        long bytes = 0;
        for (int i = from; i < used; i++) {
            bytes += all[i].inboxLength();
        }
        return bytes;
    }

    /// Bytes in front of filters and with them.
    long length() {
        long bytes = 0;
        for (int i = 0; i < used; i++) {
            bytes += all[i].length();
        }
        return bytes;
    }
}
