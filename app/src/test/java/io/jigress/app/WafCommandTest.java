package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.run.WiringTest;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

    private static Path crs() {
        Path crs = Path.of("..", "waf", "target", "test-data", "crs").toAbsolutePath().normalize();
        Assumptions.assumeTrue(Files.isDirectory(crs), "skipped: " + crs + " is missing; run waf/fetch-test-data to get it");
        return crs;
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
        String crs = "waf.crs=" + crs();

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
    void theManualsPageOnTheFilterIsTrue() throws Exception {
        Path crs = crs();
        String page = Guide.page("docs/filters/waf.md");
        String exclusions = Guide.section(page, "## Exclusions");
        pack(crs, folder.resolve("coreruleset-4.25.0-minimal.tar.gz"));
        int port = WiringTest.freePort();
        try (TestUpstream upstream = TestUpstream.named("shop"); Guide guide = new Guide(folder)) {
            guide.with("/etc/jigress", folder + "/etc").with("/var/log/jigress", folder + "/log")
                    .with("8080", Integer.toString(port)).with("9000", Integer.toString(upstream.port()))
                    .file("waf.crs:", "settings.yaml").file("apiVersion: jigress.io/v1\nkind: Plugin", "conf/waf.yaml")
                    .fails("./jigress waf test");

            guide.follow(Guide.section(page, "## In five minutes"));

            String excluded = Guide.blocks(exclusions, "yaml").getFirst();
            Files.writeString(folder.resolve("conf/waf.yaml"), excluded);
            ProcessRun check = new ProcessRun(folder);
            assertThat(check.run("check", "conf", "--strict", "--settings", "settings.yaml")).as(check.out()).isZero();
            String attack = "?q=%3Cscript%3Ealert(1)%3C/script%3E";
            assertThat(verdict("/search" + attack)).contains("passed");
            assertThat(verdict("/other" + attack)).contains("blocked with 403 by rule 949110");
        }
    }

    private String verdict(String target) {
        ProcessRun explain = new ProcessRun(folder);
        assertThat(explain.run("explain", "GET", "http://shop.example:8080" + target, "--config", "conf", "--waf", "--settings",
                "settings.yaml")).isZero();
        return explain.out();
    }

    /// An archive in the layout of the releases of the Core Rule Set.
    private static void pack(Path crs, Path archive) throws IOException, InterruptedException {
        Path rules = crs.resolve("rules");
        Process tar = new ProcessBuilder("tar", "-czf", archive.toString(), "--transform", "s,^,coreruleset-4.25.0/,",
                "--transform",
                "s,@owasp_crs,rules,;s,@crs-setup,crs-setup,", "-C", rules.toString(), "@owasp_crs", "@crs-setup.conf.example")
                .inheritIO().start();
        assertThat(tar.waitFor()).isZero();
    }

    @Test
    void referencesToWhatDoesNotExistAreReported() throws IOException {
        Path crs = crs();
        write("""
                apiVersion: jigress.io/v1
                kind: Plugin
                metadata: {name: waf}
                spec:
                  name: waf
                  targetRefs: [{kind: HTTPRoute, name: shop}]
                  config:
                    useCRS: true
                    exclusions: [SecRuleRemoveById 942100]
                    secRules:
                      - SecRuleRemoveById 920350 942100-942199
                      - SecRuleRemoveById 99920350
                """);
        assertThat(process.run("check", "config", "--set", "waf.crs=" + crs)).as(process.out()).isZero();
        assertThat(process.out()).contains(
                "exclusions[0] line 1, column 1: SecRuleRemoveById 942100 precedes the rule that it names",
                "secRules[1] line 1, column 1: no rule has the id 99920350").doesNotContain("secRules[0]");

        write("""
                apiVersion: jigress.io/v1
                kind: Plugin
                metadata: {name: waf}
                spec:
                  name: waf
                  targetRefs: [{kind: HTTPRoute, name: shop}]
                  config:
                    secRules: ["Include rules/@owasp_crs/*.conf", "Include rules/none.conf"]
                """);
        process = new ProcessRun(folder);
        assertThat(process.run("check", "config", "--set", "waf.crs=" + crs)).isOne();
        assertThat(process.out())
                .contains("secRules[1] line 1, column 1: Include rules/none.conf: there is no such file in " + crs)
                .doesNotContain("secRules[0]");
    }
}
