package io.jigress.sources.folder;

import java.time.Duration;

/// How a folder is watched.
///
/// @param settle a file is read when its size and time have not changed for this time
/// @param settleLimit how long one change may be delayed by continuing other ones
/// @param vanish the time after which a missing file counts as deleted, and an empty one is read: editors remove or truncate a file before
/// they write it
/// @param objectVanish how long objects that are missing from a file rewritten in place, or emptied, are kept after its last change, since
/// it may be written in pieces
/// @param writeLimit the time after which a file that keeps changing is read nevertheless
/// @param rescan how often the folder is scanned even without events
/// @param maxFileBytes larger files are not read, since reading one takes up to ten times its size in memory
public record FolderSettings(Duration settle, Duration settleLimit, Duration vanish, Duration objectVanish, Duration writeLimit,
        Duration rescan, long maxFileBytes) {
    public static final FolderSettings DEFAULT = new FolderSettings(Duration.ofMillis(4), Duration.ofMillis(15),
            Duration.ofMillis(50), Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(5), 16L << 20);

    public FolderSettings withSettle(Duration newSettle, Duration newLimit) {
        return new FolderSettings(newSettle, newLimit, vanish, objectVanish, writeLimit, rescan, maxFileBytes);
    }

    public FolderSettings withVanish(Duration newVanish) {
        return new FolderSettings(settle, settleLimit, newVanish, objectVanish, writeLimit, rescan, maxFileBytes);
    }

    public FolderSettings withObjectVanish(Duration newVanish) {
        return new FolderSettings(settle, settleLimit, vanish, newVanish, writeLimit, rescan, maxFileBytes);
    }

    public FolderSettings withRescan(Duration newRescan) {
        return new FolderSettings(settle, settleLimit, vanish, objectVanish, writeLimit, newRescan, maxFileBytes);
    }

    public FolderSettings withMaxFileBytes(long bytes) {
        return new FolderSettings(settle, settleLimit, vanish, objectVanish, writeLimit, rescan, bytes);
    }
}
