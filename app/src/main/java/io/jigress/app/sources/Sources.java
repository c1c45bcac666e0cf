package io.jigress.app.sources;

import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import io.jigress.app.settings.SourceUrl;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
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
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The sources of the settings, in order of precedence.
public final class Sources {
    /// @param name as the user wrote it: `folder:conf`, `kubernetes:production`, `nacos://10.0.0.5:8848`; carried by its objects as their origin
    /// @param cluster whose objects it delivers
    /// @param isCluster whether it reads an API server
    public record Feed(String name, String cluster, boolean isCluster, ResourceSource source) {
        /// Those objects that are of its cluster, as the source names them.
        public Set<ResourceKey> own(Set<ResourceKey> keys) {
            return keys.stream().filter(key -> key.cluster().equals(cluster)).map(key -> key.in(""))
                    .collect(Collectors.toUnmodifiableSet());
        }
    }

    /// @param feeds the first wins where two deliver the same object
    /// @param places finds the lines of objects of folders
    /// @param clusters that Secrets describe; null where none do
    public record Made(List<Feed> feeds, Places places, @Nullable SecretClusters clusters) {}

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
            names.add("folder:" + configFolder);
        }
        names.addAll(settings.value(KnownSettings.CONFIG_SOURCES));
        return names;
    }

    /// @param state the last good state; null when it is not kept
    public static Made of(Settings settings, Path folder, @Nullable LastGoodState state) throws CannotStart {
        return new Sources(settings, folder, state == null ? null : state.load()).make(true);
    }

    /// For commands that read once: no source waits for an API server that does not answer, and nothing is written.
    static Made once(Settings settings, Path folder) throws CannotStart {
        Settings reading = settings.with(KnownSettings.KUBERNETES_STATUSES, false, "reads once");
        return new Sources(reading, folder, null).make(false);
    }

    /// @param wait whether the start waits for the only cluster until it answers
    private Made make(boolean wait) throws CannotStart {
        if (new HashSet<>(names).size() < names.size()) {
            throw new CannotStart("a source is named twice (expected: each once): " + String.join(", ", names));
        }
        List<SourceUrl> urls = names.stream().map(SourceUrl::parse).filter(Objects::nonNull).toList();
        boolean severalFolders = urls.stream().filter(url -> url.scheme() == SourceUrl.Scheme.FOLDER).count() > 1;
        long clusters = urls.stream().filter(url -> url.scheme() == SourceUrl.Scheme.KUBERNETES).count();
        Map<String, String> named = new LinkedHashMap<>();
        urls.stream().filter(url -> url.scheme() == SourceUrl.Scheme.KUBERNETES)
                .forEach(url -> named.put(url.cluster(), url.text()));
        SecretClusters secretClusters = SecretClusters.of(settings, folder, named, lastGood);
        boolean only = clusters == 1 && secretClusters == null;
        List<Feed> feeds = new ArrayList<>();
        Map<String, ManifestLocator> locators = new LinkedHashMap<>();
        for (SourceUrl url : urls) {
            String prefix = url.scheme() == SourceUrl.Scheme.FOLDER && severalFolders ? url.rest() + "/" : "";
            List<Resource> old = old(url, prefix);
            feeds.add(new Feed(url.text(), url.cluster(), url.scheme() == SourceUrl.Scheme.KUBERNETES, switch (url.scheme()) {
                case FOLDER -> {
                    Path path = folder.resolve(url.rest());
                    locators.put(prefix, new ManifestLocator(path));
                    ResourceSource source = folder(path, old);
                    yield prefix.isEmpty() ? source : new PrefixedSource(source, prefix);
                }
                case NACOS -> {
                    NacosAddress address = nacos(url.url());
                    String place = locators.containsKey(address.prefix()) ? url.text() + "/" : address.prefix();
                    NacosSource source = NacosFeed.of(settings, folder, address, place, lastGood(old));
                    locators.put(place, new ManifestLocator(source.texts()));
                    yield source;
                }
                case KUBERNETES -> KubernetesFeed.of(settings, folder, url, wait && only,
                        lastGood == null ? null : lastGood.saved(), old);
            }));
        }
        return new Made(feeds, Places.of(locators), secretClusters);
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

    private FolderSource folder(Path path, List<Resource> old) throws CannotStart {
        LastGood last = lastGood(old);
        Optional<String> obstacle = FolderSource.obstacle(path);
        if (obstacle.isPresent() && old.isEmpty()) {
            throw new CannotStart("the folder " + path + " " + obstacle.get());
        }
        FolderSettings limits = FolderSettings.DEFAULT.withMaxFileBytes(settings.value(KnownSettings.CONFIG_FILE_BYTES))
                .withObjectVanish(settings.value(KnownSettings.CONFIG_FOLDER_VANISH));
        return new FolderSource(path, limits, last, InstantSource.system());
    }

    private static boolean isOfScheme(String origin, SourceUrl.Scheme scheme) {
        SourceUrl url = SourceUrl.parse(origin);
        return url != null && url.scheme() == scheme;
    }

    /// The objects of a source before this start. If it is the only source, it may have had another name, or none in a state of an earlier
    /// version.
    private List<Resource> old(SourceUrl url, String prefix) {
        if (lastGood == null) {
            return List.of();
        }
        return lastGood.resources().stream().filter(resource -> names.size() > 1
                ? resource.origin().equals(url.text())
                : resource.origin().isEmpty() || isOfScheme(resource.origin(), url.scheme()))
                .map(resource -> PrefixedSource.without(resource.in(""), prefix)).toList();
    }
}
