package io.jigress.sources.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jigress.config.PersistentMap;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/// The layout of the state on disk: a header, one record for each object, a checksum. Readable by its owner only, since it contains Secrets.
final class StateFile {
    private static final long MAGIC = 0x4a49_4752_4553_5303L; // "JIGRESS", layout 3
    /// Layout 2, without the clusters of the objects.
    private static final long MAGIC_2 = 0x4a49_4752_4553_5302L;
    /// Layout 1, also without their sources.
    private static final long MAGIC_1 = 0x4a49_4752_4553_5301L;
    private static final int OBJECT_LIMIT_BYTES = 64 << 20;
    private static final int BUFFER_BYTES = 1 << 16;

    record Content(Instant saved, List<Resource> resources) {}

    private StateFile() {}

    /// Replaces the file in one step: a reader finds either the old or the new state, also after a crash.
    static void write(Path directory, Path file, Instant saved, PersistentMap<ResourceKey, Resource> resources)
            throws IOException {
        Path beside = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(beside);
        try (FileChannel channel = FileChannel.open(beside, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                ownerOnly(file, "rw-------"))) {
            CRC32C sum = new CRC32C();
            DataOutputStream out = new DataOutputStream(
                    new BufferedOutputStream(new CheckedOutputStream(Channels.newOutputStream(channel), sum), BUFFER_BYTES));
            out.writeLong(MAGIC);
            out.writeLong(saved.toEpochMilli());
            out.writeInt(resources.size());
            resources.forEach((_, resource) -> write(out, resource));
            out.flush();
            out.writeLong(sum.getValue());
            out.flush();
            channel.force(true);
        } catch (UncheckedIOException e) {
            Files.deleteIfExists(beside);
            throw new IOException(e.getMessage(), e);
        } catch (IOException e) {
            Files.deleteIfExists(beside);
            throw e;
        }
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel entries = FileChannel.open(directory)) {
            entries.force(true);
        }
    }

    static FileAttribute<?>[] ownerOnly(Path path, String permissions) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))}
                : new FileAttribute<?>[0];
    }

    private static void write(DataOutputStream out, Resource resource) {
        try {
            ResourceKey key = resource.key();
            for (String text : List.of(key.cluster(), key.group(), key.kind(), key.namespace(), key.name(), resource.version(),
                    resource.source(), resource.origin())) {
                bytes(out, text.getBytes(UTF_8));
            }
            out.writeLong(resource.created());
            bytes(out, resource.json());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void bytes(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /// @throws IOException also when the content is damaged
    static Content read(Path file) throws IOException {
        CRC32C sum = new CRC32C();
        try (CheckedInputStream checked = new CheckedInputStream(
                new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES), sum);
                DataInputStream in = new DataInputStream(checked)) {
            long magic = in.readLong();
            if (magic != MAGIC && magic != MAGIC_2 && magic != MAGIC_1) {
                throw new IOException("it is not a state of this version");
            }
            Instant saved = Instant.ofEpochMilli(in.readLong());
            int count = in.readInt();
            List<Resource> resources = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                resources.add(resource(in, magic == MAGIC, magic != MAGIC_1));
            }
            long expected = sum.getValue();
            if (in.readLong() != expected) {
                throw new IOException("its checksum is wrong");
            }
            return new Content(saved, resources);
        }
    }

    private static Resource resource(DataInputStream in, boolean hasCluster, boolean hasOrigin) throws IOException {
        ResourceKey key = new ResourceKey(hasCluster ? text(in) : "", text(in), text(in), text(in), text(in));
        String version = text(in);
        String source = text(in);
        String origin = hasOrigin ? text(in) : "";
        return new Resource(key, version, in.readLong(), source, bytes(in), origin);
    }

    /// Groups, kinds, versions, files and sources repeat: one instance of each is kept.
    private static String text(DataInputStream in) throws IOException {
        return new String(bytes(in), UTF_8).intern();
    }

    private static byte[] bytes(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > OBJECT_LIMIT_BYTES) {
            throw new IOException("it is damaged");
        }
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new IOException("it ends too early");
        }
        return bytes;
    }
}
