package io.jigress.control;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One object as a user wrote it. Kept as bytes, since most objects are read once and there may be 100,000 of them.
///
/// @param key its identity
/// @param version the API version without its group: `v1`, `v1beta1`
/// @param created metadata.creationTimestamp in epoch milliseconds; 0 when it has none
/// @param source where it came from, as readable text: a file's path relative to its folder. The line is found on demand
/// @param json the whole object as compact JSON, UTF-8; must not be changed
/// @param origin the name of the [ResourceSource] that delivered it; the store sets it, empty before
@SuppressWarnings("ArrayRecordComponent") // equality is defined below; the bytes are never handed out for change
public record Resource(ResourceKey key, String version, long created, String source, byte[] json, String origin) {

    /// An object that its source has not delivered yet.
    public Resource(ResourceKey key, String version, long created, String source, byte[] json) {
        this(key, version, created, source, json, "");
    }

    /// The same object, delivered by a source.
    public Resource from(String newOrigin) {
        return origin.equals(newOrigin) ? this : new Resource(key, version, created, source, json, newOrigin);
    }

    /// The same object in a cluster.
    public Resource in(String cluster) {
        return key.cluster().equals(cluster) ? this : new Resource(key.in(cluster), version, created, source, json, origin);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other || other instanceof Resource that && created == that.created && key.equals(that.key)
                && version.equals(that.version)
                && source.equals(that.source) && origin.equals(that.origin) && Arrays.equals(json, that.json);
    }

    @Override
    public int hashCode() {
        return key.hashCode() * 31 + Arrays.hashCode(json);
    }
}
