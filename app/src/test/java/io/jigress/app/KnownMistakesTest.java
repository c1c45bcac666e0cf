package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.app.sources.Reading;
import io.jigress.app.translate.Translators;
import io.jigress.control.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// Each known mistake causes one message, at the right line, that says what to write instead. The list in `mistakes/mistakes.txt` may only grow.
class KnownMistakesTest {
    private static final int AT_LEAST = 415;

    /// The valid objects to which the mistakes are added.
    private static final String SCENE = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: main}
            spec:
              gatewayClassName: jigress
              listeners: [{name: http, port: 8080, protocol: HTTP}]
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: cart}
            spec: {ports: [{name: http, port: 80}]}
            ---
            apiVersion: jigress.io/v1
            kind: Backend
            metadata: {name: green}
            spec: {endpoints: [{address: 127.0.0.1, port: 2}]}
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: base}
            spec:
              parentRefs: [{name: main}]
              hostnames: [base.example]
              rules: [{name: one, backendRefs: [{name: cart, port: 80}]}]
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: shop-tls}
            type: kubernetes.io/tls
            stringData:
              tls.crt: |
                -----BEGIN CERTIFICATE-----
                MIIBnzCCAUSgAwIBAgIUIzsUaMFROvBgIU4mFAQIEwDe+nkwCgYIKoZIzj0EAwIw
                FzEVMBMGA1UEAwwMc2hvcC5leGFtcGxlMCAXDTI2MTEyNjA5MzM1MFoYDzIxMjYx
                MTAyMDkzMzUwWjAXMRUwEwYDVQQDDAxzaG9wLmV4YW1wbGUwWTATBgcqhkjOPQIB
                BggqhkjOPQMBBwNCAATxa29RCdAUt4zgVqePxMY9noyEcCre52qeHZ+uD4JdsNeL
                w6iiib7C+quDNSHMHT9XOqJRAstPkrzMQyCQGzzWo2wwajAdBgNVHQ4EFgQUXMhO
                /n2JCFEfGR7DOdY1U7YLTYMwHwYDVR0jBBgwFoAUXMhO/n2JCFEfGR7DOdY1U7YL
                TYMwDwYDVR0TAQH/BAUwAwEB/zAXBgNVHREEEDAOggxzaG9wLmV4YW1wbGUwCgYI
                KoZIzj0EAwIDSQAwRgIhAPN3tOwX86LsZsOjfGuKwIuXh1lbwV8+O6QKVYlDRZ4O
                AiEA9Ml8tJrBerv0oMh+jCvHtCQsWnBLtba0dZWl7g+oWpE=
                -----END CERTIFICATE-----
              tls.key: |
                -----BEGIN PRIVATE KEY-----
                MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzodyk/803kYO+XiY
                vre+19UL7Ix8PRLXGBiD8xfz2PyhRANCAATxa29RCdAUt4zgVqePxMY9noyEcCre
                52qeHZ+uD4JdsNeLw6iiib7C+quDNSHMHT9XOqJRAstPkrzMQyCQGzzW
                -----END PRIVATE KEY-----
            """;

    /// The beginnings of messages that report consequences for other objects.
    private static final List<String> CONSEQUENCES = List.of("answers 503, since it is protected by", "have errors, so that",
            "does not accept the route: none of its hostnames is valid");

    private final Path folder;

    KnownMistakesTest(@TempDir Path folder) {
        this.folder = folder;
    }

    /// @param line the one that ends in `#!`
    private record Mistake(String name, String yaml, int line, List<String> said) {}

    @TestFactory
    Stream<DynamicTest> eachGetsOneMessageAtTheRightLine() throws IOException {
        return mistakes().stream().map(mistake -> DynamicTest.dynamicTest(mistake.name, () -> check(mistake)));
    }

    @Test
    void theListOnlyGrows() throws IOException {
        assertThat(mistakes()).hasSizeGreaterThanOrEqualTo(AT_LEAST);
        assertThat(mistakes()).extracting(Mistake::name).doesNotHaveDuplicates();
    }

    private void check(Mistake mistake) throws IOException {
        Path here = Files.createDirectory(folder.resolve(mistake.name.replace(' ', '-').replace('/', '-')));
        // The mistake is in the second file, so that of two definitions it is the one without effect.
        Files.writeString(here.resolve("a-base.yaml"), SCENE);
        Files.writeString(here.resolve("mistake.yaml"), mistake.yaml);
        Reading reading = Reading.of(here, Translators.of(Settings.defaults(new Machine(1, 512 << 20))));
        List<Problem> causes = reading.problems().stream()
                .filter(problem -> CONSEQUENCES.stream().noneMatch(problem.what()::startsWith)).toList();
        assertThat(causes).singleElement().satisfies(problem -> {
            assertThat(problem.toString()).contains(mistake.said);
            assertThat(problem.source() + ":" + reading.places().line(problem)).isEqualTo("mistake.yaml:" + mistake.line);
        });
    }

    private static List<Mistake> mistakes() throws IOException {
        List<Mistake> mistakes = new ArrayList<>();
        try (InputStream in = Objects.requireNonNull(KnownMistakesTest.class.getResourceAsStream("/mistakes/mistakes.txt"))) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            for (String section : text.substring(text.indexOf("== ") + 3).split("\n== ", -1)) {
                mistakes.add(mistake(section));
            }
        }
        return mistakes;
    }

    private static Mistake mistake(String section) {
        List<String> lines = section.strip().lines().toList();
        List<String> yaml = lines.stream().skip(1).filter(line -> !line.startsWith("-- ")).toList();
        List<String> said = lines.stream().filter(line -> line.startsWith("-- ")).map(line -> line.substring(3)).toList();
        int line = 0;
        for (int i = 0; i < yaml.size(); i++) {
            line = yaml.get(i).endsWith("#!") ? i + 1 : line;
        }
        return new Mistake(lines.getFirst(), String.join("\n", yaml) + "\n", line, said);
    }
}
