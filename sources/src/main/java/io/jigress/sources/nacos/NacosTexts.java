package io.jigress.sources.nacos;

import io.jigress.sources.registry.RegistryText;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The texts (Nacos configurations) that are polled at an interval: they change seldom, and the server reports changes only to subscriptions of
/// another kind.
final class NacosTexts {
    private static final Duration INTERVAL = Duration.ofSeconds(10);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(2);

    /// Guarded by this.
    private final Map<RegistryText, Followed> followed = new HashMap<>();

    /// One text. Only the worker requests it.
    static final class Followed {
        private final RegistryText text;
        private final Consumer<String> listener;
        private volatile long nextNanos = System.nanoTime();
        private volatile boolean ended;
        private boolean told;

        private Followed(RegistryText text, Consumer<String> listener) {
            this.text = text;
            this.listener = listener;
        }

        String dataId() {
            return switch (text.kind()) {
                case MAPPING -> text.service();
                case DEFINITION -> text.service() + ":" + text.version() + ":" + text.group() + ":provider:" + text.application();
            };
        }

        String group() {
            return switch (text.kind()) {
                case MAPPING -> "mapping";
                case DEFINITION -> "dubbo";
            };
        }

        void answered(String value) {
            nextNanos = System.nanoTime() + INTERVAL.toNanos();
            told = true;
            if (!ended) {
                listener.accept(value);
            }
        }

        /// @param absent whether the server has no such text; else the last one is kept
        void failed(boolean absent) {
            nextNanos = System.nanoTime() + AFTER_FAILURE.toNanos();
            if ((absent || !told) && !ended) {
                told = true;
                listener.accept("");
            }
        }
    }

    synchronized void follow(RegistryText text, Consumer<String> listener) {
        followed.put(text, new Followed(text, listener));
    }

    synchronized void unfollow(RegistryText text) {
        Followed gone = followed.remove(text);
        if (gone != null) {
            gone.ended = true;
        }
    }

    /// A text that is due now; null without one.
    synchronized @Nullable Followed due() {
        long now = System.nanoTime();
        return followed.values().stream().filter(one -> one.nextNanos - now <= 0).findFirst().orElse(null);
    }

    /// The time until the next is due.
    synchronized long restMillis() {
        long now = System.nanoTime();
        long rest = Long.MAX_VALUE;
        for (Followed one : followed.values()) {
            rest = Math.min(rest, Math.max(1, Duration.ofNanos(one.nextNanos - now).toMillis()));
        }
        return rest;
    }
}
