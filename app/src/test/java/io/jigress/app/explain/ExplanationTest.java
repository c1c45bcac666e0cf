package io.jigress.app.explain;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.app.sources.Reading;
import io.jigress.app.translate.DubboMappings;
import io.jigress.app.translate.Translators;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExplanationTest {
    @TempDir private Path folder;

    @Test
    void whatHasAnOriginGetsItsPlace() throws IOException {
        Files.writeString(folder.resolve("shop.yaml"), """
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: shop}
                spec:
                  rules:
                    - matches: [{path: {value: /a}}]
                    - name: cart
                      matches: [{path: {value: /b}}]
                """);
        Reading reading = Reading.of(folder, Translators.of(Settings.defaults(new Machine(1, 0))));
        Json explanation = Json.object()
                .put("route", Json.object().put("origin", "HTTPRoute default/shop rule 0").build())
                .put("candidates", Json.array(List.of(
                        Json.object().put("origin", "HTTPRoute default/shop rule cart").build(),
                        Json.object().put("origin", "HTTPRoute default/gone rule 1").build(),
                        Json.object().put("origin", "something else").build())))
                .build();

        assertThat(Explanation.placed(explanation, reading.resources(), reading.problems(), reading.places(), _ -> null,
                new DubboMappings()))
                .isEqualTo(Json.object()
                        .put("route",
                                Json.object().put("origin", "HTTPRoute default/shop rule 0").put("place", "shop.yaml:6").build())
                        .put("candidates", Json.array(List.of(
                                Json.object().put("origin", "HTTPRoute default/shop rule cart").put("place", "shop.yaml:7")
                                        .build(),
                                Json.object().put("origin", "HTTPRoute default/gone rule 1").build(),
                                Json.object().put("origin", "something else").build())))
                        .build());
    }
}
