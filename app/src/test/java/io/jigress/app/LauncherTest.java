package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.MadeUpMachine.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The script `jigress` in simulated environments, whose JDKs only print how they were called.
@Timeout(60)
class LauncherTest {
    @TempDir private Path root;

    private MadeUpMachine machine;

    @BeforeEach
    void prepare() throws IOException {
        machine = new MadeUpMachine(root);
    }

    @Nested
    class Jdk {
        @BeforeEach
        void prepare() throws IOException {
            machine.release();
        }

        @Test
        void of25IsFoundBesideAnOlderDefault() throws Exception {
            machine.defaultJava(machine.jdk("17"));
            machine.jdk("21");
            machine.jdk("26");
            Path jdk = machine.jdk("25");

            assertThat(machine.run("version").java()).isEqualTo(jdk.resolve("bin/java").toString());
        }

        @Test
        void ofALaterVersionServesWhereThereIsNo25() throws Exception {
            machine.jdk("17");
            Path jdk = machine.jdk("26");

            assertThat(machine.run("version").java()).isEqualTo(jdk.resolve("bin/java").toString());
        }

        @Test
        void ofThePathIsTakenWhenItIsNewEnough() throws Exception {
            machine.jdk("25");
            Path jdk = machine.jdk("26");
            machine.defaultJava(jdk);

            assertThat(machine.run("version").java()).isEqualTo(jdk.resolve("bin/java").toString());
        }

        @Test
        void thatTheUserNamesWins() throws Exception {
            machine.defaultJava(machine.jdk("25"));
            Path jdk = machine.jdk("26");
            machine.with("JAVA_HOME", machine.jdk("27").toString()).with("JIGRESS_JAVA_HOME", jdk.toString());

            assertThat(machine.run("version").java()).isEqualTo(jdk.resolve("bin/java").toString());
        }

        @Test
        void thatTheUserNamesMustBe25() throws Exception {
            machine.defaultJava(machine.jdk("25"));
            Path old = machine.jdk("17");

            Outcome outcome = machine.with("JIGRESS_JAVA_HOME", old.toString()).run("version");

            assertThat(outcome.status()).isEqualTo(1);
            assertThat(outcome.out()).isEmpty();
            assertThat(outcome.err()).isEqualTo("jigress: JIGRESS_JAVA_HOME is " + old + ", which is not a JDK 25 or later.\n");
        }

        @Test
        void thatIsMissingIsNamed() throws Exception {
            machine.defaultJava(machine.jdk("17"));

            Outcome outcome = machine.run("version");

            assertThat(outcome.status()).isEqualTo(1);
            assertThat(outcome.out()).isEmpty();
            assertThat(outcome.err()).isEqualTo("jigress: needs Java 25 or later and found none. "
                    + "Install a JDK 25 (Temurin 25, for example), or set JIGRESS_JAVA_HOME to the folder of one.\n");
        }
    }

    @Nested
    class Build {
        @BeforeEach
        void prepare() throws IOException {
            machine.checkout();
        }

        @Test
        void withoutMavenSaysWhatToInstall() throws Exception {
            machine.jdk("25");

            Outcome outcome = machine.run("version");

            assertThat(outcome.status()).isEqualTo(1);
            assertThat(outcome.err()).isEqualTo(
                    "jigress: needs Maven 3.8.6 or later to build from source, and found no mvn. Install the package maven.\n");
        }

        @Test
        void isNotNeededForHelp() throws Exception {
            Path help = Files.createDirectories(machine.script().resolveSibling("build/help"));
            Files.writeString(help.resolve("jigress.txt"), "all\n");
            Files.writeString(help.resolve("run.txt"), "of run\n");

            assertThat(machine.run("--help")).isEqualTo(new Outcome(0, "all\n", ""));
            assertThat(machine.run("run", "--help")).isEqualTo(new Outcome(0, "of run\n", ""));
            assertThat(machine.run()).isEqualTo(new Outcome(2, "all\n", ""));
        }

        @Test
        void showsItsErrorsWhenItFails() throws Exception {
            machine.jdk("25");
            machine.maven("""
                    echo '[INFO] Compiling'
                    echo '[ERROR] Route.java:[7,1] illegal start of type'
                    echo '[ERROR] -> [Help 1]'
                    exit 1
                    """);

            Outcome outcome = machine.run("demo");

            assertThat(outcome.status()).isEqualTo(1);
            assertThat(outcome.out()).isEmpty();
            assertThat(outcome.err()).contains("[ERROR] Route.java:[7,1] illegal start of type", "the build failed", "build.log")
                    .doesNotContain("Compiling", "Help 1");
        }

