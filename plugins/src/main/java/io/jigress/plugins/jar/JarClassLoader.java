package io.jigress.plugins.jar;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Loads the classes of one plugin. It sees the JDK, and of the gateway only what plugins compile against: `api`, Netty's buffers, slf4j
/// and jspecify. Everything else comes from its jars, before the JDK's.
final class JarClassLoader extends URLClassLoader {
    private static final List<String> SHARED = List.of("io.jigress.api.", "io.netty.buffer.", "io.netty.util.", "org.slf4j.",
            "org.jspecify.");

    static {
        registerAsParallelCapable();
    }

    private final ClassLoader gateway;

    /// @param gateway loads what is shared
    JarClassLoader(String plugin, URL[] jars, ClassLoader gateway) {
        super("plugin " + plugin, jars, ClassLoader.getPlatformClassLoader());
        this.gateway = gateway;
    }

    private static boolean isShared(String name) {
        for (String prefix : SHARED) {
            if (name.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (isShared(name)) {
            return gateway.loadClass(name);
        }
        if (name.startsWith("java.")) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> found = findLoadedClass(name);
            if (found == null) {
                try {
                    found = findClass(name);
                } catch (ClassNotFoundException _) {
                    return super.loadClass(name, resolve);
                }
            }
            if (resolve) {
                resolveClass(found);
            }
            return found;
        }
    }

    @Override
    public @Nullable URL getResource(String name) {
        URL own = findResource(name);
        return own == null ? super.getResource(name) : own;
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
        List<URL> all = new ArrayList<>(Collections.list(findResources(name)));
        for (URL other : Collections.list(super.getResources(name))) {
            if (!all.contains(other)) {
                all.add(other);
            }
        }
        return Collections.enumeration(all);
    }
}
