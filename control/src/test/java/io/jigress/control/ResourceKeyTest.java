package io.jigress.control;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResourceKeyTest {
    private static final ResourceKey SHOP = new ResourceKey("g", "Shop", "default", "main");

    @Test
    void theNameShowsTheClusterUnlessItIsTheLocalOne() {
        assertThat(SHOP).hasToString("Shop default/main");
        assertThat(SHOP.in("east")).hasToString("Shop default/main@east").isNotEqualTo(SHOP);
        assertThat(SHOP.in("east").in("")).isEqualTo(SHOP);
    }

    @ParameterizedTest
    @ValueSource(strings = {"default/main", "default/main@east", "main", "main@east"})
    void aPathIsReadAsItWasWritten(String path) {
        assertThat(ResourceKey.ofPath("g", "Shop", path).path()).isEqualTo(path);
    }

    @Test
    void whatStandsBesideAnObjectIsOfItsCluster() {
        assertThat(SHOP.in("east").beside("", "Service", "other", "cart")).hasToString("Service other/cart@east");
        assertThat(SHOP.isInNamespaceOf(SHOP.in("east"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gateway/default/web/http", "listenerset/default/more@east/http"})
    void aSectionIsReadAsItWasWritten(String text) {
        assertThat(Section.parse(text)).isNotNull().extracting(Section::text).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ingress", "", "gateway/", "other/default/web/http"})
    void otherTextsAreNoSections(String text) {
        assertThat(Section.parse(text)).isNull();
    }
}
