package io.jigress.sources.nacos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.testkit.ReceivedRequest;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestUpstream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class NacosLoginTest {
    private static final String TOKEN = "{\"accessToken\":\"t%d\",\"tokenTtl\":100,\"globalAdmin\":false}";

    private long now = 1_000_000;

    private NacosLogin login(Map<String, String> credentials, TestUpstream... servers) {
        return new NacosLogin(List.of(servers).stream().map(TestUpstream::authority).toList(), credentials, NacosHttp.PLAIN,
                () -> Instant.ofEpochMilli(now));
    }

    private static Map<String, String> password() {
        return Map.of("username", "jig ress", "password", "a&b=c");
    }

    @Test
    void aTokenIsFetchedAndFetchedAgainBeforeItEnds() throws Exception {
        try (TestUpstream server = TestUpstream.start(call -> {
            call.request();
            call.write(Reply.ok(TOKEN.formatted(1)));
        })) {
            NacosLogin login = login(password(), server);
            login.renew();
            ReceivedRequest asked = server.lastRequest();
            assertThat(asked.target()).isEqualTo("/nacos/v3/auth/user/login");
            assertThat(asked.text()).isEqualTo("username=jig+ress&password=a%26b%3Dc");
            assertThat(login.fields("g@@s")).isEqualTo(Map.of("accessToken", "t1"));

            now += 89_000;
            login.renew();
            assertThat(server.requests()).hasSize(1);
            now += 2_000;
            login.renew();
            assertThat(server.requests()).hasSize(2);
            login.forget();
            login.renew();
            assertThat(server.requests()).hasSize(3);
        }
    }

    @Test
    void aNacos2IsAskedAsItWantsToBe() throws Exception {
        try (TestUpstream server = TestUpstream.start(call -> {
            boolean known = call.request().target().equals("/nacos/v1/auth/users/login");
            call.write(known ? Reply.ok(TOKEN.formatted(2)) : Reply.of(404, "no such page"));
        })) {
            NacosLogin login = login(password(), server);
            login.renew();
            assertThat(login.fields("g@@s")).isEqualTo(Map.of("accessToken", "t2"));
        }
    }

    @Test
    void aRefusalIsTheServersWords() {
        try (TestUpstream server = TestUpstream.start(call -> {
            call.request();
            call.write(Reply.of(403, "user not found!\n"));
        })) {
            assertThatThrownBy(() -> login(password(), server).renew()).isInstanceOf(NacosLogin.Refused.class)
                    .hasMessage(server.authority() + ": login: 403 user not found!");
        }
    }

    @Test
    void aRefusedLoginIsTriedLessAndLessOftenAndAServerThatIsStartingIsNot() throws Exception {
        AtomicReference<String> answer = new AtomicReference<>(Reply.of(403, "unknown user"));
        try (TestUpstream server = TestUpstream.start(call -> {
            call.request();
            call.write(answer.get());
        })) {
            NacosLogin login = login(password(), server);
            for (int second = 0; second < 600; second++) {
                assertThatThrownBy(login::renew).isInstanceOf(NacosLogin.Refused.class)
                        .hasMessage(server.authority() + ": login: 403 unknown user");
                now += 1_000;
            }
            // Pauses of 0.5, 1, 2, 4, 8, 16 and then 30 s, each with half of it less or more.
            assertThat(server.requests()).hasSizeBetween(15, 50);

            now += 60_000;
            answer.set(Reply.of(503, "starting"));
            int before = server.requests().size();
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(login::renew).hasMessage(server.authority() + ": login: 503 starting");
            }
            assertThat(server.requests()).hasSize(before + 3);
            answer.set(Reply.ok(TOKEN.formatted(3)));
            login.renew();
            assertThat(login.fields("g@@s")).isEqualTo(Map.of("accessToken", "t3"));
        }
    }

    @Test
    void requestsAreSignedWithAccessKeys() throws Exception {
        NacosLogin login = login(Map.of("accessKey", "ak", "secretKey", "sk"));
        login.renew();
        // HMAC-SHA1 of the data, keyed by the secret key.
        assertThat(login.fields("g@@s")).isEqualTo(
                Map.of("ak", "ak", "data", "1000000@@g@@s", "signature", "C5/7q4n/tTIswbMrtd9JVmCVSVk="));
        assertThat(login(Map.of()).fields("g@@s")).isEmpty();
    }
}