        @Test
        void happensOnceAndAgainForAChangedSource() throws Exception {
            Path jdk = machine.jdk("25");
            machine.defaultJava(machine.jdk("17"));
            machine.maven(MadeUpMachine.BUILD);

            assertThat(machine.run("demo").err()).contains("jigress: building");
            assertThat(machine.run("demo").err()).isEmpty();
            assertThat(machine.builds()).containsExactly(jdk.toString());

            machine.touch(machine.source(), Instant.now().plusSeconds(60));
            assertThat(machine.run("check", "folder").err()).as("only a gateway must not be old").isEmpty();
            assertThat(machine.run("demo").err()).contains("jigress: building");
            assertThat(machine.builds()).hasSize(2);
        }

        @Test
        void isFollowedByATrainingRunWithTheOptionsOfAStart() throws Exception {
            machine.jdk("25");
            machine.maven(MadeUpMachine.BUILD);

            Outcome first = machine.run("run", "--config", "folder");

            assertThat(first.status()).isZero();
            assertThat(first.err()).contains("jigress: training");
            assertThat(first.arguments()).contains("-XX:AOTCache=" + machine.cache());
            assertThat(machine.trainings()).hasSize(1);
            List<String> training = machine.trainings().getFirst();
            assertThat(training).endsWith("train");
            assertThat(MadeUpMachine.options(training)).containsAll(MadeUpMachine.options(first.arguments()).stream()
                    .filter(option -> !MadeUpMachine.isCache(option)).toList());

            assertThat(machine.run("run", "--config", "folder").err()).isEmpty();
            assertThat(machine.trainings()).hasSize(1);
        }

        @Test
        void byMavenAloneIsTrainedAtTheNextStart() throws Exception {
            machine.jdk("25");
            machine.maven(MadeUpMachine.BUILD);
            machine.run("demo");
            machine.touch(machine.jar(), Instant.now().plusSeconds(60));

            Outcome version = machine.run("version");
            assertThat(version.err()).as("only the start of a gateway is worth a training run").isEmpty();
            assertThat(version.arguments()).as("the cache is of other jars").noneMatch(MadeUpMachine::isCache);

            assertThat(machine.run("demo").err()).startsWith("jigress: training").hasLineCount(1);
            assertThat(machine.trainings()).hasSize(2);
        }

        @Test
        void startsAlsoWhenTheTrainingFails() throws Exception {
            machine.jdk("25");
            machine.maven(MadeUpMachine.BUILD);
            machine.trainingFails();

            Outcome first = machine.run("demo");

            assertThat(first.status()).isZero();
            assertThat(first.err()).contains("the training failed");
            assertThat(first.arguments()).endsWith("demo").noneMatch(MadeUpMachine::isCache);
            assertThat(machine.run("demo").err()).as("not tried again").isEmpty();
            assertThat(machine.trainings()).hasSize(1);
        }

        @Test
        void isNotNeededToTrainARelease() throws Exception {
            machine.jdk("25");
            machine.release();

            assertThat(machine.run("run", "--config", "folder").arguments())
                    .as("an archive brings no cache, and a start makes none")
                    .noneMatch(MadeUpMachine::isCache);

            Outcome training = machine.run("train");
            assertThat(training.status()).as(training.err()).isZero();
            assertThat(training.err()).contains("jigress: training");
            assertThat(machine.trainings()).hasSize(1);
            assertThat(machine.run("run", "--config", "folder").arguments()).contains("-XX:AOTCache=" + machine.cache());
        }

        @Test
        void ofAReleaseSaysWhenTheTrainingFails() throws Exception {
            machine.jdk("25");
            machine.release();
            machine.trainingFails();

            Outcome training = machine.run("train");
            assertThat(training.status()).isEqualTo(1);
            assertThat(training.err()).contains("the training failed");
        }
    }

