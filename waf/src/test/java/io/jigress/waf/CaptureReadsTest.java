package io.jigress.waf;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.waf.crs.CrsRules;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CaptureReadsTest {
    @Test
    void fewRulesOfTheCoreRuleSetFindTheGroupsOfEachMatch() {
        RuleSet rules = CrsRules.load("SecRuleEngine On");
        List<Rule> each = new ArrayList<>();
        for (int phase = 1; phase <= 5; phase++) {
            for (Rule head : rules.phase(phase)) {
                for (Rule link = head; link != null; link = link.next) {
                    if (link.captures == Rule.Capture.EACH) {
                        each.add(link);
                    }
                }
            }
        }
        assertThat(each).hasSizeBetween(1, 30);
    }
}
