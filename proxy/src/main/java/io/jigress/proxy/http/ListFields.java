package io.jigress.proxy.http;

import io.jigress.api.HeaderName;

/// Fields whose values are lists.
public final class ListFields {
    private ListFields() {}

    /// Appends an element to the list that is the last field of this name (`a` becomes `a, b`), or a field when there is none.
    /// The element is not checked, as in [HeaderBlock#add(HeaderName, byte[], int, int)].
    public static void append(HeaderBlock fields, HeaderName name, byte[] element, int from, int to) {
        int last = -1;
        for (int at = fields.find(name); at >= 0; at = fields.find(name, at + HeaderBlock.STRIDE)) {
            last = at;
        }
        int value = last < 0 ? 0 : fields.valueFrom(last);
        int old = last < 0 ? 0 : fields.valueTo(last) - value;
        if (old == 0) {
            if (last >= 0) {
                fields.removeAt(last);
            }
            fields.add(name, element, from, to);
            return;
        }
        int line = fields.startLine(name, old + 2 + to - from);
        int list = line + name.length() + 2;
        byte[] bytes = fields.bytes();
        System.arraycopy(bytes, value, bytes, list, old);
        bytes[list + old] = ',';
        bytes[list + old + 1] = ' ';
        System.arraycopy(element, from, bytes, list + old + 2, to - from);
        fields.removeAt(last);
        fields.endLine(name, line);
    }
}
