package io.jigress.sources.nacos;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The text of an index: one data id per line; empty lines and lines that begin with `#` are ignored.
///
/// @param lines the line of each data id, from 1
/// @param problem what is wrong with the first line that is not a data id; null when all lines are data ids
public record NacosIndex(Map<String, Integer> lines, @Nullable String problem) {
    private static final String DATA_ID = "[A-Za-z0-9:._-]{1,256}";

    public Set<String> dataIds() {
        return lines.keySet();
    }

    /// Whether Nacos accepts a name as a data id.
    public static boolean isDataId(String name) {
        return name.matches(DATA_ID);
    }

    static NacosIndex read(String text) {
        Map<String, Integer> lines = new LinkedHashMap<>();
        String problem = null;
        List<String> all = text.lines().map(String::strip).toList();
        for (int i = 0; i < all.size(); i++) {
            String line = all.get(i);
            if (line.isEmpty() || line.startsWith("#") || line.equals(NacosStore.INDEX)) {
                continue;
            }
            if (isDataId(line)) {
                lines.putIfAbsent(line, i + 1);
            } else if (problem == null) {
                String shown = line.length() > 80 ? line.substring(0, 80) + "…" : line;
                problem = "line " + (i + 1) + ": is \"" + shown + "\", which is not a data id and is left out";
            }
        }
        return new NacosIndex(java.util.Collections.unmodifiableMap(lines), problem);
    }

    /// The data ids that an index names.
    public static Set<String> of(String text) {
        return read(text).dataIds();
    }

    /// The text of an index of these data ids.
    public static String write(Iterable<String> dataIds) {
        StringBuilder out = new StringBuilder(
                "# The data ids of this group that Jigress reads, one a line. Written by jigress push.\n");
        dataIds.forEach(dataId -> out.append(dataId).append('\n'));
        return out.toString();
    }
}
