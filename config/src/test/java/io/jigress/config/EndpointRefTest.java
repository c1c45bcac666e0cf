package io.jigress.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EndpointRefTest {
    private static final EndpointRef ALL = new EndpointRef.Named("registry", "default/nacos/orders");
    private static final Endpoint GRAY = new Endpoint("10.0.0.1", 80, 1, "a", Map.of("tag", "gray", "version", "v2"));
    private static final Endpoint BASE = new Endpoint("10.0.0.2", 80, 3, "b", Map.of("version", "v1"));
    private static final Endpoint RESTING = new Endpoint("10.0.0.3", 80, 0, "c", Map.of("tag", ""));
    private static final Endpoints THREE = new Endpoints(List.of(GRAY, BASE, RESTING), true);

    private static List<Endpoint> subset(Map<String, String> labels, boolean orAll) {
        return new EndpointRef.Subset(ALL, labels, orAll).select(THREE).endpoints();
    }

    private static List<Endpoint> zone(String zone, int percent) {
        return new EndpointRef.Zone(ALL, zone, percent).select(THREE).endpoints();
    }

    @Test
    void aTagSelectsItsEndpointsElseThoseWithoutOneElseAll() {
        Endpoint base = new Endpoint("10.0.1.1", 80, 1, "", Map.of());
        Endpoint gray = new Endpoint("10.0.1.2", 80, 1, "", Map.of("tag", "gray"));
        Endpoint blue = new Endpoint("10.0.1.3", 80, 1, "", Map.of("tag", "blue"));
        assertThat(tagged("gray", base, gray, blue)).containsExactly(gray);
        assertThat(tagged("", base, gray, blue)).containsExactly(base);
        assertThat(tagged("gray", base, blue)).containsExactly(base);
        assertThat(tagged("gray", blue)).containsExactly(blue);
        assertThat(tagged("", gray, blue)).containsExactly(gray, blue);
        assertThat(new EndpointRef.Tagged(ALL, "tag", "gray").select(Endpoints.UNKNOWN).known()).isFalse();
    }

    private static List<Endpoint> tagged(String tag, Endpoint... endpoints) {
        return new EndpointRef.Tagged(ALL, "tag", tag).select(new Endpoints(List.of(endpoints), true)).endpoints();
    }

    @Test
    void aSubsetHasAllLabels() {
        assertThat(subset(Map.of("tag", "gray"), false)).containsExactly(GRAY);
        assertThat(subset(Map.of("tag", "gray", "version", "v1"), false)).isEmpty();
        assertThat(subset(Map.of("tag", ""), false)).as("without the label, or with an empty one").containsExactly(BASE, RESTING);
    }

    @Test
    void whereNoneHasTheLabelsAllAreUsedIfThatIsAskedFor() {
        assertThat(subset(Map.of("tag", "blue"), true)).containsExactly(GRAY, BASE, RESTING);
        assertThat(subset(Map.of("tag", "blue"), false)).isEmpty();
    }

    @Test
    void aZoneIsPreferredWhileItHasEnoughOfTheWeight() {
        assertThat(zone("b", 75)).containsExactly(BASE, GRAY.after(1), RESTING.after(1));
        assertThat(zone("a", 25)).containsExactly(GRAY, BASE.after(1), RESTING.after(1));
        assertThat(zone("a", 26)).isEqualTo(THREE.endpoints());
        assertThat(zone("c", 1)).as("none of its endpoints takes requests").isEqualTo(THREE.endpoints());
        assertThat(zone("elsewhere", 1)).isEqualTo(THREE.endpoints());
    }

    @Test
    void aZoneIsPreferredAmongTheEndpointsOfTheFirstPriority() {
        Endpoint other = Endpoint.of("10.1.0.1", 80).after(1);
        Endpoints all = new Endpoints(List.of(GRAY, BASE, other), true);
        assertThat(new EndpointRef.Zone(ALL, "a", 25).select(all).endpoints()).containsExactly(GRAY, BASE.after(1),
                other.after(2));
        assertThat(new EndpointRef.Zone(ALL, "a", 26).select(all)).isEqualTo(all);
    }

    @Test
    void theStateOfTheWholeIsThatOfTheSubset() {
        assertThat(new EndpointRef.Subset(ALL, Map.of("a", "b"), true).select(Endpoints.UNKNOWN).known()).isFalse();
        assertThat(new EndpointRef.Zone(new EndpointRef.Subset(ALL, Map.of("a", "b"), true), "a", 1).whole()).isEqualTo(ALL);
    }
}
