package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.Garbage;
import io.jigress.testkit.Poll;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Tracks every buffer while a class's tests run, and fails the class if one was garbage collected without being released.
final class NoLeaks implements BeforeAllCallback, AfterAllCallback {
    private static final int ROUNDS = 3;

    private final List<String> leaks = new CopyOnWriteArrayList<>();
    private ResourceLeakDetector.Level before = ResourceLeakDetector.getLevel();

    @Override
    public void beforeAll(ExtensionContext context) {
        watch();
    }

    void watch() {
        before = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        ByteBufUtil.setLeakListener((type, records) -> leaks.add(type + records));
    }

    @Override
    public void afterAll(ExtensionContext context) {
        check();
    }

    void check() {
        // A leak is detected when the collector has found the buffer and another one is allocated.
        for (int i = 0; i < ROUNDS; i++) {
            Garbage.collect();
            Poll.pause();
            PooledByteBufAllocator.DEFAULT.directBuffer(1).release();
        }
        ResourceLeakDetector.setLevel(before);
        assertThat(leaks).as("buffers that were not released").isEmpty();
    }
}
