package io.jigress.proxy.call;

import io.jigress.proxy.loop.Loop;
import java.util.ArrayList;
import java.util.List;

/// Starts the tasks of one event loop. Those that were asked for in one turn of the loop are started together after it: the loop starts the thread of the
/// first, and that starts the others on its carrier. So a turn wakes a carrier once; where it shares the processor with the loop, one by one each
/// start would be a switch of threads. Event loop only.
final class TaskStarts {
    /// The most that one thread starts: other carriers may take the next ones meanwhile.
    private static final int MOST = 64;

    private final Loop loop;
    private final List<BlockingTask<?>> waiting = new ArrayList<>();
    private final Runnable all = this::startAll;

    TaskStarts(Loop loop) {
        this.loop = loop;
    }

    /// Starts the task after this turn of the loop.
    void add(BlockingTask<?> task) {
        waiting.add(task);
        if (waiting.size() == 1) {
            loop.executor().execute(all);
        }
    }

    private void startAll() {
        for (int from = 0, size = waiting.size(); from < size; from += MOST) {
            int to = Math.min(size, from + MOST);
            waiting.get(from).start(to - from == 1 ? List.of() : threads(from + 1, to));
        }
        waiting.clear();
    }

    private List<Thread> threads(int from, int to) {
        List<Thread> threads = new ArrayList<>(to - from);
        for (int i = from; i < to; i++) {
            threads.add(waiting.get(i).thread());
        }
        return threads;
    }
}
