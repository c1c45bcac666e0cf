package io.jigress.app.plugin;

import io.jigress.api.Json;
import io.jigress.app.market.Downloads;
import io.jigress.app.market.Market;
import io.jigress.app.market.PluginEntry;
import io.jigress.app.market.PluginEntry.Kind;
import io.jigress.app.market.PluginEntry.Artifact;
import io.jigress.control.Problem;
import io.jigress.control.translate.ObjectCheck;
import io.jigress.sources.manifest.Manifest;
import io.jigress.sources.manifest.ManifestReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What the installation of a plugin writes into a folder: a Plugin, and the module that it names if that is a file.
///
/// @param files by their paths, in the order in which they are written
/// @param notes what the user has to know
record Installation(Map<Path, byte[]> files, List<String> notes) {
    private static final String GATEWAY_API = "gateway.networking.k8s.io";
    private static final String MODULES = "modules";

    /// Where the plugin goes and what it is for.
    ///
    /// @param folder of the configuration
    /// @param name of the Plugin
    record Place(Path folder, String namespace, String name, List<Target> targets) {}

    /// @param kind Gateway, HTTPRoute, GRPCRoute or Ingress
    record Target(String kind, String name) {
        static @Nullable Target of(String text) {
            return text.matches("(Gateway|HTTPRoute|GRPCRoute|Ingress)/[a-z0-9]([-.a-z0-9]*[a-z0-9])?")
                    ? new Target(text.substring(0, text.indexOf('/')), text.substring(text.indexOf('/') + 1))
                    : null;
        }

        Json json() {
            return Json.object().put("group", kind.equals("Ingress") ? "networking.k8s.io" : GATEWAY_API).put("kind", kind)
                    .put("name", name).build();
        }
    }

    /// Slow: it may fetch the module.
    ///
    /// @throws IOException with a message for people when the module cannot be had
    static Installation of(PluginEntry plugin, Place place, Downloads downloads) throws IOException {
        Map<Path, byte[]> files = new LinkedHashMap<>();
        List<String> notes = new ArrayList<>();
        Map<String, Json> spec = new LinkedHashMap<>();
        if (plugin.kind() != Kind.BUILTIN) {
            spec.put("type", Json.of(plugin.kind().word()));
        }
        spec.put("name", Json.of(plugin.name()));
        Artifact module = plugin.module();
        if (module != null) {
            if (plugin.phase() != null) {
                spec.put("phase", Json.of(plugin.phase().name()));
            }
            if (plugin.priority() != null) {
                spec.put("priority", Json.of(plugin.priority()));
            }
            code(plugin, module, place, new Code(spec, files, notes), downloads);
            spec.putAll(module.spec().members());
        }
        Json config = plugin.about().examples().isEmpty() ? Json.Obj.EMPTY : plugin.about().examples().getFirst().config();
        spec.put("config", config);
        spec.put("targetRefs", Json.array(place.targets.stream().map(Target::json).toList()));
        Json object = Json.object().put("apiVersion", "jigress.io/v1").put("kind", "Plugin")
                .put("metadata", Json.object().put("name", place.name).put("namespace", place.namespace).build())
                .put("spec", new Json.Obj(spec)).build();
        Path file = place.folder.resolve(place.name + ".yaml");
        if (!plugin.about().examples().isEmpty()) {
            notes.add("spec.config is an example: jigress plugin show " + plugin.name() + " has the fields");
        }
        if (place.targets.isEmpty()) {
            notes.add(
                    "the Plugin has no targets yet: name them in spec.targetRefs, with --target HTTPRoute/NAME, or name the Plugin in a filter ExtensionRef");
        }
        files.put(file, YamlWriter.write(object).getBytes(StandardCharsets.UTF_8));
        return new Installation(files, notes);
    }

    /// What the code of a plugin adds to its installation.
    private record Code(Map<String, Json> spec, Map<Path, byte[]> files, List<String> notes) {}

    private static void code(PluginEntry plugin, Artifact module, Place place, Code to, Downloads downloads) throws IOException {
        String url = module.url();
        if (url.isEmpty()) {
            return;
        }
        if (plugin.kind() == Kind.LUA) {
            String script = new String(downloads.module(plugin.kind(), module), StandardCharsets.UTF_8);
            to.spec.put("script", Json.of(script.endsWith("\n") ? script : script + "\n"));
            return;
        }
        String sha256 = module.sha256();
        if (url.startsWith("file:")) {
            byte[] bytes = downloads.module(plugin.kind(), module);
            sha256 = Market.sha256(bytes);
            Path copy = place.folder.resolve(MODULES).resolve(
                    plugin.name() + "-" + plugin.id().version().replaceAll("[^A-Za-z0-9.-]", "_") + "." + plugin.kind().word());
            to.files.put(copy, bytes);
            url = "file://" + copy.toAbsolutePath().normalize().toUri().getRawPath();
        } else if (sha256.isEmpty() && url.matches("https?://.*")) {
            sha256 = Market.sha256(downloads.module(plugin.kind(), module));
            to.notes.add("the index has no checksum of " + url + ": the Plugin has that of what is there now");
        } else if (sha256.isEmpty()) {
            to.notes.add("the index has no checksum of " + url + ": what is there may change");
        }
        to.spec.put("url", Json.of(url));
        if (!sha256.isEmpty()) {
            to.spec.put("sha256", Json.of(sha256));
        }
    }

    static boolean isManifest(Path file) {
        return file.toString().endsWith(".yaml");
    }

    /// What is wrong with the Plugin, as far as it can be seen without other objects.
    List<Problem> problems(ObjectCheck check) {
        List<Problem> problems = new ArrayList<>();
        files.forEach((file, bytes) -> {
            if (isManifest(file)) {
                Manifest manifest = ManifestReader.read(String.valueOf(file.getFileName()), bytes);
                problems.addAll(manifest.problems());
                manifest.resources().forEach(each -> problems.addAll(check.problems(each)));
            }
        });
        return problems;
    }

    /// Files that are there already, with another content.
    List<Path> conflicts() throws IOException {
        List<Path> conflicts = new ArrayList<>();
        for (Map.Entry<Path, byte[]> file : files.entrySet()) {
            if (Files.exists(file.getKey()) && !java.util.Arrays.equals(Files.readAllBytes(file.getKey()), file.getValue())) {
                conflicts.add(file.getKey());
            }
        }
        return conflicts;
    }

    /// Writes each file beside its place and renames it, so that a gateway never reads half of one.
    void write() throws IOException {
        for (Map.Entry<Path, byte[]> file : files.entrySet()) {
            Path folder = Objects.requireNonNull(file.getKey().toAbsolutePath().getParent(), "a file is in a folder");
            Files.createDirectories(folder);
            Path fresh = folder.resolve("." + file.getKey().getFileName() + ".tmp");
            Files.write(fresh, file.getValue());
            Files.move(fresh, file.getKey(), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        }
    }
}
