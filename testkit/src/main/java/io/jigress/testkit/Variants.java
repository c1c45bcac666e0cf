package io.jigress.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.provider.AnnotationBasedArgumentsProvider;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsSource;
import org.junit.jupiter.params.support.ParameterDeclarations;

/// The arguments of a parameterized class of which a run without suites takes the first only: its tests run in one variant everywhere, and in
/// all variants with the [Suites]. What is left out is named at the end of the run.
@Target({ElementType.TYPE, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Tag("variants")
@ArgumentsSource(Variants.Provider.class)
public @interface Variants {
    /// The variants; several arguments of one are separated by commas.
    String[] value();

    /// Provides the variants that the run takes.
    final class Provider extends AnnotationBasedArgumentsProvider<Variants> {
        @Override
        protected Stream<? extends Arguments> provideArguments(ParameterDeclarations parameters, ExtensionContext context,
                Variants variants) {
            List<String> all = List.of(variants.value());
            if (!Suites.areSkipped()) {
                return all.stream().map(Provider::arguments);
            }
            List<String> others = all.subList(1, all.size());
            Suites.skipped(context, context.getRequiredTestClass().getSimpleName() + " " + others);
            return Stream.of(arguments(all.getFirst()));
        }

        private static Arguments arguments(String variant) {
            return Arguments.of((Object[]) variant.split(",", -1));
        }
    }
}
