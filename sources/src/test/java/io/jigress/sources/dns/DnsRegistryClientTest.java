package io.jigress.sources.dns;

import static io.jigress.sources.dns.ScriptedNameServer.address;
import static io.jigress.sources.dns.ScriptedNameServer.alias;
import static io.jigress.sources.dns.ScriptedNameServer.server;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.control.RegistryService;
import io.jigress.control.kinds.Kinds;
import io.jigress.sources.registry.HeardLists;
import io.jigress.sources.registry.Instance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DnsRegistryClientTest {
    private static final String SERVICE = "_http._tcp.orders.example";
    private static final int SRV = DnsMessage.SRV;
    private static final int A = DnsMessage.A;
    private static final int AAAA = DnsMessage.AAAA;

    private final ScriptedNameServer names = new ScriptedNameServer();
    private final HeardLists heard = new HeardLists();
    private final DnsRegistryClient client = new DnsRegistryClient(List.of(names.address()), Duration.ofMillis(50),
            Duration.ofMillis(10));

    @AfterEach
    void close() throws IOException {
        client.close();
        names.close();
    }

    private void follow(String name, Map<String, String> parameters) {
        client.follow(RegistryService.of(Kinds.registry("default", "dns"), name, parameters), heard);
    }

    @Test
    void serversOfTheLeastPriorityAreUsedByTheirWeights() {
        names.set(SERVICE, SRV, server(SERVICE, 1, 1, 30, 8080, "a.example"), server(SERVICE, 1, 1, 10, 8081, "b.example"),
                server(SERVICE, 1, 2, 10, 8082, "spare.example"));
        names.set("a.example", A, address("a.example", 1, "10.0.0.1"), address("a.example", 1, "10.0.0.2"));
        names.set("b.example", AAAA, address("b.example", 1, "fd00::1"));
        follow(SERVICE, Map.of());
        assertThat(heard.await(list -> !list.isEmpty())).containsExactly(
                new Instance("10.0.0.1", 8080, 15, true, true, "", Map.of("host", "a.example")),
                new Instance("10.0.0.2", 8080, 15, true, true, "", Map.of("host", "a.example")),
                new Instance("fd00:0:0:0:0:0:0:1", 8081, 10, true, true, "", Map.of("host", "b.example")));
        assertThat(client.state().connected()).isTrue();
        assertThat(names.asked).doesNotContain("spare.example 1");

        names.set(SERVICE, SRV, server(SERVICE, 1, 1, 0, 8081, "c.example"), address("c.example", 1, "10.0.0.3"));
        assertThat(heard.awaitAddresses("10.0.0.3:8081").getFirst().weight()).isEqualTo(1);
        assertThat(names.asked).as("the address came along").doesNotContain("c.example 1");
    }

    @Test
    void aHostWithoutAnAddressIsListedSoThatItIsShown() {
        names.set(SERVICE, SRV, server(SERVICE, 1, 1, 1, 80, "a.example"), server(SERVICE, 1, 1, 1, 80, "none.example"));
        names.set("a.example", A, address("a.example", 1, "10.0.0.1"));
        follow(SERVICE, Map.of());
        heard.awaitAddresses("10.0.0.1:80", "none.example:80");
    }

    @Test
    void withAPortAddressesAreFollowedAlsoThroughAliases() {
        names.set("orders.example", A, alias("orders.example", 1, "east.example"), address("east.example", 1, "10.0.0.1"));
        follow("orders.example", Map.of("port", "8080"));
        heard.awaitAddresses("10.0.0.1:8080");
        names.set("west.example", A, address("west.example", 1, "10.0.0.2"));
        names.set("orders.example", A, alias("orders.example", 1, "west.example"));
        heard.awaitAddresses("10.0.0.2:8080");
    }

    @Test
    void aNameThatIsGoneIsAnEmptyListAndAServerThatFailsIsNot() {
        names.set("orders.example", A, address("orders.example", 1, "10.0.0.1"));
        follow("orders.example", Map.of("port", "80"));
        heard.awaitAddresses("10.0.0.1:80");
        names.code = 2;
        assertThat(heard.awaitFailure()).isEqualTo(names.address() + ": SERVFAIL");
        assertThat(client.state().connected()).isFalse();
        int before = heard.size();
        names.code = 0;
        heard.await(_ -> heard.size() > before);
        heard.awaitAddresses("10.0.0.1:80");
        names.code = DnsMessage.NO_SUCH_NAME;
        heard.awaitAddresses();
    }

    @Test
    void anAnswerThatIsCutOffIsAskedForByTcp() {
        byte[][] many = new byte[200][];
        for (int i = 0; i < many.length; i++) {
            many[i] = address("orders.example", 1, "10.0.0." + (i + 1));
        }
        names.truncates = true;
        names.set("orders.example", A, many);
        follow("orders.example", Map.of("port", "80"));
        assertThat(heard.await(list -> !list.isEmpty())).hasSize(200);
    }

    @Test
    void datagramsThatAreNotTheAnswerAreIgnored() {
        names.noise = DnsMessage.query(1, "other.example", A);
        names.set("orders.example", A, address("orders.example", 1, "10.0.0.1"));
        follow("orders.example", Map.of("port", "80"));
        heard.awaitAddresses("10.0.0.1:80");
    }

    @Test
    void theNextServerIsAskedWhenOneDoesNotAnswer() throws IOException {
        try (ScriptedNameServer second = new ScriptedNameServer()) {
            second.set("orders.example", A, address("orders.example", 1, "10.0.0.9"));
            names.code = 5;
            try (DnsRegistryClient both = new DnsRegistryClient(List.of(names.address(), second.address()),
                    Duration.ofMillis(50), Duration.ofMillis(10))) {
                both.follow(RegistryService.of(Kinds.registry("default", "dns"), "orders.example", Map.of("port", "80")), heard);
                heard.awaitAddresses("10.0.0.9:80");
            }
        }
    }

    @Test
    void aMessageThatRefersToItselfOrEndsEarlyIsRefused() {
        byte[] loop = {0, 1, (byte) 0x81, (byte) 0x80, 0, 1, 0, 0, 0, 0, 0, 0, (byte) 0xc0, 12, 0, 1, 0, 1};
        assertThat(fault(loop)).isEqualTo("a name that refers to itself");
        byte[] whole = DnsMessage.query(7, SERVICE, SRV);
        whole[2] |= (byte) 0x80;
        for (int length = 0; length < whole.length - 11; length++) {
            assertThat(fault(java.util.Arrays.copyOf(whole, length))).isNotEmpty();
        }
        java.util.Random random = new java.util.Random(42);
        for (int i = 0; i < 20_000; i++) {
            byte[] changed = whole.clone();
            for (int j = 0; j < 4; j++) {
                changed[2 + random.nextInt(changed.length - 2)] = (byte) random.nextInt(256);
            }
            // Any bytes are read, or refused as malformed.
            fault(changed);
        }
    }

    private static String fault(byte[] bytes) {
        try {
            DnsMessage.parse(bytes);
            return "";
        } catch (DnsMessage.Malformed e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Test
    void theNameServersOfTheMachineAreRead(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("resolv.conf"),
                "# x\nsearch a.example\nnameserver 10.0.0.53\nnameserver fd00::53\n");
        assertThat(DnsRegistryClient.system(file)).containsExactly("10.0.0.53:53", "[fd00::53]:53");
        assertThat(DnsRegistryClient.system(folder.resolve("none"))).containsExactly("127.0.0.1:53");
    }
}
