package io.jigress.control;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProblemTest {

    @Test
    void isOneLineWhateverUsersWrote() {
        Problem problem = new Problem(new ResourceKey("", "Service", "shop", "cart"), "a.yaml", "spec.ports[0].name",
                "is \"a\nb.yaml: error: \u001b[31mforged\"", "a name", Problem.Severity.ERROR);

        assertThat(problem.toString()).isEqualTo(
                "Service shop/cart: spec.ports[0].name is \"a\\u000ab.yaml: error: \\u001b[31mforged\" (expected: a name)");
    }
}
