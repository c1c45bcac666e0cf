/// The libraries that scripts may use: those of Lua 5.1 without access to the process, and cjson.
@NullMarked
package io.jigress.plugins.lua.lib;

import org.jspecify.annotations.NullMarked;
