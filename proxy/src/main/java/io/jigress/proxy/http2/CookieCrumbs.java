package io.jigress.proxy.http2;

import io.jigress.api.HeaderName;
import io.jigress.proxy.http.HeaderBlock;

/// Makes one Cookie line of the fields into which HTTP/2 clients split it (RFC 9113, 8.2.3): crumbs that follow each other are joined as
/// they come, others when the head is complete. Event loop only.
final class CookieCrumbs {
    private static final byte[] PREFIX = {'c', 'o', 'o', 'k', 'i', 'e', ':', ' '};
    private static final int LINE_END = 2;

    private final Http2RequestHead head;
    private final HeaderBlock fields;
    /// The position of the last crumb's line, and how many lines there are.
    private int last;
    private int lines;

    CookieCrumbs(Http2RequestHead head) {
        this.head = head;
        this.fields = head.fields;
    }

    void begin() {
        last = -1;
        lines = 0;
    }

    void add(byte[] bytes, int line, int nameLength, int valueLength, int hash) {
        int[] index = fields.index();
        if (last < 0 || index[last + HeaderBlock.LINE_END] != fields.end()) {
            last = head.add(bytes, line, nameLength, valueLength, hash, 0);
            lines++;
            return;
        }
        int more = valueLength + LINE_END;
        if (index[last + HeaderBlock.VALUE_END] - index[last + HeaderBlock.NAME] + more > head.limits.fieldBytes()) {
            head.refuse(FieldFault.FIELD_TOO_LARGE);
            return;
        }
        fields.room(more);
        byte[] to = fields.bytes();
        int at = index[last + HeaderBlock.VALUE_END];
        to[at] = ';';
        to[at + 1] = ' ';
        System.arraycopy(bytes, line + nameLength + 2, to, at + 2, valueLength);
        to[at + more] = '\r';
        to[at + more + 1] = '\n';
        index[last + HeaderBlock.VALUE_END] = at + more;
        index[last + HeaderBlock.LINE_END] = at + more + LINE_END;
        fields.end(at + more + LINE_END);
    }

    /// Makes one line of several.
    void join() {
        if (lines <= 1) {
            return;
        }
        int length = PREFIX.length + LINE_END;
        for (int at = fields.find(HeaderName.COOKIE); at >= 0; at = fields.find(HeaderName.COOKIE, at + HeaderBlock.STRIDE)) {
            length += fields.valueTo(at) - fields.valueFrom(at) + LINE_END;
        }
        fields.room(length);
        byte[] bytes = fields.bytes();
        int line = fields.end();
        int value = line + PREFIX.length;
        int to = value;
        System.arraycopy(PREFIX, 0, bytes, line, PREFIX.length);
        for (int at = fields.find(HeaderName.COOKIE); at >= 0; at = fields.find(HeaderName.COOKIE, at + HeaderBlock.STRIDE)) {
            if (to > value) {
                bytes[to++] = ';';
                bytes[to++] = ' ';
            }
            int crumb = fields.valueTo(at) - fields.valueFrom(at);
            System.arraycopy(bytes, fields.valueFrom(at), bytes, to, crumb);
            to += crumb;
            fields.removeAt(at);
        }
        bytes[to] = '\r';
        bytes[to + 1] = '\n';
        fields.end(to + LINE_END);
        fields.index(HeaderName.COOKIE.hash(), line, value - 2, value, to, to + LINE_END, 0);
    }
}
