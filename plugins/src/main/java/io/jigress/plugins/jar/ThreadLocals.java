package io.jigress.plugins.jar;

import java.lang.ref.Reference;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Removes what a plugin has left in thread-local variables of an event loop, which would keep its class loader. This needs access to fields of
/// java.lang.Thread (`--add-opens java.base/java.lang=ALL-UNNAMED`).
final class ThreadLocals {
    private static final Logger LOG = LoggerFactory.getLogger(ThreadLocals.class);
    /// How many elements of a collection are looked at.
    private static final int MAX_ELEMENTS = 1000;
    private static final @Nullable Access ACCESS = access();

    private ThreadLocals() {}

    private record Access(Field locals, Field table, Field value, Method remove) {}

    private static @Nullable Access access() {
        try {
            Field locals = Thread.class.getDeclaredField("threadLocals");
            Class<?> map = Class.forName("java.lang.ThreadLocal$ThreadLocalMap");
            Class<?> entry = Class.forName("java.lang.ThreadLocal$ThreadLocalMap$Entry");
            Access access = new Access(locals, map.getDeclaredField("table"), entry.getDeclaredField("value"),
                    map.getDeclaredMethod("remove", ThreadLocal.class));
            for (AccessibleObject part : List.of(access.locals, access.table, access.value, access.remove)) {
                part.setAccessible(true);
            }
            return access;
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.warn("thread-local variables of replaced plugins in Java stay in memory: {} "
                    + "(expected: --add-opens java.base/java.lang=ALL-UNNAMED)", e.toString());
            return null;
        }
    }

    /// Removes the variables of this thread that refer to classes of a loader, directly or as elements of a collection.
    static void remove(ClassLoader loader) {
        Access access = ACCESS;
        if (access == null) {
            return;
        }
        try {
            Object map = access.locals.get(Thread.currentThread());
            Object table = map == null ? null : access.table.get(map);
            if (map == null || table == null) {
                return;
            }
            List<Object> found = new ArrayList<>();
            for (int i = 0; i < Array.getLength(table); i++) {
                if (Array.get(table, i) instanceof Reference<?> entry) {
                    Object key = entry.get();
                    if (key != null && (isOf(loader, key) || refersTo(loader, access.value.get(entry)))) {
                        found.add(key);
                    }
                }
            }
            for (Object key : found) {
                access.remove.invoke(map, key);
            }
        } catch (ReflectiveOperationException e) {
            LOG.warn("thread-local variables cannot be removed: {}", e.toString());
        }
    }

    private static boolean refersTo(ClassLoader loader, @Nullable Object value) {
        if (value == null) {
            return false;
        }
        if (isOf(loader, value)) {
            return true;
        }
        return switch (value) {
            case Collection<?> collection -> anyIsOf(loader, collection);
            case Map<?, ?> map -> anyIsOf(loader, map.keySet()) || anyIsOf(loader, map.values());
            case Object[] array -> anyIsOf(loader, Arrays.asList(array));
            case Reference<?> reference -> isOf(loader, reference.get());
            default -> false;
        };
    }

    private static boolean anyIsOf(ClassLoader loader, Collection<?> elements) {
        int left = MAX_ELEMENTS;
        try {
            for (Object element : elements) {
                if (isOf(loader, element)) {
                    return true;
                }
                if (--left == 0) {
                    return false;
                }
            }
        } catch (RuntimeException _) {
            // Another thread changes it.
        }
        return false;
    }

    private static boolean isOf(ClassLoader loader, @Nullable Object object) {
        return object != null && (object.getClass().getClassLoader() == loader || object == loader
                || object instanceof Class<?> type && type.getClassLoader() == loader);
    }
}
