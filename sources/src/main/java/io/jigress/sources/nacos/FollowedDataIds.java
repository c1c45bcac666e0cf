package io.jigress.sources.nacos;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The data ids that a source is subscribed to, with the version of each that was read last: at most a limit. For one thread.
final class FollowedDataIds {
    private final int most;
    /// Empty for a data id that did not exist.
    private final Map<String, String> versions = new HashMap<>();
    /// Data ids beyond the limit.
    private Set<String> refused = Set.of();

    FollowedDataIds(int most) {
        this.most = most;
    }

    /// Follows data ids, as far as the limit allows.
    ///
    /// @param all that exist, those that are followed already included
    /// @return those that are new
    Set<String> add(Set<String> all) {
        Set<String> added = new HashSet<>();
        Set<String> beyond = new HashSet<>();
        for (String dataId : all) {
            if (versions.containsKey(dataId)) {
                continue;
            }
            if (versions.size() < most) {
                versions.put(dataId, "");
                added.add(dataId);
            } else {
                beyond.add(dataId);
            }
        }
        refused = beyond;
        return added;
    }

    /// How many of the data ids that were added last are beyond the limit.
    int refused() {
        return refused.size();
    }

    int most() {
        return most;
    }

    boolean isRefused(String dataId) {
        return refused.contains(dataId);
    }

    boolean contains(String dataId) {
        return versions.containsKey(dataId);
    }

    /// Whether the data id existed when it was read last.
    boolean exists(String dataId) {
        return !versions.getOrDefault(dataId, "").isEmpty();
    }

    /// Those that are followed and did not exist when they were read last, or were not read yet.
    List<String> absent(Set<String> dataIds) {
        List<String> absent = new ArrayList<>();
        for (String dataId : dataIds) {
            if (contains(dataId) && !exists(dataId)) {
                absent.add(dataId);
            }
        }
        return absent;
    }

    /// @param md5 empty when the data id does not exist
    void read(String dataId, String md5) {
        versions.replace(dataId, md5);
    }

    /// @return whether it was followed
    boolean remove(String dataId) {
        return versions.remove(dataId) != null;
    }

    Set<String> dataIds() {
        return Set.copyOf(versions.keySet());
    }

    /// The versions, for a comparison with those on the server.
    Map<String, String> versions() {
        return Map.copyOf(versions);
    }
}
