package io.jigress.plugins.wasm.vm;

import java.nio.file.Path;

/// How a process is started that compiles a module.
///
/// @param java the program `java`
/// @param classPath where the gateway's own classes are
/// @param memory how many bytes of heap the process may have
public record CompilerJvm(Path java, String classPath, long memory) {}
