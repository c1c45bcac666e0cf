package io.jigress.waf.filter;

import io.jigress.waf.RuleFiles;
import io.jigress.waf.geo.GeoDatabase;
import io.jigress.waf.geo.GeoDatabases;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The files that a rule set was loaded from, to find out whether they have changed since. For one thread.
final class FilesRead implements RuleFiles {
    private final Optional<CoreRuleSet> files;
    private final GeoDatabases databases;
    private final Map<String, Object> stamps = new HashMap<>();
    private final Map<String, List<String>> lists = new HashMap<>();

    /// What a load depends on, besides the configuration.
    ///
    /// @param folder the folder of the files and what is included from it; empty when there is none
    record State(String folder, Map<String, Object> stamps, Map<String, List<String>> lists) {
    }

    FilesRead(Optional<CoreRuleSet> files, GeoDatabases databases) {
        this.files = files;
        this.databases = databases;
    }

    /// What was read.
    State state() {
        return new State(folder(files), Map.copyOf(stamps), Map.copyOf(lists));
    }

    /// The present state of the files of an earlier one.
    static State now(State before, Optional<CoreRuleSet> files) {
        Map<String, Object> stamps = new HashMap<>();
        Map<String, List<String>> lists = new HashMap<>();
        before.stamps.keySet().forEach(path -> stamps.put(path, files.map(set -> set.stamp(path)).orElse("")));
        before.lists.keySet().forEach(pattern -> lists.put(pattern, files.map(set -> set.list(pattern)).orElse(List.of())));
        return new State(folder(files), stamps, lists);
    }

    private static String folder(Optional<CoreRuleSet> files) {
        return files.map(set -> set.folder() + "\n" + set.includeSetup() + set.includeRules()).orElse("");
    }

    /// The stamp is older than the content: a change in between is seen later.
    @Override
    public Optional<byte[]> read(String path) {
        return files.flatMap(set -> {
            stamps.putIfAbsent(path, set.stamp(path));
            return set.read(path);
        });
    }

    @Override
    public @Nullable GeoDatabase places(String path) throws IOException {
        if (files.isEmpty()) {
            return null;
        }
        CoreRuleSet set = files.get();
        Object stamp = set.stamp(path);
        stamps.putIfAbsent(path, stamp);
        return databases.get(set.folder() + "/" + path, stamp, () -> set.places(path));
    }

    @Override
    public List<String> list(String pattern) {
        return files.map(set -> lists.computeIfAbsent(pattern, set::list)).orElse(List.of());
    }
}
