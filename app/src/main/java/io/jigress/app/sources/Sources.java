package io.jigress.app.sources;

import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import io.jigress.control.Resource;
import io.jigress.control.ResourceSource;
import io.jigress.sources.folder.FolderSettings;
import io.jigress.sources.folder.FolderSource;
import io.jigress.sources.manifest.LastGood;
import io.jigress.sources.manifest.ManifestLocator;
import io.jigress.sources.nacos.NacosAddress;
import io.jigress.sources.nacos.NacosSource;
import io.jigress.sources.state.LastGoodState;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The sources of the settings, in order of precedence.
public final class Sources {
    private static final String FOLDER = "folder:";
    private static final String NACOS = "nacos://";
    private static final String KUBERNETES = "kubernetes:";

    /// @param name as the user wrote it: `folder:conf`, `kubernetes:production`, `nacos://10.0.0.5:8848`; carried by its objects as their origin
    public record Feed(String name, ResourceSource source) {}

    /// @param feeds the first wins where two deliver the same object
    /// @param places finds the lines of objects of folders
    public record Made(List<Feed> feeds, Places places) {}

    private final Settings settings;
    /// The base of relative paths.
    private final Path folder;
    private final LastGoodState.@Nullable Loaded lastGood;
    private final List<String> names;

    private Sources(Settings settings, Path folder, LastGoodState.@Nullable Loaded lastGood) {
        this.settings = settings;
        this.folder = folder;
        this.lastGood = lastGood;
        names = names(settings);
    }

    /// The names of all sources; `config.folder` comes first.
    public static List<String> names(Settings settings) {
        List<String> names = new ArrayList<>();
        String configFolder = settings.value(KnownSettings.CONFIG_FOLDER);
        if (!configFolder.isEmpty()) {
            names.add(FOLDER + configFolder);
        }
        names.addAll(settings.value(KnownSettings.CONFIG_SOURCES));
        return names;
    }

    /// @param state the last good state; null when it is not kept
    public static Made of(Settings settings, Path folder, @Nullable LastGoodState state) throws CannotStart {
        return new Sources(settings, folder, state == null ? null : state.load()).make();
    }

    private Made make() throws CannotStart {
        if (new HashSet<>(names).size() < names.size()) {
            throw new CannotStart("a source is named twice (expected: each once): " + String.join(", ", names));
        }
        boolean severalFolders = names.stream().filter(name -> name.startsWith(FOLDER)).count() > 1;
        List<Feed> feeds = new ArrayList<>();
        Map<String, ManifestLocator> locators = new LinkedHashMap<>();
        for (String name : names) {
            if (name.startsWith(FOLDER)) {
                String written = name.substring(FOLDER.length());
                Path path = folder.resolve(written);
                String prefix = severalFolders ? written + "/" : "";
                locators.put(prefix, new ManifestLocator(path));
                ResourceSource source = folder(path, name, prefix);
                feeds.add(new Feed(name, prefix.isEmpty() ? source : new PrefixedSource(source, prefix)));
            } else if (name.startsWith(NACOS)) {
                NacosAddress address = nacos(name);
                String prefix = locators.containsKey(address.prefix()) ? name + "/" : address.prefix();
                NacosSource source = NacosFeed.of(settings, folder, address, prefix, lastGood(old(name, "")));
                locators.put(prefix, new ManifestLocator(source.texts()));
                feeds.add(new Feed(name, source));
            } else {
                feeds.add(new Feed(name, KubernetesFeed.of(settings, folder, name.substring(KUBERNETES.length()),
                        lastGood == null ? null : lastGood.saved(), old(name, ""))));
            }
        }
        return new Made(feeds, Places.of(locators));
    }

    private static NacosAddress nacos(String name) throws CannotStart {
        try {
            return NacosAddress.parse(name);
        } catch (IllegalArgumentException e) {
            throw new CannotStart("the source " + name + " " + e.getMessage()
                    + " (expected: a URL such as nacos://10.0.0.5:8848?namespace=jigress&group=gateway)");
        }
    }

    private LastGood lastGood(List<Resource> old) {
        return lastGood == null ? LastGood.NONE : LastGood.of(lastGood.saved(), old);
    }

    private FolderSource folder(Path path, String name, String prefix) throws CannotStart {
        List<Resource> old = old(name, prefix);
        LastGood last = lastGood(old);
        Optional<String> obstacle = FolderSource.obstacle(path);
        if (obstacle.isPresent() && old.isEmpty()) {
            throw new CannotStart("the folder " + path + " " + obstacle.get());
        }
        FolderSettings limits = FolderSettings.DEFAULT.withMaxFileBytes(settings.value(KnownSettings.CONFIG_FILE_BYTES))
                .withObjectVanish(settings.value(KnownSettings.CONFIG_FOLDER_VANISH));
        return new FolderSource(path, limits, last, InstantSource.system());
    }

    /// The objects of a source before this start. If it is the only source, it may have had another name, or none in a state of an earlier
    /// version.
    private List<Resource> old(String name, String prefix) {
        if (lastGood == null) {
            return List.of();
        }
        String scheme = name.substring(0, name.indexOf(':') + 1);
        return lastGood.resources().stream().filter(resource -> names.size() > 1
                ? resource.origin().equals(name)
                : resource.origin().isEmpty() || resource.origin().startsWith(scheme))
                .map(resource -> PrefixedSource.without(resource, prefix)).toList();
    }
}
