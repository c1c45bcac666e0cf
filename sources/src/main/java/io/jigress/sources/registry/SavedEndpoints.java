package io.jigress.sources.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.config.Endpoint;
import io.jigress.control.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The last lists of services on disk, for a start while their registry is down. For several threads.
public final class SavedEndpoints {
    /// Keeps nothing.
    public static final SavedEndpoints NONE = new SavedEndpoints(null);

    private static final Logger log = LoggerFactory.getLogger(SavedEndpoints.class);
    private static final String FILE = "registries.state";
    private static final long MOST_BYTES = 256L << 20;

    private final @Nullable Path file;
    private boolean failed;

    private SavedEndpoints(@Nullable Path file) {
        this.file = file;
    }

    /// @param folder is created when it is missing
    public static SavedEndpoints in(Path folder) {
        return new SavedEndpoints(folder.resolve(FILE));
    }

    boolean isKept() { return file != null; }

    /// The lists by the text of the service. A file that is missing or damaged counts as empty.
    Map<String, List<Endpoint>> load() {
        if (file == null) {
            return Map.of();
        }
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new IOException("is larger than " + MOST_BYTES + " bytes");
            }
            if (!(JsonParser.parse(Files.readAllBytes(file)) instanceof JsonParser.Result.Parsed(Json json))) {
                throw new IOException("is not JSON");
            }
            Map<String, List<Endpoint>> lists = new HashMap<>();
            JsonReader root = JsonReader.of("", json);
            for (JsonReader service : root.objects("services")) {
                List<Endpoint> endpoints = new ArrayList<>();
                for (JsonReader endpoint : service.objects("endpoints")) {
                    endpoints.add(new Endpoint(endpoint.text("address", ""), (int) endpoint.integer("port", 0, 1, 65_535),
                            (int) endpoint.integer("weight", 1, 0, 65_535), endpoint.text("zone", ""),
                            endpoint.textMap("labels")));
                }
                lists.put(service.text("service", ""), endpoints);
            }
            if (root.failed()) {
                JsonReader.Issue issue = root.issues().getFirst();
                throw new IOException(issue.path() + " " + issue.what() + " (expected: " + issue.expected() + ")");
            }
            return lists;
        } catch (NoSuchFileException _) {
            return Map.of();
        } catch (IOException e) {
            log.warn("{} cannot be used: {}; services whose registry is down have no endpoints at first", file, e.getMessage());
            return Map.of();
        }
    }

    /// Replaces the lists on disk.
    synchronized void write(Map<String, List<Endpoint>> lists) {
        Path target = file;
        if (target == null) {
            return;
        }
        List<Json> services = new ArrayList<>(lists.size());
        new TreeMap<>(lists).forEach((service, endpoints) -> services.add(Json.object().put("service", service)
                .put("endpoints", Json.array(endpoints.stream().map(SavedEndpoints::json).toList())).build()));
        byte[] bytes = Json.object().put("services", Json.array(services)).build().toString().getBytes(UTF_8);
        try {
            Path folder = target.toAbsolutePath().getParent();
            Files.createDirectories(folder);
            Path fresh = Files.createTempFile(folder, FILE, ".tmp", PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rw-------")));
            try {
                Files.write(fresh, bytes);
                Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                // Still there when one of the two has failed: a full disk must not get fuller with each attempt.
                Files.deleteIfExists(fresh);
            }
            failed = false;
        } catch (IOException | UnsupportedOperationException e) {
            if (!failed) {
                log.warn("{} cannot be written: {}", target, e.toString());
            }
            failed = true;
        }
    }

    private static Json json(Endpoint endpoint) {
        Json.Builder labels = Json.object();
        new TreeMap<>(endpoint.labels()).forEach(labels::put);
        return Json.object().put("address", endpoint.address()).put("port", endpoint.port()).put("weight", endpoint.weight())
                .put("zone", endpoint.zone()).put("labels", labels.build()).build();
    }
}
