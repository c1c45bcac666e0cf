package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.control.Problem;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Rule files of the filter `waf` that change while the gateway runs.
@Timeout(120)
class WafFilesTest {
    private static final String GOOD = "SecRule ARGS \"@pmFromFile words.data\" \"id:1,phase:1,deny\"\n";

    @TempDir private Path crs;
    private Path own;
    private Path words;
    private TestUpstream upstream;
    private TestGateway gateway;

    @BeforeEach
    void start() throws IOException {
        // The layout by which the folder of the setting waf.crs is recognised.
        Files.createDirectories(crs.resolve("rules"));
        Files.writeString(crs.resolve("crs-setup.conf"), "SecAction \"id:900000,phase:1,pass,nolog\"\n");
        Files.writeString(crs.resolve("rules/REQUEST-901-INITIALIZATION.conf"), "SecAction \"id:901000,phase:1,pass,nolog\"\n");
        own = crs.resolve("own.conf");
        words = crs.resolve("words.data");
        Files.writeString(own, GOOD);
        Files.writeString(words, "evil\n");
        upstream = TestUpstream.answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        gateway = TestGateway.start(Map.of("ports.http", "8090", "waf.crs", crs.toString()))
                .apply(WafTrafficTest.scene(upstream.port())).apply(plugin(1));
        await("the rules are compiled", () -> gateway.gateway().waiting() == 0);
        assertThat(gateway.problems()).isEmpty();
        assertThat(status("evil")).isEqualTo(403);
    }

    private static String plugin(int paranoiaLevel) {
        return plugin("{useCRS: true, paranoiaLevel: " + paranoiaLevel + ", secRules: ['Include own.conf']}");
    }

    private static String plugin(String config) {
        return """
                apiVersion: jigress.io/v1
                kind: Plugin
                metadata: {name: waf}
                spec:
                  name: waf
                  targetRefs: [{kind: Ingress, name: shop}]
                  config: %s
                """.formatted(config);
    }

    /// As in the Go module of Coraza, from which Higress's plugin has them.
    @Test
    @Tag("suite")
    void theNamesThatHigressGivesToTheFilesOfTheCoreRuleSetAreKnown() throws IOException {
        Files.writeString(crs.resolve("rules/REQUEST-999-MORE.conf"),
                "SecRule ARGS \"@pmFromFile more.data\" \"id:999000,phase:1,deny,status:406\"\n");
        Files.writeString(crs.resolve("rules/more.data"), "more\n");
        gateway.apply(plugin("{secRules: ['Include @crs-setup-conf', 'Include @owasp_crs/*.conf']}"));
        await("the folder is included", () -> status("more") == 406);
        gateway.apply(plugin("{secRules: ['Include @crs-setup.conf.example', 'Include @owasp_crs/REQUEST-999-MORE.conf']}"));
        await("a file is included", () -> gateway.gateway().waiting() == 0 && status("more") == 406);
        assertThat(gateway.problems()).isEmpty();

        Files.writeString(crs.resolve("rules/more.data"), "other\n");
        await("its data is looked at for changes", () -> status("other") == 406);
    }

    @AfterEach
    void stop() {
        gateway.close();
        upstream.close();
    }

