package io.jigress.filters;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterFactory;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class BuiltinFiltersTest {

    @Test
    void namesAreUniqueAndEachHasAPageInTheDocs() {
        List<String> names = BuiltinFilters.all().stream().<String>map(FilterFactory::name).toList();
        assertThat(names).doesNotHaveDuplicates().allMatch(name -> name.matches("[a-z0-9]+(-[a-z0-9]+)*"));
        Path docs = docs();
        assertThat(names).allSatisfy(name -> assertThat(docs.resolve(name + ".md")).isNotEmptyFile());
    }

    @Test
    void noFilterThrowsOnConfigurationOfAnotherShape() {
        List<Json> odd = List.of(Json.Null.NULL, Json.of("x"), Json.of(1), Json.Arr.EMPTY, Json.Obj.EMPTY);
        for (FilterFactory<?> factory : BuiltinFilters.all()) {
            for (Json json : odd) {
                factory.parse(JsonReader.of("spec.config", json));
            }
        }
    }

    @Test
    void whatProtectsSaysSo() {
        assertThat(BuiltinFilters.all().stream().filter(FilterFactory::protects).<String>map(FilterFactory::name))
                .containsExactly("ip-restriction", "key-rate-limit");
    }

    /// The folder of the filters' pages, from the module or from the project's root.
    private static Path docs() {
        Path inModule = Path.of("..", "docs", "filters");
        return Files.isDirectory(inModule) ? inModule : Path.of("docs", "filters");
    }
}
