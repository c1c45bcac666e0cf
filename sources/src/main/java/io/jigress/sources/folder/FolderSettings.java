package io.jigress.sources.folder;

import java.time.Duration;

/// How a folder is watched.
///
/// @param settle a file is read when its size and time stayed the same for so long
/// @param settleLimit how long one change may be held back by others that go on
/// @param writeLimit a file that never comes to rest is read after so long as it is
/// @param rescan how often the folder is looked through even when nothing was heard
/// @param maxFileBytes larger files are not read
public record FolderSettings(Duration settle, Duration settleLimit, Duration writeLimit, Duration rescan, long maxFileBytes) {
    public static final FolderSettings DEFAULT = new FolderSettings(Duration.ofMillis(4), Duration.ofMillis(15),
            Duration.ofSeconds(1),
            Duration.ofSeconds(5), 64L << 20);

    public FolderSettings withRescan(Duration newRescan) {
        return new FolderSettings(settle, settleLimit, writeLimit, newRescan, maxFileBytes);
    }

    public FolderSettings withMaxFileBytes(long bytes) {
        return new FolderSettings(settle, settleLimit, writeLimit, rescan, bytes);
    }
}
