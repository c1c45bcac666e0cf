/// The host of plugins in Lua. A script has the form of Envoy's Lua filter (`envoy_on_request`), or consists of OpenResty's blocks
/// (`access_by_lua_block { … }`).
@NullMarked
package io.jigress.plugins.lua;

import org.jspecify.annotations.NullMarked;
