package io.jigress.sources.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.JsonReader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KubeconfigTest {
    private static final String USUAL = """
            apiVersion: v1
            kind: Config
            current-context: east
            contexts:
            - {name: west, context: {cluster: west, user: west}}
            - {name: east, context: {cluster: east, user: kim, namespace: shop}}
            clusters:
            - {name: east, cluster: {server: "https://10.0.0.5:6443", certificate-authority-data: Y2E=}}
            - {name: west, cluster: {server: "https://10.0.0.6:6443"}}
            users:
            - {name: west, user: {token: other}}
            - {name: kim, user: {token: hidden}}
            """;

    private final List<JsonReader.Issue> issues = new ArrayList<>();

    private @Nullable Kubeconfig read(String text) {
        return Kubeconfig.read(text.getBytes(UTF_8), "data.value", issues);
    }

    private String faults() {
        return issues.stream().map(issue -> issue.path() + " " + issue.what() + " (expected: " + issue.expected() + ")").toList()
                .toString();
    }

    @Test
    void theCurrentContextCounts() {
        assertThat(read(USUAL)).isEqualTo(new Kubeconfig("https://10.0.0.5:6443", "Y2E=", false,
                new Kubeconfig.Credentials("hidden", "", "", "", ""), "shop"));
        assertThat(issues).isEmpty();
    }

    @Test
    void itsTextShowsNoCredentials() {
        assertThat(read(USUAL)).asString().contains("10.0.0.5").doesNotContain("hidden");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            exec: {command: sh}                | data.value.users[1].user.exec names a program
            auth-provider: {name: gcp}         | data.value.users[1].user.auth-provider names a program
            tokenFile: /etc/shadow             | data.value.users[1].user.tokenFile names a file
            client-certificate: /etc/a         | data.value.users[1].user.client-certificate names a file
            client-key: /etc/a                 | data.value.users[1].user.client-key names a file
            as: root                           | data.value.users[1].user.as acts as another user
            """)
    void whatWouldReadFilesOrRunProgramsIsRefused(String field, String fault) {
        assertThat(read(USUAL.replace("user: {token: hidden}", "user: {token: hidden, " + field + "}"))).isNull();
        assertThat(faults()).contains(fault).doesNotContain("/etc", "hidden");
    }

    @Test
    void aContextThatIsNotUsedIsCheckedToo() {
        assertThat(read(USUAL.replace("{token: other}", "{exec: {command: sh}}"))).isNull();
        assertThat(faults()).contains("data.value.users[0].user.exec names a program");
    }

    @Test
    void certificatesByPathAreRefused() {
        assertThat(read(USUAL.replace("certificate-authority-data: Y2E=", "certificate-authority: /ca.crt"))).isNull();
        assertThat(faults()).contains(
                "data.value.clusters[0].cluster.certificate-authority names a file of the gateway's machine",
                "(expected: certificate-authority-data)");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            current-context: east    | current-context: north  | data.value.current-context is "north", which is not there
            current-context: east    | a: b                    | data.value.current-context is missing
            user: kim                | user: pat               | data.value.contexts[1].context.user is "pat", which is not there
            https://10.0.0.5:6443    | http://10.0.0.5:6443    | data.value.clusters[0].cluster.server is not an https URL
            https://10.0.0.5:6443    | https://a:b@10.0.0.5    | data.value.clusters[0].cluster.server is not an https URL
            token: hidden            | token: 4711             | data.value.users[1].user.token is of type
            token: hidden            | client-key-data: aGlkZGVu | has only one of client-certificate-data and client-key-data
            kind: Config             | kind: [Config           | data.value is not YAML (line
            """)
    void mistakesAreNamedWithoutValues(String right, String wrong, String fault) {
        assertThat(read(USUAL.replace(right, wrong))).isNull();
        assertThat(issues).hasSize(1);
        assertThat(faults()).contains(fault).doesNotContain("4711", "aGlkZGVu", "hidden");
    }
}
