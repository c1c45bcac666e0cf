package io.jigress.waf.crs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// The committed lists of stages that differ, each with its reason. They may only shrink.
///
/// @param differences stages in which the engine logs other rules than mod_security2, or does not pass while mod_security2 does
/// @param codec       stages that the gateway answers, or changes, before the WAF: they differ from the engine alone
/// @param reasons     what the words of the lists mean
record ParityLists(Map<String, String> differences, Map<String, String> codec, Map<String, String> reasons) {
    static ParityLists in(Path folder) throws IOException {
        return new ParityLists(read(folder.resolve("differences.txt")), read(folder.resolve("answered-by-the-codec.txt")),
                read(folder.resolve("reasons.txt")));
    }

    private static Map<String, String> read(Path file) throws IOException {
        Map<String, String> entries = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            if (!line.isBlank() && !line.startsWith("#")) {
                String[] words = line.split("\\s+", 2);
                entries.put(words[0], words.length == 1 ? "" : words[1]);
            }
        }
        return entries;
    }
}
