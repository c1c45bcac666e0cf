package io.jigress.plugins.lua;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.jigress.plugins.lua.lib.Library;
import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.JavaFunction;
import io.jigress.plugins.lua.vm.LuaFunction;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.Nil;
import io.jigress.plugins.lua.vm.Values;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `ngx.re`, with RE2's syntax: expressions take time in proportion to the text. There are no back references and no lookaround.
final class NgxRegex {
    private static final int MOST_PATTERNS = 200;
    private static final int LONGEST_PATTERN = 1000;

    private final World world;
    private final Map<String, Pattern> compiled = new HashMap<>();

    NgxRegex(World world) {
        this.world = world;
    }

    LuaTable table() {
        return Library.of(world.state).put("match", this::match).put("find", this::find).put("gmatch", this::gmatch)
                .put("sub", call -> substitute(call, false)).put("gsub", call -> substitute(call, true)).table();
    }

    /// Null for an expression that is malformed; the call's results are nil, once or more, and the reason then. One that Perl has and RE2 has not, such as
    /// lookaround, is an error of the script: else its checks would be skipped in silence.
    private @Nullable Pattern pattern(Call call, int optionsAt, int results) {
        String regex = call.string(2);
        String options = call.string(optionsAt, "");
        String key = options + "/" + regex;
        Pattern known = compiled.get(key);
        if (known != null) {
            return known;
        }
        if (regex.length() > LONGEST_PATTERN) {
            throw call.bad(2, "an expression of at most " + LONGEST_PATTERN + " bytes expected");
        }
        int flags = 0;
        for (int i = 0; i < options.length(); i++) {
            flags |= switch (options.charAt(i)) {
                case 'i' -> Pattern.CASE_INSENSITIVE;
                case 'm' -> Pattern.MULTILINE;
                case 's' -> Pattern.DOTALL;
                case 'j', 'o', 'u', 'a', 'U', 'D', 'd' -> 0;
                default -> throw call.bad(optionsAt, "unknown option " + options.charAt(i));
            };
        }
        call.meter().work(2000 + regex.length() * 20L);
        Pattern pattern;
        try {
            pattern = Pattern.compile(regex, flags);
        } catch (PatternSyntaxException e) {
            String why = "failed to compile \"" + regex + "\": " + e.getDescription();
            if (e.getDescription().startsWith("invalid or unsupported") || e.getDescription().startsWith("invalid escape")) {
                throw call.error(why);
            }
            for (int i = 0; i < results; i++) {
                call.ret(Nil.NIL);
            }
            call.text(why);
            return null;
        }
        if (compiled.size() >= MOST_PATTERNS) {
            compiled.clear();
        }
        compiled.put(key, pattern);
        return pattern;
    }

    private @Nullable Matcher matcher(Call call, int optionsAt, int results) {
        Pattern pattern = pattern(call, optionsAt, results);
        if (pattern == null) {
            return null;
        }
        String subject = call.string(1);
        call.meter().work(20 + (long) subject.length() * (4 + pattern.pattern().length() / 16));
        return pattern.matcher(subject);
    }

    private LuaTable captures(Matcher matcher) {
        LuaTable table = world.state.table();
        for (int i = 0; i <= matcher.groupCount(); i++) {
            table.put((Object) (double) i, group(matcher, i));
        }
        for (Map.Entry<String, Integer> named : matcher.pattern().namedGroups().entrySet()) {
            table.put(named.getKey(), group(matcher, named.getValue()));
        }
        return table;
    }

    private Object group(Matcher matcher, int i) {
        String text = matcher.group(i);
        if (text == null) {
            return false;
        }
        world.state.meter().string(text.length());
        return text;
    }

    /// The first position to look at, from the table `ctx`.
    private static int start(Call call, int argument) {
        if (call.arg(argument) instanceof LuaTable context && context.get("pos") instanceof Double position) {
            return Math.clamp(position.longValue() - 1, 0, call.string(1).length());
        }
        return 0;
    }

    private static void advance(Call call, int argument, int end) {
        if (call.arg(argument) instanceof LuaTable context) {
            context.put("pos", (double) (end + 1));
        }
    }

