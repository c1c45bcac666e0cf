package io.jigress.sentinel;

import com.alibaba.csp.sentinel.slots.statistic.base.LeapArray;
import com.alibaba.csp.sentinel.slots.statistic.base.WindowWrap;
import com.alibaba.csp.sentinel.util.TimeUtil;
import io.jigress.testkit.FilterTester;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.time.Duration;

/// Sentinel's clock under the test's control: replaces Sentinel's instance of `TimeUtil` with one that no thread advances. For tests that do
/// not run at the same time in one process.
public final class SentinelClock implements AutoCloseable {
    private static final long START = 1_800_000_000_000L;

    private final TimeUtil before = TimeUtil.instance();
    private final TimeUtil stopped;
    private final Field millis;
    private long now = START;

    private SentinelClock() throws ReflectiveOperationException {
        Class<?> factories = Class.forName("sun.reflect.ReflectionFactory");
        Object factory = factories.getMethod("getReflectionFactory").invoke(null);
        Constructor<?> bare = (Constructor<?>) factories
                .getMethod("newConstructorForSerialization", Class.class, Constructor.class)
                .invoke(factory, TimeUtil.class, Object.class.getDeclaredConstructor());
        stopped = (TimeUtil) bare.newInstance();
        Field own = field("statistics");
        Object statistic = own.get(before);
        set("statistics", new Windows((LeapArray<?>) statistic));
        set("state", TimeUtil.STATE.RUNNING);
        millis = field("currentTimeMillis");
        millis.setLong(stopped, now);
        field("INSTANCE").set(null, stopped);
    }

    public static SentinelClock stop() {
        try {
            return new SentinelClock();
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("TimeUtil is not as expected", e);
        }
    }

    public void advance(Duration by) {
        now += by.toMillis();
        try {
            millis.setLong(stopped, now);
        } catch (IllegalAccessException e) {
            throw new LinkageError("TimeUtil is not as expected", e);
        }
    }

    /// Advances this clock and the filter's clock.
    void advance(FilterTester tester, Duration by) {
        advance(by);
        tester.advance(by);
    }

    @Override
    public void close() {
        try {
            field("INSTANCE").set(null, before);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("TimeUtil is not as expected", e);
        }
    }

    private void set(String name, Object value) throws ReflectiveOperationException {
        field(name).set(stopped, value);
    }

    private static Field field(String name) throws NoSuchFieldException {
        Field field = TimeUtil.class.getDeclaredField(name);
        field.setAccessible(true);
        return field;
    }

    /// The counters of clock readings, which are not needed here: one window that is always the current one.
    private static final class Windows extends LeapArray<Object> {
        private final LeapArray<?> real;

        Windows(LeapArray<?> real) {
            super(3, 3_000);
            this.real = real;
        }

        @Override
        public Object newEmptyBucket(long time) {
            return real.newEmptyBucket(time);
        }

        @Override
        protected WindowWrap<Object> resetWindowTo(WindowWrap<Object> window, long start) {
            return window.resetTo(start);
        }
    }
}
