/// Lua 5.1: a compiler to register bytecode and an interpreter whose calls are data, so that a script can be suspended anywhere without
/// holding a thread. Every instruction is counted and every allocation is charged ([Meter]).
///
/// A Lua string is a Java String whose characters are bytes (0 to 255), a number is a Double, and nil is [Nil#NIL].
@NullMarked
package io.jigress.plugins.lua.vm;

import org.jspecify.annotations.NullMarked;
