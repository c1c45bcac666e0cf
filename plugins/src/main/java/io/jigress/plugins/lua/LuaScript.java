package io.jigress.plugins.lua;

import io.jigress.plugins.lua.vm.LuaError;
import io.jigress.plugins.lua.vm.Prototype;
import io.jigress.plugins.lua.vm.Values;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A compiled script.
///
/// @param main   defines Envoy's functions; empty where the script consists of blocks
/// @param blocks OpenResty's blocks
record LuaScript(List<Prototype> main, Map<Phase, Prototype> blocks) {
    /// The first word of a script that consists of blocks.
    private static final Pattern BLOCK = Pattern.compile("(?s)([a-z_]+_by_lua_block)\\s*\\{");

    /// The phases of OpenResty that scripts may have.
    enum Phase {
        INIT("init_by_lua_block"), INIT_WORKER("init_worker_by_lua_block"), REWRITE("rewrite_by_lua_block"),
        ACCESS("access_by_lua_block"), CONTENT("content_by_lua_block"), HEADER_FILTER("header_filter_by_lua_block"),
        BODY_FILTER("body_filter_by_lua_block"), LOG("log_by_lua_block");

        private final String block;

        Phase(String block) {
            this.block = block;
        }

        String block() {
            return block;
        }

        /// As ngx.get_phase returns it.
        String title() {
            return block.substring(0, block.length() - "_by_lua_block".length());
        }
    }

    LuaScript {
        main = List.copyOf(main);
        blocks = Map.copyOf(blocks);
    }

    /// @throws LuaError with source and line
    static LuaScript compile(String text, String source) {
        String script = Values.bytes(text);
        int at = skip(script, 0);
        if (!BLOCK.matcher(script).region(at, script.length()).lookingAt()) {
            return new LuaScript(List.of(Prototype.compile(script, source, 1)), Map.of());
        }
        Map<Phase, Prototype> blocks = new EnumMap<>(Phase.class);
        while (at < script.length()) {
            Matcher matcher = BLOCK.matcher(script).region(at, script.length());
            if (!matcher.lookingAt()) {
                throw new LuaError(source + ":" + line(script, at) + ": expected a block such as access_by_lua_block { ... }");
            }
            Phase phase = phase(matcher.group(1), source + ":" + line(script, at));
            int begin = matcher.end();
            int end = close(script, begin, source);
            if (blocks.put(phase, Prototype.compile(script.substring(begin, end), source, line(script, begin))) != null) {
                throw new LuaError(source + ":" + line(script, at) + ": a second " + phase.block);
            }
            at = skip(script, end + 1);
        }
        return new LuaScript(List.of(), blocks);
    }

    private static Phase phase(String word, String place) {
        for (Phase phase : Phase.values()) {
            if (phase.block.equals(word)) {
                return phase;
            }
        }
        throw new LuaError(place + ": " + word + " is not supported (expected: init, init_worker, rewrite, access, content, "
                + "header_filter, body_filter or log, each with _by_lua_block)");
    }

    private static int line(String script, int at) {
        return 1 + (int) script.substring(0, at).chars().filter(c -> c == '\n').count();
    }

    /// Skips spaces and comments, of Lua and of nginx.
    private static int skip(String script, int from) {
        int at = from;
        while (at < script.length()) {
            char c = script.charAt(at);
            if (Values.isSpace(c)) {
                at++;
            } else if (c == '#' || script.startsWith("--", at)) {
                int end = script.indexOf('\n', at);
                at = end < 0 ? script.length() : end;
            } else {
                return at;
            }
        }
        return at;
    }

    /// The brace that closes a block: those in strings and comments do not count.
    private static int close(String script, int from, String source) {
        int depth = 1;
        int at = from;
        while (at < script.length()) {
            char c = script.charAt(at);
            if (c == '{') {
                depth++;
            } else if (c == '}' && --depth == 0) {
                return at;
            } else if (c == '"' || c == '\'') {
                int i = at + 1;
                while (i < script.length() && script.charAt(i) != c && script.charAt(i) != '\n') {
                    i += script.charAt(i) == '\\' ? 2 : 1;
                }
                at = i;
            } else if (script.startsWith("--", at) || c == '[') {
                at = skipLong(script, at);
                continue;
            }
            at++;
        }
        throw new LuaError(source + ":" + line(script, from) + ": the block has no closing brace");
    }

    /// Skips a comment or a long string that begins here; a single character for a plain bracket.
    private static int skipLong(String script, int from) {
        boolean comment = script.startsWith("--", from);
        int at = comment ? from + 2 : from;
        int i = at + 1;
        while (i < script.length() && script.charAt(i) == '=') {
            i++;
        }
        boolean opens = at < script.length() && script.charAt(at) == '[' && i < script.length() && script.charAt(i) == '[';
        if (opens) {
            String close = "]" + script.substring(at + 1, i) + "]";
            int end = script.indexOf(close, i);
            return end < 0 ? script.length() : end + close.length();
        }
        if (!comment) {
            return from + 1;
        }
        int end = script.indexOf('\n', from);
        return end < 0 ? script.length() : end;
    }

    boolean mentions(String word) {
        return main.stream().anyMatch(each -> each.mentions(word))
                || blocks.values().stream().anyMatch(each -> each.mentions(word));
    }
}
