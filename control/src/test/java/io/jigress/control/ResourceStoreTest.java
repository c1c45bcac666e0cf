package io.jigress.control;

import static io.jigress.control.Manifests.route;
import static io.jigress.control.Manifests.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.control.ResourceSource.Deletion;
import io.jigress.control.ResourceSource.Scope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ResourceStoreTest {
    private final ResourceStore store = new ResourceStore();

    @Test
    void countsOnlyRealChanges() {
        store.change("folder", List.of(route("shop", "a.yaml", "{}")), List.of(), Map.of());
        assertThat(store.current().revision()).isEqualTo(1);
        store.change("folder", List.of(route("shop", "a.yaml", "{}")), List.of(), Map.of());
        assertThat(store.current().revision()).isEqualTo(1);
        store.change("folder", List.of(route("shop", "a.yaml", "{'a':1}")), List.of(), Map.of());
        assertThat(store.current().revision()).isEqualTo(2);
    }

    @Test
    void theLeastPlaceOwnsAnObjectThatIsDefinedTwice() {
        Resource a = route("shop", "a.yaml", "{'a':1}");
        Resource b = route("shop", "b.yaml", "{'b':1}");
        store.change("folder", List.of(b), List.of(), Map.of());
        store.change("folder", List.of(a), List.of(), Map.of());

        assertThat(store.current().resources().get(a.key())).isEqualTo(a.from("folder"));
        assertThat(store.problems().get(a.key())).singleElement().satisfies(problem -> {
            assertThat(problem.source()).isEqualTo("b.yaml");
            assertThat(problem.what()).isEqualTo("is defined twice, also in a.yaml; this one has no effect");
        });
    }

    @Test
    void theOtherTakesOverWhenTheOwnerGoes() {
        Resource a = route("shop", "a.yaml", "{'a':1}");
        Resource b = route("shop", "b.yaml", "{'b':1}");
        store.change("folder", List.of(a, b), List.of(), Map.of());
        store.change("folder", List.of(), List.of(new Deletion(a.key(), "a.yaml")), Map.of());

        assertThat(store.current().resources().get(a.key())).isEqualTo(b.from("folder"));
        assertThat(store.problems().isEmpty()).isTrue();
        store.change("folder", List.of(), List.of(new Deletion(a.key(), "b.yaml")), Map.of());
        assertThat(store.current().resources().isEmpty()).isTrue();
    }

    @Test
    void aLateDeletionFromAnotherPlaceTakesNothing() {
        Resource b = route("shop", "b.yaml", "{}");
        store.change("folder", List.of(b), List.of(), Map.of());
        store.change("folder", List.of(), List.of(new Deletion(b.key(), "a.yaml")), Map.of());
        assertThat(store.current().resources().get(b.key())).isEqualTo(b.from("folder"));
    }

    @Test
    void aSourceReplacesAndClearsOnlyItsOwnProblems() {
        ResourceKey key = new ResourceKey("", "File", "", "x");
        Problem one = new Problem(key, "x", "", "is one", "", Problem.Severity.ERROR);
        Problem two = new Problem(key, "x", "", "is two", "", Problem.Severity.ERROR);
        store.change("one", List.of(), List.of(), Map.of(key, List.of(one)));
        store.change("two", List.of(), List.of(), Map.of(key, List.of(two)));
        assertThat(store.problems().get(key)).containsExactly(one, two);
        store.change("one", List.of(), List.of(), Map.of(key, List.of()));
        assertThat(store.problems().get(key)).containsExactly(two);
    }

    @Test
    void objectsOfTwoClustersAreDifferentObjects() {
        Resource shop = route("shop", "a.yaml", "{'a':1}");
        store.change("east", List.of(shop.in("east")), List.of(), Map.of());
        store.change("west", List.of(shop.in("west")), List.of(), Map.of());
        assertThat(store.current().resources().size()).isEqualTo(2);
        assertThat(store.problems().isEmpty()).isTrue();
        store.replace("east", List.of(Scope.EVERYTHING), List.of(), Map.of());
        assertThat(store.current().resources().get(shop.key().in("west"))).isNotNull();
        assertThat(store.current().resources().size()).isEqualTo(1);
    }

    @Test
    void aResourceCarriesTheNameOfItsSource() {
        store.change("folder", List.of(route("shop", "a.yaml", "{}")), List.of(), Map.of());
        assertThat(store.current().resources().get(route("shop", "a.yaml", "{}").key()).origin()).isEqualTo("folder");
    }

    @Test
    void ofTwoSourcesTheFirstNamedWinsAndTheLoserIsShown() {
        ResourceStore ordered = new ResourceStore(List.of("second-letter", "first-letter"));
        Resource shop = route("shop", "a.yaml", "{'a':1}");
        ordered.change("first-letter", List.of(route("shop", "z.yaml", "{'z':1}")), List.of(), Map.of());
        ordered.change("second-letter", List.of(shop), List.of(), Map.of());

        assertThat(ordered.current().resources().get(shop.key()).origin()).isEqualTo("second-letter");
        assertThat(ordered.problems().get(shop.key())).singleElement()
                .satisfies(problem -> assertThat(problem.source()).isEqualTo("z.yaml"));

        ordered.change("second-letter", List.of(), List.of(new Deletion(shop.key(), "a.yaml")), Map.of());
        assertThat(ordered.current().resources().get(shop.key()).origin()).isEqualTo("first-letter");
        assertThat(ordered.problems().isEmpty()).isTrue();
    }

    @Test
    void theSamePlaceInTwoSourcesIsTwoPlaces() {
        Resource shop = route("shop", "a.yaml", "{}");
        store.change("one", List.of(shop), List.of(), Map.of());
        store.change("two", List.of(route("shop", "a.yaml", "{'b':1}")), List.of(), Map.of());
        assertThat(store.current().resources().get(shop.key())).isEqualTo(shop.from("one"));

        store.change("one", List.of(), List.of(new Deletion(shop.key(), "a.yaml")), Map.of());
        assertThat(store.current().resources().get(shop.key()).origin()).isEqualTo("two");
    }

    @Test
    void aWholeSetDeletesWhatIsMissingFromIt() {
        store.change("cluster", List.of(route("a", "c", "{}"), route("b", "c", "{}"), service("s", "{}")), List.of(), Map.of());
        store.change("folder", List.of(route("d", "d.yaml", "{}")), List.of(), Map.of());

        store.replace("cluster", List.of(new Scope("gateway.networking.k8s.io", "HTTPRoute")),
                List.of(route("b", "c", "{'new':1}"), route("e", "c", "{}")), Map.of());

        List<String> names = new ArrayList<>();
        store.current().resources().forEach((key, _) -> names.add(key.name()));
        assertThat(names).as("a is gone; the other kind and the other source stay").containsExactlyInAnyOrder("b", "d", "e", "s");

        store.replace("cluster", List.of(Scope.EVERYTHING), List.of(), Map.of());
        assertThat(store.current().resources().size()).isEqualTo(1);
    }

    @Test
    void aWholeSetTakesALoserAway() {
        Resource mine = route("shop", "a.yaml", "{}");
        store.change("a", List.of(mine), List.of(), Map.of());
        store.change("b", List.of(route("shop", "b", "{}")), List.of(), Map.of());
        store.replace("b", List.of(Scope.EVERYTHING), List.of(), Map.of());
        assertThat(store.problems().isEmpty()).isTrue();
        assertThat(store.current().resources().get(mine.key())).isEqualTo(mine.from("a"));
    }

    @Test
    void anEqualWholeSetIsNoChange() {
        store.change("cluster", List.of(route("a", "c", "{}")), List.of(), Map.of());
        long revision = store.current().revision();
        store.replace("cluster", List.of(Scope.EVERYTHING), List.of(route("a", "c", "{}")), Map.of());
        assertThat(store.current().revision()).isEqualTo(revision);
    }

    @Test
    void theOrderOfArrivalNeverMatters() {
        Random random = new Random(7);
        List<Resource> all = new ArrayList<>();
        for (int name = 0; name < 20; name++) {
            for (int place = 0; place <= name % 4; place++) {
                all.add(route("r" + name, place + ".yaml", "{'n':" + place + "}"));
            }
        }
        store.change("folder", all, List.of(), Map.of());
        for (int round = 0; round < 200; round++) {
            Collections.shuffle(all, random);
            ResourceStore other = new ResourceStore();
            for (Resource resource : all) {
                // The intermediate steps, an older text and the absence of the object, must have no effect.
                if (random.nextBoolean()) {
                    other.change("folder", List.of(route(resource.key().name(), resource.source(), "{'old':1}")), List.of(),
                            Map.of());
                }
                if (random.nextInt(4) == 0) {
                    other.change("folder", List.of(), List.of(new Deletion(resource.key(), resource.source())), Map.of());
                }
                other.change("folder", List.of(resource), List.of(), Map.of());
            }
            assertThat(other.current().resources()).isEqualTo(store.current().resources());
            assertThat(other.problems()).isEqualTo(store.problems());
        }
    }
}
