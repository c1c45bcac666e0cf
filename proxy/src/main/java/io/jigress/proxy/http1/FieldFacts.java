package io.jigress.proxy.http1;

import io.jigress.api.HeaderName;
import io.jigress.proxy.http.FieldFlags;
import io.jigress.proxy.http.HeaderBlock;
import io.jigress.proxy.http.HopByHop;
import io.jigress.proxy.http.Octets;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What the fields of a head say about framing and connection, gathered while they are indexed.
///
/// Where RFC 9112 lets a recipient choose between repairing and refusing, this refuses: a repair that the next hop does not
/// make is how requests are smuggled.
final class FieldFacts {
    static final HeaderName EXPECT = HeaderName.of("expect");
    private static final HeaderName CLOSE = HeaderName.of("close");
    private static final byte[] CHUNKED = "chunked".getBytes(StandardCharsets.US_ASCII);

    /// The hashes by which a switch tells these names apart (`HeaderName.hash`; a test compares them).
    static final int HOST_HASH = 3208616;
    static final int EXPECT_HASH = -1289163687;

    /// Each option costs a walk over the fields; real messages have two.
    private static final int MAX_OPTIONS = 16;

    private long contentLength;
    private boolean chunked;
    private int hosts;
    private int hostAt;
    private int options;
    private boolean nominates;
    private boolean close;
    private boolean keepAlive;
    private boolean upgrade;
    private int upgradeAt;
    private boolean expectContinue;
    private boolean trailersAccepted;

    // The last token that nextToken() found.
    private int tokenFrom;
    private int tokenTo;
    private int tokenHash;

    void begin() {
        contentLength = -1;
        chunked = false;
        hosts = 0;
        hostAt = -1;
        options = 0;
        nominates = false;
        close = false;
        keepAlive = false;
        upgrade = false;
        upgradeAt = -1;
        expectContinue = false;
        trailersAccepted = false;
    }

    /// Looks at one field that was indexed.
    @Nullable HeadFault see(HeaderBlock block, int at) {
        switch (block.index()[at + HeaderBlock.HASH]) {
            case HOST_HASH -> {
                if (block.named(at, HeaderName.HOST)) {
                    hosts++;
                    hostAt = at;
                }
            }
            case HopByHop.CONTENT_LENGTH_HASH -> {
                if (block.named(at, HeaderName.CONTENT_LENGTH)) {
                    block.flag(at, lengthIsPlain(block, at) ? FieldFlags.LENGTH : FieldFlags.LENGTH | FieldFlags.HOP);
                    return length(block.bytes(), block.valueFrom(at), block.valueTo(at));
                }
            }
            case HopByHop.TRANSFER_ENCODING_HASH -> {
                if (block.named(at, HeaderName.TRANSFER_ENCODING)) {
                    block.flag(at, codingIsPlain(block, at) ? FieldFlags.CODING : FieldFlags.CODING | FieldFlags.HOP);
                    return coding(block.bytes(), block.valueFrom(at), block.valueTo(at));
                }
            }
            case HopByHop.CONNECTION_HASH -> {
                if (block.named(at, HeaderName.CONNECTION)) {
                    block.flag(at, FieldFlags.HOP);
                    return options(block.bytes(), block.valueFrom(at), block.valueTo(at));
                }
            }
            case HopByHop.KEEP_ALIVE_HASH -> hop(block, at, HopByHop.KEEP_ALIVE);
            case HopByHop.PROXY_CONNECTION_HASH -> hop(block, at, HopByHop.PROXY_CONNECTION);
            case HopByHop.TE_HASH -> {
                if (hop(block, at, HopByHop.TE)) {
                    trailersAccepted |= lists(block.bytes(), block.valueFrom(at), block.valueTo(at), "trailers");
                }
            }
            case HopByHop.TRAILER_HASH -> {
                if (block.named(at, HopByHop.TRAILER)) {
                    block.flag(at, FieldFlags.TRAILER);
                }
            }
            case HopByHop.UPGRADE_HASH -> {
                if (block.named(at, HopByHop.UPGRADE)) {
                    block.flag(at, FieldFlags.UPGRADE);
                    upgradeAt = at;
                }
            }
            case EXPECT_HASH -> {
                if (block.named(at, EXPECT)) {
                    expectContinue |= same(block.bytes(), block.valueFrom(at), block.valueTo(at), "100-continue");
                }
            }
            default -> {
            }
        }
        return null;
    }

