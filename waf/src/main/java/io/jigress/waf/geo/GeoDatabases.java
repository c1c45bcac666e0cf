package io.jigress.waf.geo;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Databases in use, so that rule sets that name the same file share it. Safe for use by several threads.
public final class GeoDatabases {
    private final Map<Key, WeakReference<GeoDatabase>> known = new HashMap<>();

    /// @param stamp distinguishes versions of the file
    private record Key(String file, Object stamp) {
    }

    /// Opens a file.
    @FunctionalInterface
    public interface Opener {
        @Nullable GeoDatabase open() throws IOException;
    }

    /// The database of a version of a file, opened if no rule set uses it; null when the opener gives none.
    public synchronized @Nullable GeoDatabase get(String file, Object stamp, Opener opener) throws IOException {
        known.values().removeIf(each -> each.refersTo(null));
        Key key = new Key(file, stamp);
        WeakReference<GeoDatabase> held = known.get(key);
        GeoDatabase database = held == null ? null : held.get();
        if (database == null) {
            database = opener.open();
            if (database != null) {
                known.put(key, new WeakReference<>(database));
            }
        }
        return database;
    }
}
