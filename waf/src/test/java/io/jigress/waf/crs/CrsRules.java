package io.jigress.waf.crs;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.waf.FolderRuleFiles;
import io.jigress.waf.RuleSet;
import io.jigress.waf.RuleSetLoader;
import io.jigress.waf.RuleSetResult;
import io.jigress.waf.TestData;
import io.jigress.waf.WafLimits;
import java.nio.file.Path;

/// The Core Rule Set as the regression tests expect it.
public final class CrsRules {
    private CrsRules() {
    }

    private static final String CONFIGURATION = """
            Include @coraza.conf-recommended
            Include @crs-setup.conf.example
            %s
            Include @owasp_crs/*.conf
            """;

    /// Paranoia level 4 with the settings that the tests of the rule set expect.
    static final String FOR_REGRESSION_TESTS = CONFIGURATION.formatted("""
            SecRuleEngine DetectionOnly
            SecResponseBodyMimeType text/plain text/html text/xml application/json
            SecAction "id:900005,phase:1,nolog,pass,\
                setvar:tx.blocking_paranoia_level=4,setvar:tx.crs_validate_utf8_encoding=1,setvar:tx.arg_name_length=100,\
                setvar:tx.arg_length=400,setvar:tx.total_arg_length=64000,setvar:tx.max_num_args=255,\
                setvar:tx.max_file_size=64100,setvar:tx.combined_file_sizes=65535"
            """);

    /// The rule set with additional directives between its setup and its rules.
    public static RuleSet load(String directives) {
        return loadAll(CONFIGURATION.formatted(directives));
    }

    public static RuleSet forRegressionTests() {
        return loadAll(FOR_REGRESSION_TESTS);
    }

    private static RuleSet loadAll(String text) {
        Path rules = TestData.folder("crs").resolve("rules");
        RuleSetResult result = RuleSetLoader.load("crs.conf", text, new FolderRuleFiles(rules), WafLimits.DEFAULT,
                System::currentTimeMillis);
        if (result instanceof RuleSetResult.Refused refused) {
            assertThat(refused.problems()).isEmpty();
        }
        return (RuleSet) result;
    }
}
