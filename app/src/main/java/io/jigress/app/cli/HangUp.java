package io.jigress.app.cli;

import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Handles SIGHUP, whose default action ends a JVM: here it reloads settings and reopens log files, as in nginx.
public final class HangUp {
    private static final Logger log = LoggerFactory.getLogger(HangUp.class);

    private HangUp() {}

    /// Sets the action of the signal; it runs on a thread of the JVM, one at a time.
    ///
    /// By reflection: signals have no supported Java API, and using `sun.misc.Signal` of jdk.unsupported directly causes a compiler warning.
    /// Does nothing where the signal does not exist (Windows).
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
