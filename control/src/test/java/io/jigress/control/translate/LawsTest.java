package io.jigress.control.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.config.ConnectionLimits;
import io.jigress.config.PathRules;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSet;
import io.jigress.control.Translation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Properties that hold for every input.
class LawsTest {

    static List<Path> cases() {
        return GoldenCases.inputs();
    }

    private static ResourceSet with(ResourceSet set, Resource resource) {
        return new ResourceSet(set.revision() + 1, set.resources().with(resource.key(), resource));
    }

    private static ResourceSet without(ResourceSet set, ResourceKey key) {
        return new ResourceSet(set.revision() + 1, set.resources().without(key));
    }

    private static void assertSame(Translation actual, Translation expected, String when) {
        if (!actual.equals(expected)) {
            assertThat(TranslationText.of(actual)).as(when).isEqualTo(TranslationText.of(expected));
            assertThat(actual).as(when).isEqualTo(expected);
        }
    }

    /// The translation of everything at once. The objects do not show which Gateway got an address of the pool first.
    private static Translation full(TranslationSettings settings, ResourceTranslator incremental, ResourceSet set) {
        ResourceTranslator translator = TestFilters.translator(settings);
        translator.holdAddresses(incremental.heldAddresses());
        return translator.translate(set);
    }

    @Tag("suite")
    @ParameterizedTest
    @MethodSource("cases")
    void theOrderOfArrivalNeverMatters(Path input) {
        String text = GoldenCases.read(input);
        TranslationSettings settings = Yaml.settings(text);
        List<Resource> resources = new ArrayList<>(Yaml.resources(text));
        for (int seed = 0; seed < 2; seed++) {
            Collections.shuffle(resources, new Random(seed));
            ResourceTranslator incremental = TestFilters.translator(settings);
            ResourceSet set = ResourceSet.EMPTY;
            Translation nothing = incremental.translate(set);
            for (Resource resource : resources) {
                set = with(set, resource);
                assertSame(incremental.translate(set), full(settings, incremental, set), "after adding " + resource.key());
            }
            Collections.shuffle(resources, new Random(seed + 100));
            for (Resource resource : resources) {
                set = without(set, resource.key());
                assertSame(incremental.translate(set), full(settings, incremental, set), "after removing " + resource.key());
            }
            Translation last = incremental.translate(set);
            assertThat(last.config()).isEqualTo(nothing.config());
            assertThat(last.statuses().isEmpty()).isTrue();
            assertThat(last.problems().isEmpty()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void inAnotherClusterOnlyTheNamesDiffer(Path input) {
        String text = GoldenCases.read(input);
        List<Resource> resources = Yaml.resources(text);
        Assumptions.assumeTrue(resources.stream().allMatch(resource -> resource.key().cluster().isEmpty()));
        List<Resource> there = resources.stream().map(resource -> resource.in("east")).toList();
        TranslationSettings settings = Yaml.settings(text);
        String local = TranslationText.of(TestFilters.translator(settings).translate(Yaml.set(resources)));
        String east = TranslationText.of(TestFilters.translator(settings).translate(Yaml.set(there)));
        assertThat(east.replace("@east", "").lines().sorted().toList()).isEqualTo(local.lines().sorted().toList());
    }

    @Tag("suite")
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void incrementalTranslationEqualsFullTranslation(long seed) {
        RandomGenerator random = new Random(seed);
        RandomResources resources = new RandomResources(random);
        TranslationSettings settings = new TranslationSettings(8080, "", seed % 2 == 0 ? List.of() : List.of("10.9.9.9"),
                ConnectionLimits.DEFAULT, PathRules.DEFAULT);
        ResourceTranslator incremental = TestFilters.translator(settings);
        ResourceSet set = ResourceSet.EMPTY;
        List<ResourceKey> keys = new ArrayList<>();
        for (int step = 0; step < 250; step++) {
            int edits = random.nextInt(5) == 0 ? 4 : 1;
            StringBuilder said = new StringBuilder("seed " + seed + " step " + step + ":");
            for (int i = 0; i < edits; i++) {
                if (random.nextInt(4) == 0 && !keys.isEmpty()) {
                    ResourceKey gone = keys.remove(random.nextInt(keys.size()));
                    set = without(set, gone);
                    said.append(" -").append(gone);
                } else {
                    Resource next = resources.next();
                    keys.remove(next.key());
                    keys.add(next.key());
                    set = with(set, next);
                    said.append(" +").append(next.key());
                }
            }
            Translation made = incremental.translate(set);
            Translation full = full(settings, incremental, set);
            assertSame(made, full, said.toString());
            full.problems().forEach((_, list) -> assertThat(list).noneMatch(p -> p.what().contains("internal error")));
        }
    }

    @Tag("suite")
    @ParameterizedTest
    @MethodSource("cases")
    void noInputMakesItThrow(Path input) {
        String text = GoldenCases.read(input);
        Random random = new Random(7);
        for (int round = 0; round < 10; round++) {
            ResourceSet set = ResourceSet.EMPTY;
            for (Resource resource : Yaml.resources(text)) {
                byte[] json = random.nextBoolean() ? resource.json() : mangled(resource.json(), random);
                set = with(set, new Resource(resource.key(), resource.version(), resource.created(), resource.source(), json));
            }
            Translation translation = TestFilters.translator(Yaml.settings(text)).translate(set);
            translation.problems().forEach((_, list) -> assertThat(list).noneMatch(p -> p.what().contains("internal error")));
        }
    }

    private static byte[] mangled(byte[] json, Random random) {
        String text = new String(json, StandardCharsets.UTF_8);
        int at = random.nextInt(text.length());
        String[] odd = {"null", "7", "\"\"", "[]", "{}", "[1]", "{\"a\":1}", "-1", "true", "\"\\u0000\"", ""};
        int end = Math.min(text.length(), at + random.nextInt(3));
        int quote = text.indexOf('"', at);
        int close = quote < 0 ? -1 : text.indexOf('"', quote + 1);
        // Usually a whole string is replaced; sometimes arbitrary bytes.
        String mangled = close > 0 && random.nextInt(4) > 0
                ? text.substring(0, quote) + odd[random.nextInt(odd.length)] + text.substring(close + 1)
                : text.substring(0, at) + odd[random.nextInt(odd.length)] + text.substring(end);
        return mangled.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void anEqualSetChangesNothing() {
        String text = GoldenCases.read(GoldenCases.root().resolve("http-route/basic.in.yaml"));
        ResourceTranslator translator = TestFilters.translator(TranslationSettings.DEFAULT);
        Translation first = translator.translate(Yaml.set(Yaml.resources(text)));
        Translation second = translator.translate(Yaml.set(Yaml.resources(text)));
        assertThat(second.config().listeners()).isSameAs(first.config().listeners());
        assertThat(second.config().clusters()).isSameAs(first.config().clusters());
        assertThat(second.statuses()).isSameAs(first.statuses());
        assertThat(second.problems()).isSameAs(first.problems());
    }
}
