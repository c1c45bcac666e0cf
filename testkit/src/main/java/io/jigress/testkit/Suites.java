package io.jigress.testkit;

import java.lang.reflect.Method;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;

/// Skips classes and methods that are tagged `suite` where the system property `jigress.suites` is `false`, as in `mvn verify`, and names them
/// on standard output when the tests of the process end. Where the property is missing, as in an IDE, everything runs. JUnit finds it by itself
/// where the detection of extensions is on.
public final class Suites implements ExecutionCondition {
    /// Of tests that take long: real registries and clusters, builds, load, fuzzing, counted costs.
    public static final String TAG = "suite";
    private static final String PROPERTY = "jigress.suites";

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if (!areSkipped() || !context.getTags().contains(TAG)) {
            return ConditionEvaluationResult.enabled("no suite, or suites are run");
        }
        String method = context.getTestMethod().map(Method::getName).map("."::concat).orElse("");
        skipped(context, context.getRequiredTestClass().getSimpleName() + method);
        return ConditionEvaluationResult.disabled("a suite; -D" + PROPERTY + " runs it");
    }

    static boolean areSkipped() {
        return "false".equals(System.getProperty(PROPERTY));
    }

    /// Has a test named at the end of the run.
    static void skipped(ExtensionContext context, String name) {
        context.getStore(StoreScope.LAUNCHER_SESSION, Namespace.create(Suites.class))
                .computeIfAbsent(Skipped.class, key -> new Skipped(), Skipped.class).names.add(name);
    }

    /// Tells what was skipped when the session of the launcher ends.
    private static final class Skipped implements AutoCloseable {
        private final Set<String> names = new ConcurrentSkipListSet<>();

        @Override
        public void close() {
            System.out.println("NOT RUN without -D" + PROPERTY + ": " + String.join(", ", names));
        }
    }
}