    /// Whether a match must begin where the search begins.
    private static boolean isAnchored(Call call, int optionsAt) {
        return call.string(optionsAt, "").indexOf('a') >= 0;
    }

    private static boolean find(Call call, Matcher matcher, int from) {
        return matcher.find(from) && (matcher.start() == from || !isAnchored(call, 3));
    }

    private void match(Call call) {
        Matcher matcher = matcher(call, 3, 1);
        if (matcher == null) {
            return;
        }
        if (find(call, matcher, start(call, 4))) {
            advance(call, 4, matcher.end());
            call.ret(captures(matcher));
        } else {
            call.ret(Nil.NIL);
        }
    }

    private void find(Call call) {
        Matcher matcher = matcher(call, 3, 2);
        if (matcher == null) {
            return;
        }
        int group = call.integer(5, 0);
        if (find(call, matcher, start(call, 4))) {
            advance(call, 4, matcher.end());
            if (group < 0 || group > matcher.groupCount()) {
                throw call.bad(5, "no such group");
            }
            if (matcher.start(group) >= 0) {
                call.ret((double) (matcher.start(group) + 1));
                call.ret((double) matcher.end(group));
                return;
            }
        }
        call.ret(Nil.NIL);
    }

    private void gmatch(Call call) {
        Matcher matcher = matcher(call, 3, 1);
        if (matcher == null) {
            return;
        }
        boolean anchored = isAnchored(call, 3);
        int[] from = {0};
        call.ret(new JavaFunction("gmatch", step -> {
            step.meter().work(10);
            if (matcher.find() && (!anchored || matcher.start() == from[0])) {
                from[0] = matcher.end();
                step.ret(captures(matcher));
            } else {
                from[0] = -1;
                step.ret(Nil.NIL);
            }
        }));
    }

    private void substitute(Call call, boolean all) {
        Matcher matcher = matcher(call, 4, 2);
        if (matcher == null) {
            return;
        }
        boolean anchored = isAnchored(call, 4);
        String subject = call.string(1);
        Object replacement = call.arg(3);
        String template = replacement instanceof LuaFunction ? null : call.string(3);
        StringBuilder out = new StringBuilder();
        int count = 0;
        int from = 0;
        while ((all || count == 0) && matcher.find() && (!anchored || matcher.start() == from)) {
            count++;
            out.append(subject, from, matcher.start());
            from = matcher.end();
            String text = template == null ? called(call, matcher, replacement) : expand(call, matcher, template);
            call.meter().allocate(text.length());
            call.meter().work(5 + text.length() / 16);
            out.append(text);
        }
        out.append(subject, from, subject.length());
        call.text(out.toString());
        call.ret((double) count);
    }

    private String called(Call call, Matcher matcher, Object function) {
        Object[] results = call.call(function, captures(matcher));
        String text = results.length == 0 ? null : Values.toText(results[0]);
        if (text == null) {
            throw call.error("the replacement function must return a string");
        }
        return text;
    }

    private static String expand(Call call, Matcher matcher, String template) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < template.length(); i++) {
            char c = template.charAt(i);
            if (c != '$' || i + 1 == template.length()) {
                out.append(c);
                continue;
            }
            char next = template.charAt(++i);
            if (next == '$') {
                out.append('$');
                continue;
            }
            int end = next == '{' ? template.indexOf('}', i) : i + 1;
            while (next != '{' && end < template.length() && Character.isDigit(template.charAt(end))) {
                end++;
            }
            String number = end < 0 ? "" : template.substring(next == '{' ? i + 1 : i, end);
            if (!number.matches("\\d{1,3}") || Integer.parseInt(number) > matcher.groupCount()) {
                throw call.error("attempt to use an unknown group in the replacement: $" + number);
            }
            @Nullable String group = matcher.group(Integer.parseInt(number));
            if (group != null) {
                call.meter().work(1 + group.length() / 16);
                out.append(group);
                if (out.length() > call.meter().memoryLimit()) {
                    call.meter().string(out.length());
                }
            }
            i = next == '{' ? end : end - 1;
        }
        return out.toString();
    }
}
