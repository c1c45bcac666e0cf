package io.jigress.plugins.jar;

import io.jigress.api.FilterFactory;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.plugins.load.CodeFault;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The code of a plugin, and the filter that it has prepared.
record LoadedJar(JarClassLoader loader, List<Path> files, PreparedFilter prepared) {
    private static final Logger LOG = LoggerFactory.getLogger(LoadedJar.class);
    private static final long READY_SECONDS = 50;
    private static final long REPORT_SECONDS = 60;

    /// Fetches and loads a jar and lets its factory prepare a filter; slow.
    ///
    /// @throws CodeFault when the jar cannot be used, or does not accept its configuration
    static LoadedJar load(JarConfig config, JarRuntime runtime) throws CodeFault {
        List<Path> files = runtime.fetch(config.code());
        JarClassLoader loader = new JarClassLoader(config.name(), urls(files), runtime.gateway());
        runtime.made(loader);
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        PreparedFilter prepared = null;
        try {
            prepared = prepare(factory(loader, config.factory()), config);
            return new LoadedJar(loader, files, prepared);
        } finally {
            thread.setContextClassLoader(before);
            if (prepared == null) {
                discard(loader, files);
            }
        }
    }

    private static URL[] urls(List<Path> files) {
        try {
            URL[] urls = new URL[files.size()];
            for (int i = 0; i < urls.length; i++) {
                urls[i] = files.get(i).toUri().toURL();
            }
            return urls;
        } catch (MalformedURLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static FilterFactory<?> factory(JarClassLoader loader, String name) throws CodeFault {
        List<FilterFactory<?>> all = new ArrayList<>();
        try {
            for (FilterFactory<?> factory : ServiceLoader.load(FilterFactory.class, loader)) {
                all.add(factory);
            }
        } catch (ServiceConfigurationError | LinkageError e) {
            throw new CodeFault("has a factory that cannot be loaded: " + told(e));
        }
        String names = all.stream().map(FilterFactory::name).sorted().collect(Collectors.joining(", "));
        if (all.isEmpty()) {
            throw new CodeFault("names no factory (expected: META-INF/services/" + FilterFactory.class.getName()
                    + " with the class name of a FilterFactory)");
        }
        if (name.isEmpty() && all.size() > 1) {
            throw new CodeFault("has " + all.size() + " factories: " + names + " (expected: one of them as factory)");
        }
        return all.stream().filter(factory -> name.isEmpty() || factory.name().equals(name)).findFirst()
                .orElseThrow(() -> new CodeFault("has no factory \"" + name + "\" (expected: " + names + ")"));
    }

    private static <C> PreparedFilter prepare(FilterFactory<C> factory, JarConfig config) throws CodeFault {
        JsonReader reader = JsonReader.of("config", config.config());
        C parsed = factory.parse(reader);
        if (reader.failed()) {
            throw new CodeFault("does not accept its configuration: " + reader.issues().stream().filter(JsonReader.Issue::error)
                    .map(issue -> issue.path() + " " + issue.what() + " (expected: " + issue.expected() + ")")
                    .collect(Collectors.joining("; ")));
        }
        CompletionStage<PreparedFilter> stage = factory.prepare(parsed);
        try {
            PreparedFilter prepared = stage.toCompletableFuture().get(READY_SECONDS, TimeUnit.SECONDS);
            if (prepared == null) {
                throw new CodeFault("prepared null (expected: a PreparedFilter)");
            }
            return prepared;
        } catch (ExecutionException e) {
            LOG.warn("plugin {} could not be made ready", config.name(), e.getCause());
            throw new CodeFault("could not be made ready: " + told(e.getCause() == null ? e : e.getCause()));
        } catch (TimeoutException _) {
            stage.thenAccept(PreparedFilter::close);
            throw new CodeFault("was not ready within " + READY_SECONDS + " s");
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new CodeFault("was not made ready: the thread was interrupted");
        }
    }

    /// A throwable with its cause, as text: what is thrown by a plugin must not be kept, since it refers to its classes.
    static String told(Throwable thrown) {
        Throwable cause = thrown.getCause();
        return thrown
                + (cause == null || String.valueOf(thrown.getMessage()).contains(cause.toString()) ? "" : ", caused by " + cause);
    }

    /// Closes the plugin's filter, then its class loader; may block for as long as the plugin does.
    void close(String plugin) {
        Thread.currentThread().setContextClassLoader(loader);
        try {
            prepared.closeAndWait();
        } catch (Throwable e) {
            LOG.error("plugin {} threw in close", plugin, e);
        } finally {
            Thread.currentThread().setContextClassLoader(null);
            discard(loader, files);
            reportThreads(plugin, new WeakReference<>(loader));
        }
    }

    /// Names threads of the plugin that run on, later.
    private static void reportThreads(String plugin, WeakReference<ClassLoader> loader) {
        CompletableFuture.delayedExecutor(REPORT_SECONDS, TimeUnit.SECONDS).execute(() -> {
            ClassLoader kept = loader.get();
            if (kept != null) {
                List<String> threads = Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getContextClassLoader() == kept).map(Thread::getName).sorted().toList();
                if (!threads.isEmpty()) {
                    LOG.warn(
                            "plugin {} was closed, and its threads {} run on and keep its classes in memory (expected: close() ends them)",
                            plugin, threads);
                }
            }
        });
    }

    private static void discard(JarClassLoader loader, List<Path> files) {
        try {
            loader.close();
        } catch (IOException e) {
            LOG.warn("{} cannot be closed: {}", loader.getName(), e.toString());
        }
        JarRuntime.delete(files);
    }
}
