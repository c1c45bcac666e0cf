package io.jigress.proxy.http;

import io.jigress.api.HeaderName;
import java.nio.charset.StandardCharsets;

/// Where a request goes, as ranges of its head's bytes, so that routing needs no text: the host in its normal form (lower case,
/// without port and trailing dot, IPv6 in brackets), the path, the query.
///
/// The ranges follow the edits made here. Path and query adjoin: the outgoing target is `[pathFrom, queryTo)`.
public final class TargetRanges {
    private final HeaderBlock fields;
    private final Authority authority = new Authority();
    private int pathFrom;
    private int pathTo;
    private int queryFrom;
    private int queryTo;
    private boolean edited;

    /// @param fields the storage that the ranges mean
    public TargetRanges(HeaderBlock fields) {
        this.fields = fields;
    }

    public void begin() {
        authority.clear();
        range(0, 0, 0, 0);
        edited = false;
    }

    /// The target as it was received.
    public void range(int pathFrom, int pathTo, int queryFrom, int queryTo) {
        this.pathFrom = pathFrom;
        this.pathTo = pathTo;
        this.queryFrom = queryFrom;
        this.queryTo = queryTo;
    }

    /// Reads an authority in the storage; false when the range is none.
    public boolean readAuthority(int from, int to) {
        return authority.read(fields.bytes(), from, to);
    }

    /// Brings the authority that was read into its normal form.
    public void normalise() {
        authority.normalise(fields);
    }

    /// Where the host starts. Empty for a request that names none.
    public int hostFrom() {
        return authority.hostFrom();
    }

    public int hostTo() {
        return authority.hostTo();
    }

    /// The port that the client wrote, -1 when none.
    public int port() {
        return authority.port();
    }

    public int pathFrom() {
        return pathFrom;
    }

    public int pathTo() {
        return pathTo;
    }

    /// Where the text behind `?` starts.
    public int queryFrom() {
        return queryFrom;
    }

    public int queryTo() {
        return queryTo;
    }

    /// Whether path or query are not those that were received.
    public boolean edited() {
        return edited;
    }

    /// Replaces `[from, to)` of the path, counted from its start, without making text of it. The replacement is trusted to be
    /// visible ASCII without `#` and `?`, and the path to start with `/` afterwards.
    public void replacePath(int from, int to, byte[] replacement) {
        int tail = queryTo - pathFrom - to;
        int start = fields.reserve(from + replacement.length + tail);
        byte[] bytes = fields.bytes();
        System.arraycopy(bytes, pathFrom, bytes, start, from);
        System.arraycopy(replacement, 0, bytes, start + from, replacement.length);
        System.arraycopy(bytes, pathFrom + to, bytes, start + from + replacement.length, tail);
        int shift = start - pathFrom + replacement.length - (to - from);
        range(start, pathTo + shift, queryFrom + shift, queryTo + shift);
        edited = true;
    }

    /// Replaces path and query.
    ///
    /// @throws IllegalArgumentException when the text is no target
    public void target(String target) {
        if (!target.startsWith("/") && !target.equals("*") || !visible(target)) {
            throw new IllegalArgumentException("target: \"" + target + "\" (expected: visible ASCII without #, starting with /)");
        }
        int from = fields.reserve(target);
        int to = from + target.length();
        int question = target.indexOf('?');
        int pathEnd = question < 0 ? to : from + question;
        range(from, pathEnd, Math.min(pathEnd + 1, to), to);
        edited = true;
    }

    private static boolean visible(String target) {
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            if (c > 0xff || Octets.target(c) == 0) {
                return false;
            }
        }
        return true;
    }

    /// Replaces the authority, and the Host field with it, without making text of it.
    ///
    /// @throws IllegalArgumentException when it is none; nothing has changed then
    public void authority(byte[] text) {
        if (!authority.read(text, 0, text.length)) {
            hostChanged();
            throw new IllegalArgumentException(
                    "authority: no host with an optional port (expected: shop.example, shop.example:8080 or [::1]:8080)");
        }
        fields.set(HeaderName.HOST, text, 0, text.length);
        hostChanged();
    }

    public void authority(String text) {
        authority(text.getBytes(StandardCharsets.UTF_8));
    }

    /// Reads the authority from the Host field again, which an edit of the headers may have changed.
    public void hostChanged() {
        int at = fields.find(HeaderName.HOST);
        if (at < 0 || !authority.read(fields.bytes(), fields.valueFrom(at), fields.valueTo(at))) {
            authority.clear();
        }
        authority.normalise(fields);
    }
}
