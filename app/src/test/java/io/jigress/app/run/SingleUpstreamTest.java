package io.jigress.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.app.translate.Translators;
import io.jigress.config.Cluster;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointRef;
import io.jigress.control.ResourceStore;
import io.jigress.control.Translation;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SingleUpstreamTest {

    private static Translation translate(String url) {
        ResourceStore store = new ResourceStore();
        try (SingleUpstream source = new SingleUpstream(url, 8085)) {
            source.start((upserts, deletions, problems) -> store.change("to", upserts, deletions, problems));
        }
        Settings settings = Settings.defaults(new Machine(1, 0)).with(KnownSettings.PORTS_HTTP, 8085, "test");
        return Translators.of(settings).translate(store.current());
    }

    private static EndpointRef endpoints(String url) {
        Translation translation = translate(url);
        assertThat(translation.problems().isEmpty()).isTrue();
        List<Cluster> clusters = new ArrayList<>();
        translation.config().clusters().forEach((_, cluster) -> clusters.add(cluster));
        assertThat(clusters).hasSize(1);
        return clusters.getFirst().endpoints();
    }

    @Test
    void isOrdinaryConfigurationWithoutProblems() {
        Translation translation = translate("http://127.0.0.1:9000");

        assertThat(translation.problems().isEmpty()).isTrue();
        assertThat(translation.config().listeners().size()).isEqualTo(1);
        assertThat(translation.config().listeners().get(":8085")).isNotNull();
    }

    @Test
    void addressesAreFixedAndNamesAreResolved() {
        assertThat(endpoints("http://127.0.0.1:9000")).isEqualTo(new EndpointRef.Fixed(List.of(Endpoint.of("127.0.0.1", 9000))));
        assertThat(endpoints("http://[::1]:9000/")).isEqualTo(new EndpointRef.Fixed(List.of(Endpoint.of("::1", 9000))));
        assertThat(endpoints("http://shop.internal")).isEqualTo(new EndpointRef.Dns("shop.internal", 80));
    }
}
