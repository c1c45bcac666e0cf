package io.jigress.app.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.settings.SourceUrl.Scheme;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SourceUrlTest {

    private static void check(String text, String cluster, Scheme scheme, String rest) {
        assertThat(SourceUrl.parse(text)).isEqualTo(new SourceUrl(text, cluster, scheme, rest));
    }

    @Test
    void theClusterIsTheNameBeforeItElseTheContext() {
        check("folder:conf", "", Scheme.FOLDER, "conf");
        check("folder:a=b", "", Scheme.FOLDER, "a=b");
        check("east=folder:conf", "east", Scheme.FOLDER, "conf");
        check("kubernetes:", "", Scheme.KUBERNETES, "");
        check("kubernetes:kind-east", "kind-east", Scheme.KUBERNETES, "kind-east");
        check("nacos://10.0.0.5:8848?namespace=a&group=b", "", Scheme.NACOS, "10.0.0.5:8848?namespace=a&group=b");
        check("east=kubernetes:", "east", Scheme.KUBERNETES, "");
        check("east=kubernetes:arn:aws:eks:eu-west-1:1:cluster/prod", "east", Scheme.KUBERNETES,
                "arn:aws:eks:eu-west-1:1:cluster/prod");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "conf", "folder:", "east=folder:", "=kubernetes:", "a/b=kubernetes:", "a@b=kubernetes:",
        "kubernetes:arn:aws:eks:eu-west-1:1:cluster/prod", "kubernetes:user@host", "http://host"})
    void othersAreNoSources(String text) {
        assertThat(SourceUrl.parse(text)).isNull();
    }
}
