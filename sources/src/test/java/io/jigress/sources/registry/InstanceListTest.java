package io.jigress.sources.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.config.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InstanceListTest {

    private static Instance weighted(String address, double weight) {
        return new Instance(address, 80, weight, true, true, "", Map.of());
    }

    private static List<Integer> weights(double... weights) {
        List<Instance> instances = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            instances.add(weighted("10.0.0." + (i + 1), weights[i]));
        }
        return InstanceList.of(instances).endpoints().stream().map(Endpoint::weight).toList();
    }

    @Test
    void soundInstancesAreEndpoints() {
        InstanceList list = InstanceList.of(List.of(new Instance("10.0.0.1", 8080, 2, true, true, "a", Map.of("version", "v1")),
                new Instance("fd00::1", 1, 1, true, true, "", Map.of())));
        assertThat(list.endpoints()).containsExactly(new Endpoint("10.0.0.1", 8080, 2, "a", Map.of("version", "v1")),
                new Endpoint("fd00::1", 1, 1, "", Map.of()));
        assertThat(list.faulty()).isZero();
    }

    @Test
    void whatCannotBeUsedIsLeftOutAndNamed() {
        InstanceList list = InstanceList
                .of(List.of(Instance.of("10.0.0.1", 0), Instance.of("10.0.0.1", 65_536), Instance.of("", 80),
                        Instance.of("cart.example", 80), Instance.of("10.0.0.256", 80), weighted("10.0.0.2", Double.NaN),
                        weighted("10.0.0.3", -1), weighted("10.0.0.4", Double.POSITIVE_INFINITY), Instance.of("10.0.0.5", 80),
                        Instance.of("10.0.0.5", 80), Instance.of("x".repeat(1_000_000), 80)));
        assertThat(list.endpoints()).containsExactly(Endpoint.of("10.0.0.5", 80));
        assertThat(list.listed()).isEqualTo(11);
        assertThat(list.faulty()).isEqualTo(10);
        assertThat(list.faults()).startsWith("10.0.0.1:0 its port is not from 1 to 65535")
                .contains("cart.example:80 its address is not an IP address", "10.0.0.2:80 its weight is NaN",
                        "10.0.0.5:80 is listed twice")
                .allSatisfy(fault -> assertThat(fault.length()).isLessThan(200));
    }

    @Test
    void metadataThatIsTooLargeIsNotUsedAndTheInstanceIs() {
        InstanceList list = InstanceList.of(List.of(
                new Instance("10.0.0.1", 80, 1, true, true, "", Map.of("a", "x".repeat(1_000_000))),
                new Instance("10.0.0.2", 80, 1, true, true, "", Map.of("version", "v1"))));
        assertThat(list.endpoints()).containsExactly(Endpoint.of("10.0.0.1", 80),
                new Endpoint("10.0.0.2", 80, 1, "", Map.of("version", "v1")));
        assertThat(list.faults()).singleElement().asString().contains("its metadata is larger than 16384 characters");
    }

    @Test
    void fractionsOfWeightsKeepTheirProportion() {
        assertThat(weights(1, 2, 5)).containsExactly(1, 2, 5);
        assertThat(weights(0.5, 1)).containsExactly(50, 100);
        assertThat(weights(0.000_1, 1)).as("little is not nothing").containsExactly(1, 100);
        assertThat(weights(0, 0.5)).containsExactly(0, 50);
        assertThat(weights(100_000, 50_000.5)).containsExactly(65_535, 32_768);
        assertThat(weights(1e300, 1)).containsExactly(65_535, 1);
    }

    @Test
    void whoIsDisabledTakesNoNewRequestsAndWhoIsUnhealthyNone() {
        InstanceList list = InstanceList.of(List.of(new Instance("10.0.0.1", 80, 1, false, true, "", Map.of()),
                new Instance("10.0.0.2", 80, 1, true, false, "", Map.of())));
        assertThat(list.endpoints()).containsExactly(new Endpoint("10.0.0.1", 80, 0, "", Map.of()));
        assertThat(list.unhealthy()).isEqualTo(1);
    }

    @Test
    void faultsAreCountedAndSomeAreShown() {
        List<Instance> instances = new ArrayList<>();
        for (int i = 0; i < InstanceList.INSTANCES + 100; i++) {
            instances.add(Instance.of("10.1." + i / 250 + "." + i % 250, 80));
        }
        InstanceList list = InstanceList.of(instances);
        assertThat(list.endpoints()).hasSize(InstanceList.INSTANCES);
        assertThat(list.faulty()).isEqualTo(100);
        assertThat(list.faults()).hasSize(InstanceList.FAULTS);
    }
}
