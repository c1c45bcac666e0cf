package io.jigress.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

class SuitesTest {
    private static final String PROPERTY = "jigress.suites";
    private static final List<String> RAN = new ArrayList<>();

    private final String before = System.getProperty(PROPERTY);

    @Tag("suite")
    static class Whole {
        @Test
        void one() {
            RAN.add("Whole.one");
        }
    }

    static class Mixed {
        @Test
        @Tag("suite")
        void heavy() {
            RAN.add("Mixed.heavy");
        }

        @Test
        @Tag("other")
        void light() {
            RAN.add("Mixed.light");
        }
    }

    @ParameterizedClass
    @Variants({"a,1", "b,2", "c,3"})
    static class Varied {
        private final String name;

        Varied(String letter, int number) {
            name = letter + number;
        }

        @Test
        void test() {
            RAN.add(name);
        }
    }

    @AfterEach
    void restore() {
        RAN.clear();
        if (before == null) {
            System.clearProperty(PROPERTY);
        } else {
            System.setProperty(PROPERTY, before);
        }
    }

    @Test
    void areSkippedAndNamedAtTheEnd() {
        System.setProperty(PROPERTY, "false");

        String said = run();

        assertThat(RAN).containsExactlyInAnyOrder("Mixed.light", "a1");
        assertThat(said).isEqualToIgnoringNewLines("NOT RUN without -Djigress.suites: Mixed.heavy, Varied [b,2, c,3], Whole");
    }

    @Test
    void runWhereTheyAreAskedForAndWhereNothingIsSaid() {
        System.setProperty(PROPERTY, "true");
        assertThat(run()).isEmpty();
        System.clearProperty(PROPERTY);
        assertThat(run()).isEmpty();

        assertThat(RAN).hasSize(12).contains("Whole.one", "Mixed.heavy", "Mixed.light", "a1", "b2", "c3");
    }

    /// Runs the classes above in a session of their own.
    ///
    /// @return what came on standard output
    private static String run() {
        PrintStream out = System.out;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setOut(new PrintStream(said, true, UTF_8));
        try (LauncherSession session = LauncherFactory.openSession()) {
            session.getLauncher().execute(LauncherDiscoveryRequestBuilder.request()
                    .selectors(selectClass(Whole.class), selectClass(Mixed.class), selectClass(Varied.class))
                    .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "true").build());
        } finally {
            System.setOut(out);
        }
        return said.toString(UTF_8);
    }
}
