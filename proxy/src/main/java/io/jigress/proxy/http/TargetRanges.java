package io.jigress.proxy.http;

import io.jigress.api.HeaderName;
import io.jigress.config.PathRules;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The target of a request as ranges of its head's bytes, so that routing creates no strings: the host in its normal form (lower case,
/// without port and trailing dot, IPv6 in brackets), the path, the query.
///
/// The ranges follow the edits made here. Path and query are adjacent: the forwarded target is `[pathFrom, queryTo)`.
public final class TargetRanges {
    private final HeaderBlock fields;
    private final Authority authority = new Authority();
    private final PathForm form = new PathForm();
    private int pathFrom;
    private int pathTo;
    private int queryFrom;
    private int queryTo;
    private int rawFrom;
    private int rawTo;
    private boolean plain;
    private boolean edited;

    /// @param fields the storage that the ranges refer to
    public TargetRanges(HeaderBlock fields) {
        this.fields = fields;
    }

    public void begin() {
        authority.clear();
        received(0, 0, true);
        range(0, 0, 0, 0);
        edited = false;
    }

    /// Sets the range of the target as received, in any form, and whether its path is plain ([PathForm#isPlain]).
    public void received(int from, int to, boolean plain) {
        rawFrom = from;
        rawTo = to;
        this.plain = plain;
    }

    /// Sets path and query of the received target.
    public void range(int pathFrom, int pathTo, int queryFrom, int queryTo) {
        this.pathFrom = pathFrom;
        this.pathTo = pathTo;
        this.queryFrom = queryFrom;
        this.queryTo = queryTo;
    }

    /// Reads an authority in the storage; false when the range is not a valid one.
    public boolean readAuthority(int from, int to) {
        return authority.read(fields.bytes(), from, to);
    }

    /// Converts the authority that was read into its normal form.
    public void normalise() {
        authority.normalise(fields);
    }

    /// The start of the host, which is empty for a request without one.
    public int hostFrom() {
        return authority.hostFrom();
    }

    public int hostTo() {
        return authority.hostTo();
    }

    /// The port that the client wrote, or -1.
    public int port() {
        return authority.port();
    }

    public int pathFrom() {
        return pathFrom;
    }

    public int pathTo() {
        return pathTo;
    }

    /// The start of the text after `?`.
    public int queryFrom() {
        return queryFrom;
    }

    public int queryTo() {
        return queryTo;
    }

    /// The start of the target as received: for the log and for filters, never for routing or forwarding.
    public int rawFrom() {
        return rawFrom;
    }

    public int rawTo() {
        return rawTo;
    }

    /// Whether the path is in normal form under all rules, so that [#normalisePath] need not be called.
    public boolean isPlain() { return plain; }

    /// Converts the received path into its normal form; the query is not changed.
    ///
    /// @return why the path is refused; null when it is not
    public @Nullable PathFault normalisePath(PathRules rules) {
        int tail = queryTo - pathTo;
        int start = fields.reserve(queryTo - pathFrom);
        byte[] bytes = fields.bytes();
        int end = form.write(bytes, pathFrom, pathTo, rules, bytes, start);
        if (end < 0) {
            fields.end(start);
            return form.fault();
        }
        plain = true;
        if (Arrays.equals(bytes, pathFrom, pathTo, bytes, start, end)) {
            fields.end(start);
            return null;
        }
        System.arraycopy(bytes, pathTo, bytes, end, tail);
        fields.end(end + tail);
        range(start, end, end + queryFrom - pathTo, end + tail);
        edited = true;
        return null;
    }

    /// Whether path or query differ from those received.
    public boolean edited() {
        return edited;
    }

    /// Replaces `[from, to)` of the path, counted from its start, without creating a string. The replacement must be visible ASCII
    /// without `#` and `?`, and the path must start with `/` afterwards; this is not checked.
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
    /// @throws IllegalArgumentException when the text is not a valid target
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

    /// Replaces the authority, and the Host field with it, without creating a string.
    ///
    /// @throws IllegalArgumentException when it is not valid; nothing is changed then
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
