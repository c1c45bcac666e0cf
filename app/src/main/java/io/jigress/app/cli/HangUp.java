package io.jigress.app.cli;

import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// SIGHUP, whose default action ends a JVM; here it reloads settings and reopens log files, as in nginx.
public final class HangUp {
    private static final Logger log = LoggerFactory.getLogger(HangUp.class);

    private HangUp() {}

    /// From now on the signal runs an action, on a thread of the JVM, one at a time.
    ///
    /// The JVM's signals have no supported interface; `sun.misc.Signal` in jdk.unsupported cannot be named without a warning of the
    /// compiler. Where there is no such signal (Windows) nothing happens.
    public static void run(Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object handling = Proxy.newProxyInstance(HangUp.class.getClassLoader(), new Class<?>[] {handler},
                    (proxy, method, arguments) -> switch (method.getName()) {
                        case "handle" -> {
                            guarded(action);
                            yield null;
                        }
                        case "equals" -> proxy == arguments[0];
                        case "hashCode" -> System.identityHashCode(proxy);
                        default -> "hang-up";
                    });
            signal.getMethod("handle", signal, handler).invoke(null, signal.getConstructor(String.class).newInstance("HUP"),
                    handling);
        } catch (ReflectiveOperationException e) {
            log.debug("no SIGHUP on this system", e);
        }
    }

    private static synchronized void guarded(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            log.error("reloading on SIGHUP failed", e);
        }
    }
}
