package io.jigress.plugins.wasm.vm;

import java.lang.reflect.Constructor;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import run.endive.runtime.Instance;
import run.endive.runtime.Machine;

/// The classes of one module, which are collected with it.
final class ModuleClasses extends ClassLoader {
    /// Of the classes that are not defined yet.
    private final Map<String, byte[]> files;

    private ModuleClasses(Map<String, byte[]> files) {
        super(GuestCode.class.getClassLoader());
        this.files = new HashMap<>(files);
    }

    /// Defines and verifies all classes: later, that would hold an event loop.
    ///
    /// @return makes what runs the functions of an instance
    /// @throws LinkageError when the bytecode is broken
    static Function<Instance, Machine> define(Bytecode bytecode) {
        ModuleClasses loader = new ModuleClasses(bytecode.classes());
        try {
            for (String name : bytecode.classes().keySet()) {
                Class.forName(name, true, loader);
            }
            Constructor<? extends Machine> constructor = loader.loadClass(bytecode.machine()).asSubclass(Machine.class)
                    .getConstructor(Instance.class);
            return instance -> machine(constructor, instance);
        } catch (ReflectiveOperationException | ClassCastException e) {
            throw new LinkageError("bytecode of a Wasm module is broken: " + e, e);
        }
    }

    private static Machine machine(Constructor<? extends Machine> constructor, Instance instance) {
        try {
            return constructor.newInstance(instance);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The classes of the module are looked for here first: the parent would search all jars for each.
    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            if (files.containsKey(name) && findLoadedClass(name) == null) {
                return findClass(name);
            }
        }
        return super.loadClass(name, resolve);
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        byte[] file = files.remove(name);
        if (file == null) {
            throw new ClassNotFoundException(name);
        }
        return defineClass(name, file, 0, file.length);
    }
}
