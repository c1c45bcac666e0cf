package io.jigress.proxy.route;

import io.jigress.config.VirtualHost.OnMiss;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The routes of one host pattern.
///
/// @param <H> the table owner's data of a host (compiled filters, the reply when no route matches)
/// @param <R> the table owner's type of a route
public final class HostRoutes<H, R> {
    final Batch batch;
    final String pattern;
    /// The pattern without its star: what a request's host equals, or ends with.
    final byte[] key;
    final int hash;
    final String section;
    final OnMiss onMiss;
    final H attachment;
    /// Written only by the edit of this batch, before it is published.
    @Nullable PathTree paths;

    HostRoutes(String pattern, String section, OnMiss onMiss, H attachment, @Nullable PathTree paths, Batch batch) {
        this.batch = batch;
        this.pattern = pattern;
        this.key = keyText(pattern).getBytes(StandardCharsets.ISO_8859_1);
        this.hash = HostIndex.hash(key, 0, key.length);
        this.section = section;
        this.onMiss = onMiss;
        this.attachment = attachment;
        this.paths = paths;
        batch.count();
    }

    private HostRoutes(HostRoutes<H, R> of, Batch batch) {
        this.batch = batch;
        this.pattern = of.pattern;
        this.key = of.key;
        this.hash = of.hash;
        this.section = of.section;
        this.onMiss = of.onMiss;
        this.attachment = of.attachment;
        this.paths = of.paths;
        batch.count();
    }

    static boolean isWildcard(String pattern) {
        return pattern.startsWith("*.");
    }

    static String keyText(String pattern) {
        return isWildcard(pattern) ? pattern.substring(1) : pattern;
    }

    /// The host pattern: `shop.example`, `*.example` or `*`.
    public String pattern() {
        return pattern;
    }

    public String section() {
        return section;
    }

    public OnMiss onMiss() {
        return onMiss;
    }

    /// The table owner's data of this host.
    public H attachment() {
        return attachment;
    }

    HostRoutes<H, R> own(Batch wanted) {
        return batch == wanted ? this : new HostRoutes<>(this, wanted);
    }

    boolean hasKey(byte[] bytes, int from, int to) {
        return Arrays.equals(key, 0, key.length, bytes, from, to);
    }

    @Override
    public String toString() {
        return pattern;
    }
}