    private static boolean hop(HeaderBlock block, int at, HeaderName name) {
        if (block.named(at, name)) {
            block.flag(at, FieldFlags.HOP);
            return true;
        }
        return false;
    }

    /// All fields were seen: what none of them shows alone.
    @Nullable HeadFault complete(HeaderBlock block, int versionMinor) {
        if (chunked && contentLength >= 0) {
            return HeadFault.LENGTH_AND_CODING;
        }
        if (chunked && versionMinor == 0) {
            return HeadFault.CODING_ON_HTTP_1_0;
        }
        return nominates ? markNominated(block) : null;
    }

    // ---- framing
    //
    // What tells where the body ends passes as it came only if it is written as everybody writes it. A next hop that stumbles over
    // a tab, a capital or a leading zero would find another end; so the writer says it in its own words.

    private static boolean lengthIsPlain(HeaderBlock block, int at) {
        int from = block.valueFrom(at);
        return isPlain(block, at) && (block.bytes()[from] != '0' || block.valueTo(at) == from + 1);
    }

    private static boolean codingIsPlain(HeaderBlock block, int at) {
        int from = block.valueFrom(at);
        return isPlain(block, at) && Arrays.equals(block.bytes(), from, block.valueTo(at), CHUNKED, 0, CHUNKED.length);
    }

    /// One space before the value, and nothing behind it.
    private static boolean isPlain(HeaderBlock block, int at) {
        int[] index = block.index();
        int colon = index[at + HeaderBlock.NAME_END];
        return block.bytes()[colon + 1] == ' ' && block.valueFrom(at) == colon + 2
                && index[at + HeaderBlock.LINE_END] == block.valueTo(at) + 2;
    }

