package io.jigress.bench;

import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.HttpFilter;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.api.blocking.BlockingDecision;
import io.jigress.api.blocking.BlockingFilter;
import io.jigress.api.blocking.BlockingFilterFactory;
import io.jigress.api.blocking.BlockingRequest;
import io.jigress.plugins.jar.JarFactory;
import io.jigress.plugins.jar.JarRuntime;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;

/// Plugins in Java that do nothing, as a jar, and the host that loads it.
final class JarPlugins {
    private JarPlugins() {}

    /// The configuration of a plugin without options.
    abstract static class Empty<C> implements FilterFactory<C> {
        @Override
        public FilterPhase phase() {
            return FilterPhase.TRANSFORM;
        }

        @Override
        public int priority() {
            return 0;
        }
    }

    public static final class EventFactory extends Empty<Boolean> {
        @Override
        public String name() {
            return "event";
        }

        @Override
        public Boolean parse(JsonReader config) {
            return true;
        }

        @Override
        public CompletionStage<PreparedFilter> prepare(Boolean config) {
            return CompletableFuture.completedFuture(_ -> new Event());
        }
    }

    private static final class Event implements HttpFilter {
        @Override
        public FilterDecision onRequestHead(Exchange exchange) {
            return FilterDecision.CONTINUE;
        }
    }

    public static final class BlockingFactory extends Empty<Boolean> implements BlockingFilterFactory<Boolean> {
        @Override
        public String name() {
            return "blocking";
        }

        @Override
        public Boolean parse(JsonReader config) {
            return true;
        }

        @Override
        public BlockingFilter create(Boolean config) {
            return new Blocking();
        }
    }

    public static final class Blocking implements BlockingFilter {
        @Override
        public BlockingDecision onRequest(BlockingRequest request) {
            return BlockingDecision.CONTINUE;
        }
    }

    /// A jar with the plugins of this class.
    private static Path jar() throws IOException {
        Path jar = Files.createTempFile("bench", ".jar");
        jar.toFile().deleteOnExit();
        try (OutputStream out = Files.newOutputStream(jar); JarOutputStream zip = new JarOutputStream(out)) {
            for (Class<?> type : List.of(JarPlugins.class, Empty.class, EventFactory.class, Event.class, BlockingFactory.class,
                    Blocking.class)) {
                String name = type.getName().replace('.', '/') + ".class";
                try (InputStream in = JarPlugins.class.getClassLoader().getResourceAsStream(name)) {
                    put(zip, name, Objects.requireNonNull(in, name).readAllBytes());
                }
            }
            put(zip, "META-INF/services/" + FilterFactory.class.getName(),
                    (EventFactory.class.getName() + "\n" + BlockingFactory.class.getName()).getBytes(StandardCharsets.UTF_8));
        }
        return jar;
    }

    private static void put(JarOutputStream zip, String name, byte[] content) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(content);
        zip.closeEntry();
    }

    /// The host, with jars in a folder of its own.
    static JarFactory host() throws IOException {
        return JarFactory.of(new JarRuntime(Files.createTempDirectory("bench-jars"), null));
    }

    static Json config(String factory) throws IOException {
        return Json.object().put("name", "bench/" + factory).put("url", jar().toUri().toString()).put("factory", factory).build();
    }
}
