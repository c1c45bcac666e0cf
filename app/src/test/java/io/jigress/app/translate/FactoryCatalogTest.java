package io.jigress.app.translate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.config.FilterCatalog;
import io.jigress.filters.BuiltinFilters;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FactoryCatalogTest {
    private final FactoryCatalog catalog = new FactoryCatalog(BuiltinFilters.all());

    @Test
    void knowsWhatTheFactoriesSay() {
        assertThat(catalog.names()).contains("cors", "header-modifier", "ip-restriction", "key-rate-limit");
        assertThat(catalog.entry("key-rate-limit"))
                .isEqualTo(new FilterCatalog.Entry("key-rate-limit", FilterPhase.LIMIT, 10, true));
        assertThat(catalog.entry("nothing")).isNull();
    }

    @Test
    void faultsHaveTheirWholePath() {
        Json config = Json.object().put("remove", Json.of("x-a")).build();

        List<JsonReader.Issue> issues = catalog.check("header-modifier", "spec.config",
                Json.object().put("request", config).build());
        assertThat(issues.stream().filter(JsonReader.Issue::error).map(JsonReader.Issue::path))
                .containsExactly("spec.config.request.remove");
    }

    @Test
    void twoOfOneNameAreABug() {
        List<FilterFactory<?>> twice = new ArrayList<>(BuiltinFilters.all());
        twice.addAll(BuiltinFilters.all());

        assertThatThrownBy(() -> new FactoryCatalog(twice)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cors");
    }
}
