package io.jigress.waf.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.waf.RuleSetLoader;
import java.util.List;
import org.junit.jupiter.api.Test;

class WafLearnerTest {
    private final WafLearner learner = new WafLearner();

    private void add(String client, String path, String variable) {
        Json.Obj match = Json.object().put("rule", 942100).put("msg", "SQL\ninjection").put("variable", variable).build();
        learner.add(
                Json.object().put("client", client).put("path", path).put("matches", Json.array(List.of(match, match))).build());
    }

    @Test
    void whatManyClientsSendIsProposedAsDirectivesThatLoad() {
        for (int i = 0; i < 5; i++) {
            add("192.0.2." + i, "/search", "ARGS:q");
            add("192.0.2.1", "/other", "ARGS:q");
        }

        List<String> proposals = learner.proposals(3, 1000);

        assertThat(proposals).containsExactly(
                """
                # 942100 (SQL?injection) matched ARGS:q in 5 requests of 5 clients.
                SecRule REQUEST_FILENAME "@streq /search" "id:1000,phase:1,pass,nolog,ctl:ruleRemoveTargetById=942100;ARGS:q\"""");
        assertThat(RuleSetLoader.check("proposals", String.join("\n", proposals))).isEmpty();
    }

    @Test
    void namesThatCouldBeDirectivesAreNotProposed() {
        add("192.0.2.1", "/a\" \"id:1,phase:1,allow", "ARGS:q");
        add("192.0.2.1", "/a", "ARGS:q,ctl:ruleEngine=Off");
        add("192.0.2.1", "/a%{tx.a}", "ARGS:q");
        add("192.0.2.1", "/a", "TX:blocking_inbound_anomaly_score");

        assertThat(learner.proposals(1, 1000)).isEmpty();
        assertThat(learner.skipped()).isEqualTo(8);
    }
}
