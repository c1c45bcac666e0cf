package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `jigress waf`, `jigress explain --waf`, and the examples of the manual's page on the filter.
class WafCommandTest {
    @TempDir private Path folder;

    private ProcessRun process;

    @BeforeEach
    void begin() {
        process = new ProcessRun(folder);
    }

    private static String crs() {
        Path crs = Path.of("..", "waf", "target", "test-data", "crs").toAbsolutePath().normalize();
        Assumptions.assumeTrue(Files.isDirectory(crs), "skipped: " + crs + " is missing; run waf/fetch-test-data to get it");
        return "waf.crs=" + crs;
    }

    private void write(String plugin) throws IOException {
        Files.createDirectories(folder.resolve("config"));
        Files.writeString(folder.resolve("config/shop.yaml"), """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec:
                  gatewayClassName: jigress
                  listeners: [{name: http, port: 8080, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: shop}
                spec:
                  parentRefs: [{name: main}]
                  rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: blue}]}]
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: blue}
                spec: {endpoints: [{address: 127.0.0.1, port: 9001}]}
                ---
                """ + plugin);
    }

    @Test
    void explainShowsWhatTheRulesMakeOfARequest() throws IOException {
        write("""
                apiVersion: jigress.io/v1
                kind: Plugin
                metadata: {name: guard}
                spec:
                  name: waf
                  targetRefs: [{kind: HTTPRoute, name: shop}]
                  config:
                    secRules:
                      - SecRule ARGS:q "@contains evil" "id:7,phase:2,deny,status:418,msg:'evil asked'"
                """);

        assertThat(process.run("explain", "--config", "config", "--waf", "GET", "http://shop.example:8080/?q=evil")).isZero();
        assertThat(process.out()).contains("goes by HTTPRoute default/shop rule 0", "filter waf", """

                waf of Plugin default/guard: blocked with 418 by rule 7
                  7  evil asked  ARGS:q  secRules[0]:1:1
                """);
        process = new ProcessRun(folder);
        assertThat(process.run("explain", "--config", "config", "--waf", "-d", "q=good", "POST", "http://shop.example:8080/"))
                .isZero();
        assertThat(process.out()).contains("waf of Plugin default/guard: passed");
    }

    @Test
    void aRequestIsTriedWithTheCoreRuleSet() {
        String crs = crs();

        assertThat(process.run("waf", "test", "--set", crs, "GET", "http://shop.example/?q=%3Cscript%3Ealert(1)%3C/script%3E"))
                .isOne();
        assertThat(process.out()).contains("blocked with 403 by rule 949110, inbound score", "941100", "ARGS:q");
        process = new ProcessRun(folder);
        assertThat(process.run("waf", "test", "--set", crs, "GET", "http://shop.example/?q=shoes")).isZero();
        assertThat(process.out()).startsWith("passed");
    }

    @Test
    void withoutACoreRuleSetItSaysWhatIsMissing() {
        assertThat(process.run("waf", "test", "GET", "http://shop.example/")).isEqualTo(2);
        assertThat(process.err()).contains("waf.crs");
    }

    @Test
    void exclusionsAreProposedFromAnAuditLog() throws IOException {
        StringBuilder log = new StringBuilder("no JSON\n");
        for (int i = 0; i < 4; i++) {
            log.append("{\"client\":\"192.0.2.").append(i).append(
                    "\",\"path\":\"/search\",\"matches\":[{\"rule\":942100,\"msg\":\"SQL injection\",\"variable\":\"ARGS:q\"}]}\n");
        }
        Files.writeString(folder.resolve("waf.log"), log);

        assertThat(process.run("waf", "learn", "waf.log")).isZero();
        assertThat(process.out()).isEqualTo("""
                # 942100 (SQL injection) matched ARGS:q in 4 requests of 4 clients.
                SecRule REQUEST_FILENAME "@streq /search" "id:10000,phase:1,pass,nolog,ctl:ruleRemoveTargetById=942100;ARGS:q"
                """);
        assertThat(process.err()).contains("0 matches and 1 lines were left out");
    }

    @Test
    void theExampleOfTheManualIsAGoodConfiguration() throws IOException {
        String crs = crs();
        Path page = Path.of("..", "docs", "filters", "waf.md");
        Matcher yaml = Pattern.compile("(?ms)^ *```yaml\n( *apiVersion.*?)^ *```")
                .matcher(Files.readString(page, StandardCharsets.UTF_8));
        assertThat(yaml.find()).isTrue();
        write(yaml.group(1).stripIndent());

        assertThat(process.run("check", "config", "--strict", "--set", crs)).as(process.out()).isZero();
        process = new ProcessRun(folder);
        assertThat(process.run("explain", "--config", "config", "--waf", "--set", crs, "GET",
                "http://shop.example:8080/?q=1%27%20or%20%271%27=%271")).isZero();
        assertThat(process.out()).contains("waf of Plugin default/waf: detected, would be blocked with 403 by rule 949110",
                "942100");
    }
}
