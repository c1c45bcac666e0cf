package io.jigress.sources.folder;

import java.time.Duration;

/// How a folder is watched.
///
/// @param settle a file is read when its size and time stayed the same for so long
/// @param settleLimit how long one change may be held back by others that go on
/// @param vanish a file that is gone counts as deleted, and one that is empty is read, when it does not come back for so long: editors
///        remove or cut a file before they write it
/// @param objectVanish objects that are missing since their file was rewritten in place stay for so long after its last change: it may be
///        written in pieces. A file that was emptied is such a file
/// @param writeLimit a file that never comes to rest is read after so long as it is
/// @param rescan how often the folder is looked through even when nothing was heard
/// @param maxFileBytes larger files are not read: reading one takes up to ten times its size in memory
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
