package io.jigress.plugins.process.authz;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.FilterTester;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What is wrong with configurations of ext-authz.
class AuthzConfigTest {

    private static List<String> issues(String config) {
        return FilterTester.issues(new AuthzFactory(() -> 0.5), config).stream()
                .map(issue -> issue.path() + " " + issue.what() + " (expected: " + issue.expected() + ")").toList();
    }

    private static List<String> config(String config) {
        return issues("{'backends': {'server': 's'}, 'config': " + config + "}");
    }

    @Test
    void aPluginHasAServer() {
        assertThat(issues("{}")).containsExactly("backends.server is missing (expected: a string)");
        assertThat(issues("{'backends': {'server': 's', 'other': 'o'}}"))
                .containsExactly("backends.other is not used: a plugin in another process has one backend (expected: server)");
    }

    @Test
    void aMisspelledFieldIsAnErrorThatNamesTheRightOne() {
        assertThat(config("{'failure_mode_alow': true}")).singleElement().asString()
                .startsWith("config.failure_mode_alow is not a field of Envoy's ExtAuthz, so that the plugin is left out")
                .contains("failure_mode_allow");
    }

    @Test
    void bothSpellingsAreOneField() {
        assertThat(config("{'failureModeAllow': true}")).isEmpty();
        assertThat(config("{'failureModeAllow': true, 'failure_mode_allow': true}")).singleElement().asString()
                .contains("is written twice");
    }

    @Test
    void valuesAreChecked() {
        assertThat(config("{'failure_mode_allow': 'yes'}")).containsExactly(
                "config.failure_mode_allow is of type string (expected: true or false)");
        assertThat(config("{'with_request_body': {'max_request_bytes': -1}}")).first().asString()
                .startsWith("config.with_request_body.max_request_bytes is of type number (expected: a whole number from 0");
        assertThat(config("{'status_on_error': {'code': 'Forbiden'}}")).singleElement().asString().contains("Forbidden");
        assertThat(config("{'grpc_service': {'timeout': 'soon'}}")).singleElement().asString()
                .startsWith("config.grpc_service.timeout is \"soon\"");
        assertThat(config("{'allowed_headers': {'patterns': [{'safe_regex': {'regex': '('}}]}}")).singleElement().asString()
                .startsWith("config.allowed_headers.patterns[0].safe_regex.regex is \"(\"");
        assertThat(config("{'grpc_service': {}, 'http_service': {}}")).singleElement().asString()
                .contains("is set together with");
    }

    @Test
    void whatJigressDoesNotHaveIsAnErrorOrAWarning() {
        assertThat(config("{'filter_enabled_metadata': {'filter': 'x'}}")).isNotEmpty();
        assertThat(config("{'bootstrap_metadata_labels_key': 'x'}")).singleElement().asString().contains("has no effect");
        assertThat(config("{'transport_api_version': 'V2'}")).singleElement().asString().contains("V3");
    }

    @Test
    void equalTextsAreEqualConfigurations() {
        AuthzFactory factory = new AuthzFactory(() -> 0.5);
        String config = "{'backends': {'server': 's'}, 'config': {'failure_mode_allow': true}}";
        assertThat(FilterTester.parse(factory, config)).isEqualTo(FilterTester.parse(factory, config))
                .hasSameHashCodeAs(FilterTester.parse(factory, config));
    }
}
