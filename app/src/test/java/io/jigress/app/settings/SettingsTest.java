package io.jigress.app.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.settings.Setting.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
    private final SettingsReader reader = new SettingsReader(new Machine(3, 512 << 20));

    @TempDir private Path folder;

    private Path file(String yaml) throws IOException {
        return Files.writeString(folder.resolve("settings.yaml"), yaml);
    }

    @Test
    void whatIsSaidLaterWins() throws IOException {
        assertThat(reader.settings().value(KnownSettings.PORTS_HTTP)).isEqualTo(8080);
        assertThat(reader.settings().source(KnownSettings.PORTS_HTTP)).isEqualTo("default");

        reader.file(file("# mine\nports.http: 9001\n"));
        assertThat(reader.settings().value(KnownSettings.PORTS_HTTP)).isEqualTo(9001);
        assertThat(reader.settings().source(KnownSettings.PORTS_HTTP)).isEqualTo("settings.yaml:2");

        reader.environment(Map.of("JIGRESS_PORTS_HTTP", "9002", "HOME", "/"));
        assertThat(reader.settings().value(KnownSettings.PORTS_HTTP)).isEqualTo(9002);
        assertThat(reader.settings().source(KnownSettings.PORTS_HTTP)).isEqualTo("JIGRESS_PORTS_HTTP");

        reader.assignment("ports.http=9003");
        assertThat(reader.settings().value(KnownSettings.PORTS_HTTP)).isEqualTo(9003);
        assertThat(reader.settings().source(KnownSettings.PORTS_HTTP)).isEqualTo("--set");
        assertThat(reader.faults()).isEmpty();
    }

    @Test
    void namesInTheFileMayBeNestedAndListsMayBeLists() throws IOException {
        reader.file(file("""
                drain:
                  delay: 5s
                  timeout: 1m30s
                limits.header: {bytes: 32KiB, count: 50}
                proxies.trusted: [10.0.0.0/8, "fd00::/8"]
                """));

        assertThat(reader.faults()).isEmpty();
        assertThat(reader.settings().value(KnownSettings.DRAIN_TIMEOUT)).isEqualTo(Duration.ofSeconds(90));
        assertThat(reader.settings().value(KnownSettings.LIMITS_HEADER_BYTES)).isEqualTo(32 * 1024);
        assertThat(reader.settings().value(KnownSettings.LIMITS_HEADER_COUNT)).isEqualTo(50);
        assertThat(reader.settings().value(KnownSettings.PROXIES_TRUSTED)).containsExactly("10.0.0.0/8", "fd00::/8");
    }

    @Test
    void anUnknownSettingIsAFaultWithTheNearestName() throws IOException {
        reader.file(file("port.http: 1\n"));
        reader.environment(Map.of("JIGRESS_ADMIN_ADRESS", ":1", "JIGRESS_JAVA_OPTS", "-Xmx1g"));
        reader.assignment("drain.dealy=1s");
        reader.assignment("drain.delay");
        reader.assignment("=1s");
        reader.assignment("something.else=1s");

        assertThat(reader.faults()).containsExactly(
                "settings.yaml:1: port.http is not a setting; did you mean ports.http?",
                "JIGRESS_ADMIN_ADRESS is not a setting; did you mean JIGRESS_ADMIN_ADDRESS?",
                "--set: drain.dealy is not a setting; did you mean drain.delay?",
                "--set drain.delay has no value (expected: name=value)",
                "--set =1s has no name (expected: name=value)",
                "--set: something.else is not a setting; jigress settings lists them all");
    }

    @Test
    void variablesThatKubernetesSetsForAServiceAreIgnored() {
        Map<String, String> injected = new HashMap<>();
        for (String service : List.of("JIGRESS", "JIGRESS_ADMIN", "JIGRESS_2")) {
            injected.put(service + "_SERVICE_HOST", "10.96.0.7");
            injected.put(service + "_SERVICE_PORT", "80");
            injected.put(service + "_SERVICE_PORT_HTTPS_ALT", "443");
            injected.put(service + "_PORT", "tcp://10.96.0.7:80");
            injected.put(service + "_PORT_80_TCP", "tcp://10.96.0.7:80");
            injected.put(service + "_PORT_80_TCP_PROTO", "tcp");
            injected.put(service + "_PORT_80_TCP_PORT", "80");
            injected.put(service + "_PORT_80_TCP_ADDR", "10.96.0.7");
            injected.put(service + "_PORT_53_UDP", "udp://[fd00::7]:53");
        }
        reader.environment(injected);
        assertThat(reader.faults()).isEmpty();

        reader.environment(Map.of("JIGRESS_PORT", "80"));
        assertThat(reader.faults()).containsExactly("JIGRESS_PORT is not a setting; did you mean JIGRESS_PORTS_HTTP?");
    }

    @Test
    void aWrongValueIsAFaultThatSaysWhatFits() {
        reader.assignment("ports.http=80000");
        reader.assignment("drain.delay=5");
        reader.assignment("transport=kqueue");
        reader.assignment("limits.header.bytes=1GiB");
        reader.assignment("access.log.enabled=yes");
        reader.assignment("admin.address=example.com:80");
        reader.assignment("config.to=ftp://somewhere");

        assertThat(reader.faults()).containsExactly(
                "--set: ports.http is \"80000\" (expected: a whole number from 1 to 65535)",
                "--set: drain.delay is \"5\" (expected: a duration such as 500ms, 10s, 1m30s)",
                "--set: transport is \"kqueue\" (expected: one of auto, epoll, io_uring, nio)",
                "--set: limits.header.bytes is \"1GiB\" (expected: a size from 1KiB to 1MiB, in bytes, KiB, MiB or GiB)",
                "--set: access.log.enabled is \"yes\" (expected: true or false)",
                "--set: admin.address is \"example.com:80\" (expected: an address such as 127.0.0.1:8001 or :8001, or off)",
                "--set: config.to is \"ftp://somewhere\" (expected: an http URL without a path, such as http://127.0.0.1:9000)");
        assertThat(reader.settings().value(KnownSettings.PORTS_HTTP)).isEqualTo(8080);
    }

    @Test
    void addressesAreReadAtOnce() {
        reader.assignment("gateway.address=127.0.0.999");
        reader.assignment("gateway.addresses=10.0.0.1,example");
        reader.assignment("proxies.trusted=10.0.0.0/33");
        reader.assignment("proxies.trusted=10/8");
        reader.assignment("proxies.trusted=10.0.0.0/8,192.168.1.1,fd00::/8");

        assertThat(reader.faults()).containsExactly(
                "--set: gateway.address is \"127.0.0.999\" (expected: an IP address)",
                "--set: gateway.addresses is \"10.0.0.1,example\" (expected: IP addresses, separated by commas)",
                "--set: proxies.trusted is \"10.0.0.0/33\" (expected: address ranges such as 10.0.0.0/8, separated by commas)",
                "--set: proxies.trusted is \"10/8\" (expected: address ranges such as 10.0.0.0/8, separated by commas)");
        assertThat(reader.settings().value(KnownSettings.PROXIES_TRUSTED)).hasSize(3);
    }

    @Test
    void settingsThatContradictEachOtherAreAFault() {
        reader.assignment("dns.ttl.min=10m");

        assertThat(reader.faults()).containsExactly("dns.ttl.min is 10m (expected: at most dns.ttl.max, which is 5m)");
    }

    @Test
    void aTimeoutThatWouldEndEverythingIsAFault() {
        reader.assignment("timeouts.connect=0s");
        reader.assignment("timeouts.client.idle=0s");
        reader.assignment("drain.delay=0s");

        assertThat(reader.faults()).containsExactly(
                "--set: timeouts.connect is \"0s\" (expected: a duration of at least 1ms such as 500ms, 10s, 1m30s)",
                "--set: timeouts.client.idle is \"0s\" (expected: a duration of at least 1ms such as 500ms, 10s, 1m30s)");
    }

    @Test
    void directMemoryIsAShareOfWhatTheProcessMayUse() {
        long gib = 1L << 30;
        assertThat(directMemory(new Machine(1, 2 * gib))).isEqualTo("512MiB");
        assertThat(directMemory(new Machine(1, 64 * gib))).isEqualTo("1GiB");
        assertThat(directMemory(new Machine(1, 128 << 20))).isEqualTo("64MiB");
        assertThat(directMemory(new Machine(1, () -> 64 * gib, () -> (500 << 20) + 1))).as("the JVM's own limit")
                .isEqualTo("500MiB");
    }

    private static String directMemory(Machine machine) {
        return Settings.defaults(machine).text(KnownSettings.MEMORY_DIRECT);
    }

    @Test
    void aBrokenFileIsAFaultWithItsLine() throws IOException {
        reader.file(file("ports.http: 80\n  drain: [\n"));
        reader.file(folder.resolve("none.yaml"));

        assertThat(reader.faults()).hasSize(2);
        assertThat(reader.faults().getFirst()).contains("settings.yaml:2: ");
        assertThat(reader.faults().getLast()).endsWith("none.yaml does not exist (expected: a YAML file of settings)");
    }

    @Test
    void anEmptyFileSaysNothing() throws IOException {
        reader.file(file("# nothing yet\n"));

        assertThat(reader.faults()).isEmpty();
    }

    @Test
    void everyValueReadsBackAsItIsShown() {
        for (Setting<?> setting : KnownSettings.ALL) {
            reader.assignment(setting.name() + "=" + reader.settings().text(setting));
        }
        assertThat(reader.faults()).isEmpty();
        assertThat(reader.settings().value(KnownSettings.EVENT_LOOPS)).isEqualTo(3);
        assertThat(reader.settings().value(KnownSettings.ADMIN_ADDRESS)).isEqualTo(new ListenAddress("127.0.0.1", 8001));
        assertThat(reader.settings().value(KnownSettings.HEALTH_ADDRESS).isOff()).isTrue();
    }

    @Test
    void everySettingIsInTheListOnce() throws IllegalAccessException {
        Set<Setting<?>> constants = new HashSet<>();
        for (var field : KnownSettings.class.getDeclaredFields()) {
            if (field.getType() == Setting.class) {
                constants.add((Setting<?>) field.get(null));
            }
        }
        assertThat(KnownSettings.ALL).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(constants);
        assertThat(KnownSettings.ALL.stream().map(Setting::name)).doesNotHaveDuplicates();
        assertThat(KnownSettings.ALL.stream().map(Setting::variable)).doesNotHaveDuplicates();
    }

    @Test
    void theTableShowsValuesAndSources() {
        reader.assignment("ports.http=9003");

        List<String> lines = SettingsText.table(reader.settings()).lines().toList();
        assertThat(lines).hasSize(KnownSettings.ALL.size() + 1);
        assertThat(lines.getFirst()).matches("SETTING +VALUE +SOURCE");
        assertThat(lines).anyMatch(line -> line.matches("ports.http +9003 +--set"));
        assertThat(lines).anyMatch(line -> line.matches("event.loops +3 +default"));
        assertThat(SettingsText.json(reader.settings()).toString())
                .contains("{\"name\":\"ports.http\",\"value\":\"9003\",\"source\":\"--set\"");
    }

    /// `-Dgolden.update=true` rewrites the page.
    @Test
    void thePageOfTheManualIsInStep() throws IOException {
        Path page = Path.of("").toAbsolutePath();
        while (!Files.exists(page.resolve("docs/promises.md"))) {
            page = page.getParent();
        }
        page = page.resolve("docs/settings.md");
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(page, SettingsText.manual());
        }
        assertThat(page).content().isEqualTo(SettingsText.manual());
    }
}
