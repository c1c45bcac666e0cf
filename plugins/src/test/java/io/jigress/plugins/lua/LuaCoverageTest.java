package io.jigress.plugins.lua;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.plugins.lua.vm.LuaFunction;
import io.jigress.plugins.lua.vm.LuaTable;
import io.jigress.plugins.lua.vm.LuaUserdata;
import io.jigress.plugins.lua.vm.Nil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The tables of docs/plugins-lua.md are made from the tables that scripts have.
class LuaCoverageTest {
    private static final Path PAGE = Path.of("../docs/plugins-lua.md");
    private static final String BEGIN = "<!-- generated: LuaCoverageTest -->\n";
    private static final String END = "<!-- end of generated -->";
    private static final Pattern NAME = Pattern.compile("`(\\w*[^\\W_])`");

    @Test
    void theManualListsWhatScriptsCanCall() throws IOException {
        String page = Files.readString(PAGE);
        int from = page.indexOf(BEGIN) + BEGIN.length();
        int to = page.indexOf(END);
        String expected = tables();
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(PAGE, page.substring(0, from) + expected + page.substring(to));
            return;
        }
        assertThat(page.substring(from, to)).isEqualTo(expected);
    }

    @Test
    void eachOfTheseIsUsedByAScriptOfATest() throws IOException {
        String page = Files.readString(PAGE);
        StringBuilder scripts = new StringBuilder(page.substring(0, page.indexOf(BEGIN)));
        for (Path folder : List.of(Path.of("src/test/java/io/jigress/plugins/lua"), Path.of("src/test/resources/lua"))) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.filter(each -> each.toString().matches(".*\\.lua|.*Test\\.java")
                        && !each.endsWith("LuaCoverageTest.java")).toList()) {
                    scripts.append(Files.readString(file, StandardCharsets.ISO_8859_1)).append('\n');
                }
            }
        }
        Set<String> words = new HashSet<>(List.of(scripts.toString().split("\\W+")));
        List<String> unused = new ArrayList<>();
        for (String row : tables().split("\n")) {
            String[] cells = row.split(" \\| ", 2);
            Matcher name = NAME.matcher(cells.length < 2 ? "" : cells[1]);
            while (name.find()) {
                if (!words.contains(name.group(1))) {
                    unused.add(cells[0] + ": " + name.group(1));
                }
            }
        }
        assertThat(unused).isEmpty();
    }

    private static String tables() {
        LuaConfig config = new LuaConfig("test", "", "script", LuaLimits.DEFAULTS, Json.Obj.EMPTY, Map.of(), false,
                Map.of("dictionary", 4096L));
        World world = new World(new LuaPlugin(config, new LuaScript(List.of(), Map.of()), System::nanoTime),
                new TrialServices());
        Map<String, String> rows = new TreeMap<>();
        LuaTable globals = world.state.globals();
        StringBuilder plain = new StringBuilder();
        for (String name : names(globals)) {
            if (globals.get(name) instanceof LuaTable table && !name.equals("_G")) {
                rows(rows, "`" + name + "`", table);
            } else {
                plain.append(plain.isEmpty() ? "" : ", ").append('`').append(name).append('`');
            }
        }
        world.envoy.tables().forEach((name, table) -> rows(rows, name, table));
        LuaTable shared = (LuaTable) ((LuaTable) globals.get("ngx")).get("shared");
        rows(rows, "a dictionary of `ngx.shared`",
                (LuaTable) ((LuaUserdata) shared.get("dictionary")).metatable().get("__index"));
        LuaTable http = (LuaTable) world.state.call((LuaFunction) globals.get("require"), "resty.http")[0];
        rows(rows, "`resty.http`", http);
        rows(rows, "a client of `resty.http`", (LuaTable) ((LuaUserdata) world.state.call((LuaFunction) http.get("new"))[0])
                .metatable().get("__index"));
        StringBuilder out = new StringBuilder("\n| object | functions and values |\n|---|---|\n| globals | " + plain + " |\n");
        rows.forEach((name, functions) -> out.append("| ").append(name).append(" | ").append(functions).append(" |\n"));
        return out.append(
                "\nNot supported, with an error that says so: `ngx.exec`, `ngx.location.capture`, ")
                .append("`ngx.location.capture_multi`, `ngx.on_abort`. Absent: `ngx.thread`, `ngx.socket`, `ngx.semaphore`, FFI.\n\n")
                .toString();
    }

    private static Set<String> names(LuaTable table) {
        TreeSet<String> names = new TreeSet<>();
        int position = table.after(Nil.NIL);
        while (position >= 0) {
            if (table.keyAt(position) instanceof String name) {
                names.add(name);
            }
            position = table.after(table.keyAt(position));
        }
        return names;
    }

    private static void rows(Map<String, String> rows, String name, LuaTable table) {
        StringBuilder functions = new StringBuilder();
        for (String each : names(table)) {
            if (table.get(each) instanceof LuaTable inner && name.equals("`ngx`") && !each.equals("arg") && !each.equals("shared")
                    && !each.equals("var") && !each.equals("header")) {
                rows(rows, "`ngx." + each + "`", inner);
            } else if (!each.matches("HTTP_.*") || each.equals("HTTP_OK")) {
                functions.append(functions.isEmpty() ? "" : ", ").append('`').append(each).append('`');
            }
        }
        rows.put(name,
                functions + (name.equals("`ngx`") ? ", `ctx`, `status`, `headers_sent` and the other `HTTP_` constants" : ""));
    }
}
