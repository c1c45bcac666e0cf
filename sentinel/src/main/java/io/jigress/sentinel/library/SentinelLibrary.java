package io.jigress.sentinel.library;

import com.alibaba.csp.sentinel.config.SentinelConfig;
import com.alibaba.csp.sentinel.log.RecordLog;
import com.alibaba.csp.sentinel.util.TimeUtil;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// Loads the classes of Sentinel whose initialisation affects the process, in an order that avoids these effects.
///
/// | class of Sentinel | by default | here |
/// |---|---|---|
/// | `RecordLog`, `LogBase` | makes `~/logs/csp` and log files there, prints to the console | [RecordLogger], found first; `LogBase` is never loaded |
/// | `LoggerSpiProvider` | prints the loggers that it finds | its output is discarded |
/// | `FlowRuleManager` | a thread that writes metric files every second | not used; switched off by the configuration as well |
/// | `SystemRuleManager` | a thread that samples load and CPU | not used; the engine samples them |
/// | `Env`, `CtSph`, `LogSlot` | starts everything that the class path offers (command port, heartbeats), block log with two threads | not used |
/// | `TimeUtil` | the thread `sentinel-time-tick-thread`, which wakes every 300 ms and every millisecond above some 1,200 checks/s | started: it is Sentinel's clock |
public final class SentinelLibrary {
    private SentinelLibrary() {}

    /// Loads them at the first call. For any thread.
    public static void start() {
        if (!Started.DONE) {
            throw new IllegalStateException("Sentinel's library was not started");
        }
    }

    private static final class Started {
        static final boolean DONE = load();

        private static boolean load() {
            Thread thread = Thread.currentThread();
            ClassLoader before = thread.getContextClassLoader();
            PrintStream console = System.out;
            thread.setContextClassLoader(SentinelLibrary.class.getClassLoader());
            System.setOut(new OthersOnly(console, thread));
            try {
                RecordLog.debug("Sentinel logs here");
            } finally {
                System.setOut(console);
                thread.setContextClassLoader(before);
            }
            SentinelConfig.setConfig(SentinelConfig.METRIC_FLUSH_INTERVAL, "0");
            return TimeUtil.instance() != null;
        }
    }

    /// The console, without the output of one thread.
    private static final class OthersOnly extends PrintStream {
        private final PrintStream console;
        private final Thread silent;

        OthersOnly(PrintStream console, Thread silent) {
            super(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
            this.console = console;
            this.silent = silent;
        }

        @Override
        public void write(int b) {
            if (Thread.currentThread() != silent) {
                console.write(b);
            }
        }

        @Override
        public void write(byte[] bytes, int from, int length) {
            if (Thread.currentThread() != silent) {
                console.write(bytes, from, length);
            }
        }

        @Override
        public void println(String text) {
            if (Thread.currentThread() != silent) {
                console.println(text);
            }
        }

        @Override
        public void flush() {
            console.flush();
        }
    }
}