    @Nested
    class Memory {
        @ParameterizedTest(name = "{0}")
        @CsvSource(delimiter = '|', textBlock = """
                no limit                               | 2048 | 0::/             | sys/fs/cgroup/memory.max                              | max                 | 2048
                a container, cgroup v2                 | 2048 | 0::/             | sys/fs/cgroup/memory.max                              | 268435456           | 256
                a service, cgroup v2                   | 2048 | 0::/a.slice/b    | sys/fs/cgroup/a.slice/b/memory.max                    | 536870912           | 512
                a service in a slice that has less     | 2048 | 0::/a.slice/b    | sys/fs/cgroup/a.slice/memory.max                      | 536870912           | 512
                more than the machine has              | 2048 | 0::/             | sys/fs/cgroup/memory.max                              | 8589934592          | 2048
                a container, cgroup v1                 | 2048 | 4:memory:/pod/a  | sys/fs/cgroup/memory/memory.limit_in_bytes            | 268435456           | 256
                a service, cgroup v1, two controllers  | 2048 | 4:cpu,memory:/a  | sys/fs/cgroup/memory/a/memory.limit_in_bytes          | 268435456           | 256
                no limit, cgroup v1                    | 2048 | 4:memory:/       | sys/fs/cgroup/memory/memory.limit_in_bytes            | 9223372036854771712 | 2048
                another controller                     | 2048 | 4:cpu:/          | sys/fs/cgroup/memory/memory.limit_in_bytes            | 268435456           | 2048
                """)
        void isWhatTheProcessMayUse(String what, int machineMib, String group, String file, String limit, int expected)
                throws Exception {
            machine.checkout();
            Path fake = root.resolve("fake");
            MadeUpMachine.write(fake.resolve("proc/meminfo"), "MemTotal: %d kB\nMemFree: 1 kB\n".formatted(machineMib * 1024));
            MadeUpMachine.write(fake.resolve("proc/self/cgroup"), "9:pids:/\n" + group + "\n");
            MadeUpMachine.write(fake.resolve(file), limit + "\n");

            assertThat(machine.call("memory_mib '" + fake + "'").out()).as(what).isEqualTo(expected + "\n");
        }

        @Test
        void isUnknownWhereThereIsNoProc() throws Exception {
            machine.checkout();

            assertThat(machine.call("memory_mib '" + root.resolve("nowhere") + "'")).isEqualTo(new Outcome(0, "", ""));
        }

        @ParameterizedTest
        @CsvSource({"24000, 512", "1024, 512", "512, 256", "256, 128", "100, 64", "'', 512"})
        void givesTheHeapItsHalf(String mib, int heap) throws Exception {
            machine.release();
            machine.jdk("25");

            assertThat(machine.runAfter("memory_mib() { echo " + mib + "; }", "version").arguments())
                    .contains("-Xms64m", "-Xmx" + heap + "m");
        }
    }

    @Test
    void optionsOfTheUserComeAfterOurOwn() throws Exception {
        machine.release();
        machine.jdk("25");

        List<String> arguments = machine.with("JIGRESS_JAVA_OPTS", "-Xmx2g -Dname=value").run("run", "--to", "a b").arguments();

        assertThat(arguments).containsSubsequence("-Xms64m", "-Xmx2g", "-Dname=value", "-jar", "run", "--to", "a b");
        assertThat(arguments.lastIndexOf("-Xmx2g")).isGreaterThan(
                arguments.indexOf(arguments.stream().filter(argument -> argument.startsWith("-Xmx")).findFirst().orElseThrow()));
    }

    @Test
    void onlyAGatewayIsCompiledByC2() throws Exception {
        machine.release();
        machine.jdk("25");

        assertThat(machine.run("check", "conf").arguments()).contains("-XX:TieredStopAtLevel=1");
        assertThat(machine.run("run", "--config", "conf").arguments()).doesNotContain("-XX:TieredStopAtLevel=1");
        assertThat(machine.run("demo").arguments()).doesNotContain("-XX:TieredStopAtLevel=1");
    }

    @Test
    void aReleaseIsNeitherBuiltNorTrained() throws Exception {
        machine.release();
        machine.jdk("25");

        Outcome outcome = machine.run("demo");

        assertThat(outcome.status()).isZero();
        assertThat(outcome.err()).isEmpty();
        assertThat(machine.trainings()).isEmpty();
    }

    @Test
    void aReleaseThatLacksItsJarSaysSo() throws Exception {
        machine.release();
        machine.jdk("25");
        Files.delete(machine.jar());

        Outcome outcome = machine.run("demo");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains("holds no jigress-app jar");
    }

    @Test
    void startsThroughSymlinksFromAnywhere() throws Exception {
        machine.release();
        Path elsewhere = Files.createDirectories(root.resolve("else where"));
        Files.createSymbolicLink(elsewhere.resolve("absolute"), machine.script());
        Files.createSymbolicLink(elsewhere.resolve("jigress"), Path.of("absolute"));
        machine.with("JIGRESS_JAVA_HOME", machine.jdk("25").toString());

        Outcome outcome = machine.execute(elsewhere, "./jigress", "version");

        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.arguments()).endsWith("-jar", machine.jar().toString(), "version");
    }
}
