package io.jigress.filters.iprestriction;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterDecision;
import io.jigress.api.JsonReader;
import io.jigress.api.LocalReply;
import io.jigress.testkit.Allocations;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestExchange;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpRestrictionTest {
    private static final IpRestrictionFactory FACTORY = new IpRestrictionFactory();

    @ParameterizedTest
    @CsvSource({"10.0.0.1, true", "10.0.0.2, false", "192.168.255.255, true", "192.169.0.0, false", "192.167.255.255, false",
        "2001:db8::1, true",
        "2001:db9::1, false", "::ffff:10.0.0.1, true", "::a00:1, false", "255.255.255.255, false"})
    void allowedAddressesPass(String ip, boolean passes) {
        FilterTester tester = FilterTester.start(FACTORY, "{'allow': ['10.0.0.1', '192.168.0.0/16', '2001:db8::/32']}");
        assertThat(passes(tester.exchange("GET", "/").from(ip))).isEqualTo(passes);
    }

    @Test
    void deniedAddressesGetTheConfiguredAnswer() {
        FilterTester tester = FilterTester.start(FACTORY,
                "{'deny': ['::ffff:10.0.0.0/104'], 'status': 451, 'message': 'no \\\"way\\\"'}");
        LocalReply reply = tester.exchange("GET", "/").from("10.9.9.9").reply();
        assertThat(reply.status()).isEqualTo(451);
        assertThat(reply.message()).isEqualTo("no \"way\"");
        assertThat(tester.services().counted("rejected")).isEqualTo(1);
        assertThat(passes(tester.exchange("GET", "/").from("11.0.0.1"))).isTrue();
    }

    @Test
    void theDefaultAnswerIsHigresss() {
        LocalReply reply = FilterTester.start(FACTORY, "{'deny': ['0.0.0.0/0']}").exchange("GET", "/").reply();
        assertThat(reply.status()).isEqualTo(403);
        assertThat(reply.message()).isEqualTo("Your IP address is blocked.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"10.0.0.1|true", "10.0.0.1, 6.6.6.6|true", "6.6.6.6, 10.0.0.1|false",
        "10.0.0.1:4711|true", "[2001:db8::1]:80|true",
        "2001:db8::1|true", "localhost|false", "''|false", "[2001:db8::1|false", "010.0.0.1|false"})
    void theAddressMayBeInAHeader(String value, boolean passes) {
        FilterTester tester = FilterTester.start(FACTORY,
                "{'ip_source_type': 'header', 'ip_header_name': 'X-Real-IP', 'allow': ['10.0.0.1', '2001:db8::1']}");
        assertThat(passes(tester.exchange("GET", "/", "x-real-ip: " + value).from("10.0.0.1"))).isEqualTo(passes);
    }

    @Test
    void withoutAReadableAddressNobodyPasses() {
        FilterTester tester = FilterTester.start(FACTORY, "{'ip_source_type': 'header', 'deny': ['10.0.0.1']}");
        assertThat(passes(tester.exchange("GET", "/"))).isFalse();
        assertThat(passes(tester.exchange("GET", "/", "x-forwarded-for: unknown"))).isFalse();
        assertThat(passes(tester.exchange("GET", "/", "x-forwarded-for: 10.0.0.2"))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1.2.3", "1.2.3.256", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/", "1.2.3.04", "a.b.c.d", "::/129",
        "::g", "::ffff:1.2.3.4/95", "1.2.3.4.5", "fe80::1%eth0"})
    void whatIsNoBlockIsAnErrorAtItsPlace(String block) {
        assertThat(FilterTester.issues(FACTORY, "{'deny': ['1.1.1.1', '" + block + "']}")).extracting(JsonReader.Issue::path)
                .containsExactly("deny[1]");
    }

    @Test
    void otherFaultsComeWithTheirPathsToo() {
        assertThat(paths("{'allow': ['1.1.1.1'], 'deny': ['1.1.1.2']}")).containsExactly("deny");
        assertThat(paths("{}")).containsExactly("");
        assertThat(paths("{'allow': 'x'}")).containsExactly("allow");
        assertThat(paths("{'allow': ['1.1.1.1'], 'ip_source_type': 'x', 'status': 99, 'message': 1, 'extra': 1}"))
                .containsExactlyInAnyOrder("ip_source_type", "status", "message", "extra");
        assertThat(paths("{'allow': ['1.1.1.1'], 'ip_source_type': 'header', 'ip_header_name': 'a b'}"))
                .containsExactly("ip_header_name");
        assertThat(FilterTester.issues(FACTORY, "{'allow': ['10.0.0.1/8']}")).singleElement()
                .satisfies(issue -> assertThat(issue.error()).isFalse());
    }

    @Test
    void rangesAgreeWithALinearSearch() {
        Random random = new Random(7);
        for (int round = 0; round < 50; round++) {
            List<Cidr> blocks = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                blocks.add(block("10." + random.nextInt(4) + "." + random.nextInt(256) + "." + random.nextInt(256) + "/"
                        + (14 + random.nextInt(19))));
            }
            IpRanges ranges = IpRanges.of(blocks);
            for (int i = 0; i < 500; i++) {
                byte[] address = {10, (byte) random.nextInt(5), (byte) random.nextInt(256), (byte) random.nextInt(256)};
                Cidr single = block(
                        (address[0] & 255) + "." + (address[1] & 255) + "." + (address[2] & 255) + "." + (address[3] & 255));
                boolean expected = blocks.stream().anyMatch(block -> Long.compareUnsigned(block.low(), single.low()) <= 0
                        && Long.compareUnsigned(single.low(), block.lastLow()) <= 0);
                assertThat(ranges.contains(address)).isEqualTo(expected);
            }
        }
    }

    @Test
    void aHundredThousandBlocksAllocateNothingPerRequest() {
        List<Cidr> blocks = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            blocks.add(block((1 + i / 65_536) + "." + (i / 256 % 256) + "." + (i % 256) + ".0/25"));
        }
        IpRanges ranges = IpRanges.of(blocks);
        assertThat(ranges.size()).isEqualTo(100_000);
        byte[] inside = {1, 7, 9, 100};
        byte[] outside = {1, 7, 9, (byte) 200};
        assertThat(ranges.contains(inside)).isTrue();
        assertThat(ranges.contains(outside)).isFalse();
        assertThat(Allocations.perCall(() -> ranges.contains(inside))).isZero();

        TestExchange exchange = FilterTester.start(FACTORY, "{'deny': ['10.0.0.0/8']}").exchange("GET", "/").from("192.0.2.7");
        // InetAddress returns a copy of its four bytes.
        assertThat(Allocations.perCall(exchange::requestHead)).isLessThanOrEqualTo(24);
    }

    private static Cidr block(String text) {
        Cidr block = Cidr.parse(text);
        assertThat(block).as(text).isNotNull();
        return Objects.requireNonNull(block);
    }

    private static List<String> paths(String config) {
        return FilterTester.issues(FACTORY, config).stream().map(JsonReader.Issue::path).toList();
    }

    private static boolean passes(TestExchange exchange) {
        return exchange.requestHead().equals(FilterDecision.CONTINUE);
    }
}
