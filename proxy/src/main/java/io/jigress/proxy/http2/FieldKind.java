package io.jigress.proxy.http2;

import io.jigress.api.HeaderName;
import io.jigress.proxy.http.HopByHop;
import io.jigress.proxy.http.Octets;

/// The meaning of a field's name in HTTP/2, determined once per table entry; and whether the value contains characters that are not
/// allowed.
final class FieldKind {
    /// A field without a meaning of its own here.
    static final int ORDINARY = 0;
    static final int METHOD = 1;
    static final int SCHEME = 2;
    static final int AUTHORITY = 3;
    static final int PATH = 4;
    static final int PROTOCOL = 5;
    static final int STATUS = 6;
    static final int UNKNOWN_PSEUDO = 7;
    static final int HOST = 8;
    static final int COOKIE = 9;
    static final int CONTENT_LENGTH = 10;
    static final int TE = 11;
    static final int TRAILER = 12;
    static final int EXPECT = 13;
    /// RFC 9113, 8.2.2: fields of HTTP/1 connections, which make a message malformed.
    static final int OF_CONNECTION = 14;
    /// Not a token, or not in lower case.
    static final int BAD_NAME = 15;

    /// A bit beside the kind: the value has a control character other than a tab, or white space at an end.
    static final int BAD_VALUE = 16;

    private static final int HOST_HASH = 3208616;
    private static final int EXPECT_HASH = -1289163687;
    private static final int COOKIE_HASH = -1354757532;
    private static final HeaderName EXPECT_NAME = HeaderName.of("expect");

    private FieldKind() {}

    /// @param hash of the name ([HeaderName#hash])
    static int of(byte[] bytes, int from, int to, int hash) {
        if (from < to && bytes[from] == ':') {
            return pseudo(bytes, from + 1, to);
        }
        for (int i = from; i < to; i++) {
            // The lower-case form of a token character: any other octet differs from it.
            if (Octets.token(bytes[i]) != bytes[i] || bytes[i] == 0) {
                return BAD_NAME;
            }
        }
        if (from == to) {
            return BAD_NAME;
        }
        return switch (hash) {
            case HOST_HASH -> kind(HeaderName.HOST, bytes, from, to, HOST);
            case COOKIE_HASH -> kind(HeaderName.COOKIE, bytes, from, to, COOKIE);
            case EXPECT_HASH -> kind(EXPECT_NAME, bytes, from, to, EXPECT);
            case HopByHop.CONTENT_LENGTH_HASH -> kind(HeaderName.CONTENT_LENGTH, bytes, from, to, CONTENT_LENGTH);
            case HopByHop.TE_HASH -> kind(HopByHop.TE, bytes, from, to, TE);
            case HopByHop.TRAILER_HASH -> kind(HopByHop.TRAILER, bytes, from, to, TRAILER);
            case HopByHop.CONNECTION_HASH -> kind(HeaderName.CONNECTION, bytes, from, to, OF_CONNECTION);
            case HopByHop.TRANSFER_ENCODING_HASH -> kind(HeaderName.TRANSFER_ENCODING, bytes, from, to, OF_CONNECTION);
            case HopByHop.KEEP_ALIVE_HASH -> kind(HopByHop.KEEP_ALIVE, bytes, from, to, OF_CONNECTION);
            case HopByHop.PROXY_CONNECTION_HASH -> kind(HopByHop.PROXY_CONNECTION, bytes, from, to, OF_CONNECTION);
            case HopByHop.UPGRADE_HASH -> kind(HopByHop.UPGRADE, bytes, from, to, OF_CONNECTION);
            default -> ORDINARY;
        };
    }

    private static int kind(HeaderName name, byte[] bytes, int from, int to, int kind) {
        return name.matches(bytes, from, to) ? kind : ORDINARY;
    }

    private static int pseudo(byte[] bytes, int from, int to) {
        return switch (to - from) {
            case 4 -> is("path", bytes, from) ? PATH : UNKNOWN_PSEUDO;
            case 6 -> is("method", bytes, from) ? METHOD : is("scheme", bytes, from) ? SCHEME : is("status", bytes, from)
                    ? STATUS
                    : UNKNOWN_PSEUDO;
            case 8 -> is("protocol", bytes, from) ? PROTOCOL : UNKNOWN_PSEUDO;
            case 9 -> is("authority", bytes, from) ? AUTHORITY : UNKNOWN_PSEUDO;
            default -> UNKNOWN_PSEUDO;
        };
    }

    static boolean is(String text, byte[] bytes, int from) {
        for (int i = 0; i < text.length(); i++) {
            if (bytes[from + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /// 0, or [#BAD_VALUE].
    static int ofValue(byte[] bytes, int from, int to) {
        if (from == to) {
            return 0;
        }
        if (Octets.blank(bytes[from]) || Octets.blank(bytes[to - 1])) {
            return BAD_VALUE;
        }
        int stop = Octets.control(bytes, from, to);
        while (stop < to && bytes[stop] == '\t') {
            stop = Octets.control(bytes, stop + 1, to);
        }
        return stop < to ? BAD_VALUE : 0;
    }

    /// The name as the hash of [HeaderName#hash] has it; a name that is not in lower case is refused anyway.
    static int hash(byte[] bytes, int from, int to) {
        return HeaderName.hash(bytes, from, to);
    }
}
