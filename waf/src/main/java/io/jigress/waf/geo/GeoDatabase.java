package io.jigress.waf.geo;

import com.maxmind.db.DatabaseRecord;
import com.maxmind.db.InvalidNetworkException;
import com.maxmind.db.Reader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// Places by address, read into memory as a whole: a look-up never waits for a disk. Safe for use by several threads.
public final class GeoDatabase {
    /// A larger file is refused.
    public static final long MAX_BYTES = 1L << 30;

    /// Knows no place.
    public static final GeoDatabase EMPTY = new GeoDatabase(null);

    /// Places of addresses that were looked up lately; a power of two.
    private static final int RECENT = 1024;
    /// Records that are read to see what the file holds.
    private static final int CHECKED = 1000;

    private final @Nullable Reader reader;
    private final AtomicReferenceArray<@Nullable Found> recent = new AtomicReferenceArray<>(RECENT);

    private record Found(byte[] text, @Nullable GeoPlace place) {
    }

    private GeoDatabase(@Nullable Reader reader) {
        this.reader = reader;
    }

    /// Reads a file in the format of MaxMind (`.mmdb`).
    ///
    /// @throws IOException with what is wrong with the file
    public static GeoDatabase read(Path file) throws IOException {
        long size = Files.size(file);
        if (size > MAX_BYTES) {
            throw new IOException("has " + size + " bytes (expected: at most " + MAX_BYTES + ")");
        }
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            Reader reader = new Reader(in);
            check(reader);
            return new GeoDatabase(reader);
        } catch (IOException | InvalidNetworkException | RuntimeException | StackOverflowError e) {
            throw new IOException("is not a database of places in the format of MaxMind: " + e.getMessage(), e);
        }
    }

    /// Fails unless one of the first records has a place: a database of other facts would silently make rules ineffective.
    private static void check(Reader reader) throws IOException, InvalidNetworkException {
        Iterator<DatabaseRecord<Object>> records = reader.networks(Object.class);
        for (int i = 0; i < CHECKED && records.hasNext(); i++) {
            if (records.next().data() instanceof Map<?, ?> record && GeoPlace.of(record).size() > 0) {
                return;
            }
        }
        throw new IOException("no record has a country, a city or a location");
    }

    /// The place of an address; null when it is not known. Allocates nothing for addresses that were looked up lately.
    ///
    /// @param text   the address as text, of which the bytes from `from` to `to` are used
    /// @param parser gives the address when it is needed
    public @Nullable GeoPlace find(byte[] text, int from, int to, Parser parser) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = hash * 31 + text[i];
        }
        int slot = (hash ^ hash >>> 10) & RECENT - 1;
        Found found = recent.get(slot);
        if (found == null || !Arrays.equals(found.text, 0, found.text.length, text, from, to)) {
            found = new Found(Arrays.copyOfRange(text, from, to), find(parser.address(text, from, to)));
            recent.set(slot, found);
        }
        return found.place;
    }

    /// Reads an address from text.
    @FunctionalInterface
    public interface Parser {
        /// The sixteen bytes of an address, an IPv4 address as an IPv4-mapped IPv6 address; null when it is none.
        byte @Nullable [] address(byte[] text, int from, int to);
    }

    /// A record that cannot be read counts as unknown.
    private @Nullable GeoPlace find(byte @Nullable [] address) {
        if (reader == null || address == null) {
            return null;
        }
        try {
            // An IPv4-mapped IPv6 address becomes an IPv4 address.
            InetAddress sought = InetAddress.getByAddress(address);
            if (sought instanceof Inet6Address && reader.getMetadata().ipVersion() == 4) {
                return null;
            }
            return reader.get(sought, Object.class) instanceof Map<?, ?> record ? GeoPlace.of(record) : null;
        } catch (IOException | RuntimeException | StackOverflowError _) {
            return null;
        }
    }
}
