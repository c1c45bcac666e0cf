package io.jigress.app.market;

import io.jigress.api.Json;
import io.jigress.api.NearestName;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import io.jigress.app.translate.Filters;
import io.jigress.plugins.load.CodeLoader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// All plugins of the indexes that the setting `plugins.indexes` names, after the built-in filters.
///
/// @param problems of indexes, as text for people
public record Market(List<PluginEntry> plugins, List<String> problems) {
    private static final String FILE = "index.yaml";
    private static final Pattern CHECKSUM = Pattern.compile("(.*)#sha256=([0-9a-f]{64})");

    public Market {
        plugins = List.copyOf(plugins);
        problems = List.copyOf(problems);
    }

    /// Without other indexes.
    public static Market builtin(Settings settings, Path folder) {
        return new Market(BuiltinIndex.of(Filters.builtin(settings, folder)), List.of());
    }

    /// Reads all indexes. Slow: it may wait for servers.
    ///
    /// @param folder the base of relative paths in the settings
    public static Market load(Settings settings, Path folder) {
        return load(builtin(settings, folder), settings.value(KnownSettings.PLUGINS_INDEXES), folder,
                Downloads.of(settings, folder));
    }

    /// The plugins of one index.
    public static Market of(Path index) {
        return load(new Market(List.of(), List.of()), List.of(index.toString()), Path.of(""), Downloads.ANONYMOUS);
    }

    static Market load(Market builtin, List<String> indexes, Path folder, Downloads downloads) {
        List<PluginEntry> plugins = new ArrayList<>(builtin.plugins);
        List<String> problems = new ArrayList<>(builtin.problems);
        for (String index : indexes) {
            IndexReader.Content content = read(index, folder, downloads);
            plugins.addAll(content.plugins());
            problems.addAll(content.problems());
        }
        return new Market(plugins, problems);
    }

    private static IndexReader.Content read(String index, Path folder, Downloads downloads) {
        Matcher checked = CHECKSUM.matcher(index);
        String place = checked.matches() ? checked.group(1) : index;
        try {
            String url = place.contains("://") ? place : file(folder.resolve(place)).toString();
            byte[] text = downloads.index(url, checked.matches() ? checked.group(2) : null);
            return IndexReader.read(index, URI.create(url), text);
        } catch (IOException | IllegalArgumentException e) {
            return new IndexReader.Content(List.of(), List.of("the index " + index + " " + e.getMessage()));
        }
    }

    private static URI file(Path path) {
        Path file = Files.isDirectory(path) ? path.resolve(FILE) : path;
        return URI.create(file.toAbsolutePath().normalize().toUri().toString());
    }

    /// In hexadecimal.
    public static String sha256(byte[] bytes) {
        return CodeLoader.sha256(bytes);
    }

    /// The plugin of a name, that of the first index that lists it.
    public Optional<PluginEntry> find(String name) {
        return plugins.stream().filter(each -> each.name().equals(name)).findFirst();
    }

    /// What to tell somebody who names a plugin that is not listed.
    public String unknown(String name) {
        return "no index lists a plugin \"" + name + "\""
                + NearestName.hint(name, plugins.stream().map(PluginEntry::name).toList())
                + " (the indexes: " + PluginEntry.BUILT_IN + ", and those of the setting plugins.indexes)";
    }

    /// One plugin, with all that is known of it; null when there is none of this name.
    public @Nullable Json json(String name) {
        return find(name).map(PluginEntry::json).orElse(null);
    }

    /// All plugins, and the problems of indexes.
    ///
    /// @param reading whether a newer version is on its way
    public Json json(boolean reading) {
        return Json.object().put("reading", reading)
                .put("plugins", Json.array(plugins.stream().map(PluginEntry::summary).toList()))
                .put("problems", Json.array(problems.stream().map(Json::of).toList())).build();
    }
}