    /// RFC 9112, 6.3: one field of digits. A second field or a list is refused even with equal values.
    private @Nullable HeadFault length(byte[] bytes, int from, int to) {
        if (contentLength >= 0) {
            return HeadFault.LENGTH_TWICE;
        }
        if (from == to) {
            return HeadFault.LENGTH_INVALID;
        }
        long length = 0;
        for (int i = from; i < to; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9 || length > (Long.MAX_VALUE - digit) / 10) {
                return HeadFault.LENGTH_INVALID;
            }
            length = 10 * length + digit;
        }
        contentLength = length;
        return null;
    }

    /// The only coding that the gateway undoes is `chunked`, and it must be alone: of any other it could not tell where the
    /// body ends.
    private @Nullable HeadFault coding(byte[] bytes, int from, int to) {
        if (chunked) {
            return HeadFault.CODING_TWICE;
        }
        if (!same(bytes, from, to, "chunked")) {
            return HeadFault.CODING_UNSUPPORTED;
        }
        chunked = true;
        return null;
    }

    // ---- connection

    private @Nullable HeadFault options(byte[] bytes, int from, int to) {
        for (int i = nextToken(bytes, from, to);; i = nextToken(bytes, i, to)) {
            if (i < 0) {
                return HeadFault.CONNECTION_OPTIONS;
            }
            if (tokenFrom == tokenTo) {
                return null;
            }
            if (++options > MAX_OPTIONS) {
                return HeadFault.CONNECTION_OPTIONS;
            }
            if (HopByHop.KEEP_ALIVE.matches(bytes, tokenFrom, tokenTo)) {
                keepAlive = true;
            } else if (CLOSE.matches(bytes, tokenFrom, tokenTo)) {
                close = true;
            } else if (HopByHop.UPGRADE.matches(bytes, tokenFrom, tokenTo)) {
                upgrade = true;
            } else {
                nominates = true;
            }
        }
    }

    /// Finds the next element of a list of tokens (RFC 9110, 5.6.1: empty elements are skipped); the token is empty when there
    /// is none. Returns where to go on, -1 when the list is malformed.
    private int nextToken(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to && (bytes[i] == ',' || Octets.blank(bytes[i]))) {
            i++;
        }
        tokenFrom = i;
        int hash = 0;
        while (i < to) {
            int c = Octets.token(bytes[i]);
            if (c == 0) {
                break;
            }
            hash = 31 * hash + c;
            i++;
        }
        tokenTo = i;
        tokenHash = hash;
        while (i < to && Octets.blank(bytes[i])) {
            i++;
        }
        return i < to && bytes[i] != ',' ? -1 : i;
    }

    /// RFC 9110, 7.6.1: fields that Connection names are for this hop. Transfer-Encoding is anyway, and some servers name it.
    private @Nullable HeadFault markNominated(HeaderBlock block) {
        for (int at = block.find(HeaderName.CONNECTION); at >= 0; at = block.find(HeaderName.CONNECTION,
                at + HeaderBlock.STRIDE)) {
            byte[] bytes = block.bytes();
            int to = block.valueTo(at);
            for (int i = nextToken(bytes, block.valueFrom(at), to); tokenFrom < tokenTo; i = nextToken(bytes, i, to)) {
                if (HeaderName.HOST.matches(bytes, tokenFrom, tokenTo)
                        || HeaderName.CONTENT_LENGTH.matches(bytes, tokenFrom, tokenTo)) {
                    return HeadFault.CONNECTION_OPTIONS;
                }
                if (tokenHash != HopByHop.UPGRADE_HASH && tokenHash != HopByHop.TRANSFER_ENCODING_HASH) {
                    markNamed(block, bytes);
                }
            }
        }
        return null;
    }

    private void markNamed(HeaderBlock block, byte[] bytes) {
        int[] index = block.index();
        for (int at = 0; at < block.indexEnd(); at += HeaderBlock.STRIDE) {
            if (index[at + HeaderBlock.HASH] == tokenHash
                    && equal(bytes, index[at + HeaderBlock.NAME], index[at + HeaderBlock.NAME_END], tokenFrom, tokenTo)) {
                block.flag(at, FieldFlags.HOP);
            }
        }
    }

    private static boolean equal(byte[] bytes, int from, int to, int otherFrom, int otherTo) {
        if (to - from != otherTo - otherFrom) {
            return false;
        }
        for (int i = from, j = otherFrom; i < to; i++, j++) {
            if (Octets.token(bytes[i]) != Octets.token(bytes[j])) {
                return false;
            }
        }
        return true;
    }

    /// Whether a range is a text of lower-case token characters, in any case.
    private static boolean same(byte[] bytes, int from, int to, String text) {
        return to - from == text.length() && startsWith(bytes, from, text);
    }

    private static boolean startsWith(byte[] bytes, int from, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Octets.token(bytes[from + i]) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /// Whether a list has an element that starts with this text.
    private static boolean lists(byte[] bytes, int from, int to, String text) {
        boolean start = true;
        for (int i = from; i + text.length() <= to; i++) {
            if (start && startsWith(bytes, i, text)) {
                return true;
            }
            start = bytes[i] == ',' || start && Octets.blank(bytes[i]);
        }
        return false;
    }

    // ---- what was found

    /// -1 when there is no Content-Length.
    long contentLength() {
        return contentLength;
    }

    boolean chunked() {
        return chunked;
    }

    int hosts() {
        return hosts;
    }

    int hostAt() {
        return hostAt;
    }

    boolean keepAlive(int versionMinor) {
        return !close && (versionMinor > 0 || keepAlive);
    }

    /// An upgrade to h2c is never taken (RFC 9113 dropped it, and tunnelled it would carry requests past the gateway).
    boolean upgrade(HeaderBlock block, int versionMinor) {
        return upgrade && upgradeAt >= 0 && versionMinor > 0
                && !lists(block.bytes(), block.valueFrom(upgradeAt), block.valueTo(upgradeAt), "h2c");
    }

    boolean expectContinue(int versionMinor) {
        return expectContinue && versionMinor > 0;
    }

    boolean trailersAccepted() {
        return trailersAccepted;
    }
}
