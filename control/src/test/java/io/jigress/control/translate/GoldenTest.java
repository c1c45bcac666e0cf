package io.jigress.control.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.control.Translation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Translates example resources and compares the output. `-Dgolden.update=true` rewrites the outputs.
class GoldenTest {

    static Translation translate(String input) {
        return TestFilters.translator(Yaml.settings(input)).translate(Yaml.set(Yaml.resources(input)));
    }

    @TestFactory
    Stream<DynamicTest> theOutputIsAsWritten() {
        return GoldenCases.inputs().stream()
                .map(input -> DynamicTest.dynamicTest(GoldenCases.root().relativize(input).toString(), () -> check(input)));
    }

    private static void check(Path input) throws IOException {
        String actual = TranslationText.of(translate(GoldenCases.read(input)));
        Path output = GoldenCases.output(input);
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(output, actual);
        }
        assertThat(actual).isEqualTo(GoldenCases.read(output));
    }

    @Test
    void everyProblemSaysWhereItIsAndWhatWasExpected() {
        for (Path input : GoldenCases.inputs()) {
            translate(GoldenCases.read(input)).problems().forEach((key, problems) -> assertThat(problems).as(input.toString())
                    .allMatch(
                            problem -> problem.resource().equals(key) && !problem.source().isEmpty() && !problem.what().isEmpty()
                                    && !problem.expected().isEmpty()));
        }
    }

    @Test
    void thereAreCasesAndNoOrphans() {
        List<Path> inputs = GoldenCases.inputs();
        assertThat(inputs).hasSizeGreaterThanOrEqualTo(50);
        assertThat(GoldenCases.files(".yaml"))
                .containsExactlyInAnyOrderElementsOf(inputs.stream().flatMap(i -> Stream.of(i, GoldenCases.output(i))).toList());
    }
}