    private int status(String word) {
        try (TestClient client = TestClient.connect(gateway.port(8090))) {
            return client.request("GET", "/?q=" + word, "host: shop.example").status();
        }
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            LockSupport.parkNanos(5_000_000);
        }
    }

    private String problems() {
        return String.join("\n", gateway.gateway().faults());
    }

    /// The set before stays, and the problem names the file and, where there is one, the place in it.
    private void broken(String problem) {
        await("the problem " + problem, () -> problems().contains(problem));
        assertThat(problems())
                .contains("Plugin default/waf: the changed rule files cannot be loaded, and the rules before stay in use")
                .doesNotContain("answered with");
        assertThat(status("evil")).isEqualTo(403);
        assertThat(status("good")).isEqualTo(200);
    }

    private void mended(String word) throws IOException {
        Files.writeString(own, GOOD);
        Files.writeString(words, word + "\n");
        await("the mended rules are in use", () -> status(word) == 403 && problems().isEmpty());
        assertThat(status("good")).isEqualTo(200);
    }

    @Test
    void aChangeIsUsedWithoutARestart() throws IOException {
        Files.writeString(words, "wicked\n");
        await("the new words are in use", () -> status("wicked") == 403);
        assertThat(status("evil")).isEqualTo(200);

        Files.writeString(crs.resolve("rules/REQUEST-999-MORE.conf"),
                "SecRule ARGS \"@streq more\" \"id:999000,phase:1,deny,status:406\"\n");
        await("a file that a pattern matches is in use", () -> status("more") == 406);
        assertThat(problems()).isEmpty();
    }

    @Test
    @Tag("suite")
    void nonsenseIsToldWithItsPlaceAndTheRulesBeforeStay() throws IOException {
        Files.writeString(own, GOOD + "\nSecRule ARGS \"@rx (?=x)\" \"id:2,phase:1,deny\"\n");
        broken("own.conf:3:15: the expression has look-around");
        assertThat(gateway.problems()).extracting(Problem::toString)
                .anySatisfy(problem -> assertThat(problem).contains("own.conf:3:15"));

        Files.write(own, new byte[] {0, 1, 2, (byte) 0xff, '\n', '"'});
        broken("own.conf:2:1: a quote that does not end");
        mended("mended");
    }

    @Test
    @Tag("suite")
    void aFileThatIsRemovedOrUnreadableIsToldAndTheRulesBeforeStay() throws IOException {
        Files.delete(words);
        broken("own.conf:1:15: the file words.data cannot be read");
        mended("second");
        Files.writeString(words, "evil\n");
        await("the first words are in use", () -> status("evil") == 403);

        Files.delete(own);
        broken("the file own.conf cannot be read");
        Files.createDirectory(own);
        broken("the file own.conf cannot be read");
        Files.delete(own);
        Files.createSymbolicLink(own, own);
        broken("the file own.conf cannot be read");
        Files.delete(own);
        mended("third");
    }

    @Test
    @Tag("suite")
    void aRuleSetThatIsGoneIsToldAndTheRulesBeforeStay() throws IOException {
        Path first = crs.resolve("rules/REQUEST-901-INITIALIZATION.conf");
        Path away = crs.resolve("away");
        Files.move(first, away);
        broken("there is no Core Rule Set in the folder that the setting waf.crs names");
        Files.move(away, first, StandardCopyOption.REPLACE_EXISTING);
        mended("fourth");
    }

    @Test
    void aConfigurationWhoseRulesCannotBeLoadedLeavesTheOneBeforeInUse() throws IOException {
        Files.writeString(own, "SecRule ARGS \"@rx (?=x)\" \"id:2,phase:1,deny\"\n");
        for (int level = 2; level < 4; level++) {
            gateway.apply(plugin(level));
            await("the rules were tried", () -> gateway.gateway().waiting() == 0);
            assertThat(gateway.problems().toString()).contains("could not be made ready: own.conf:1:15",
                    "the configuration before stays in use");
            assertThat(status("evil")).isEqualTo(403);
            assertThat(status("good")).isEqualTo(200);
        }

        Files.writeString(own, GOOD.replace("deny", "deny,status:406"));
        gateway.apply(plugin(4));
        await("the mended rules are in use", () -> status("evil") == 406 && gateway.problems().isEmpty());
    }

    @Test
    @Tag("suite")
    void requestsAreJudgedByOneOfTheSetsWhileFilesChange() throws IOException {
        Files.writeString(words, "evil\nalways\n");
        await("the words are in use", () -> status("always") == 403);
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<String> traffic = CompletableFuture.supplyAsync(() -> {
            StringBuilder wrong = new StringBuilder();
            byte[] body = "q=fine".getBytes(StandardCharsets.UTF_8);
            try (TestClient client = TestClient.connect(gateway.port(8090))) {
                while (!over.get()) {
                    int bad = client.request("GET", "/?q=always", "host: shop.example").status();
                    int good = client.request("POST", "/", body, "host: shop.example",
                            "content-type: application/x-www-form-urlencoded").status();
                    if (bad != 403 || good != 200) {
                        wrong.append(bad).append(' ').append(good).append('\n');
                    }
                }
            }
            return wrong.toString();
        });
        for (int i = 0; i < 5; i++) {
            String word = "word" + i;
            Files.writeString(words, "evil\nalways\n" + word + "\n");
            await("the words of this turn are in use", () -> status(word) == 403);
        }
        over.set(true);
        assertThat(traffic.join()).isEmpty();
    }
}
