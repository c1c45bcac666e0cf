package io.jigress.waf;

import io.jigress.waf.model.ByteString;
import io.jigress.waf.model.Variable;
import java.nio.charset.StandardCharsets;

/// Converts the heads of a request and its response to variables; [BodyReader] does so with their bodies.
final class MessageReader {
    private static final byte[] COOKIE = bytes("cookie");
    private static final byte[] CONTENT_TYPE = bytes("content-type");
    private static final byte[] CONTENT_LENGTH = bytes("content-length");
    private static final byte[] HOST = bytes("host");
    private static final byte[] FORM = bytes("application/x-www-form-urlencoded");
    private static final byte[] MULTIPART_FORM = bytes("multipart/form-data");

    private final Values values;
    private final Store store;
    private final WafLimits limits;
    private final ArgumentReader arguments;
    private final BodyReader bodies;
    private final ByteString line = new ByteString();

    MessageReader(Values values, WafLimits limits, ArgumentReader arguments, BodyReader bodies) {
        this.values = values;
        this.store = values.store;
        this.limits = limits;
        this.arguments = arguments;
        this.bodies = bodies;
    }

    void begin() {
        bodies.begin();
        values.set(Variable.MODSEC_BUILD, "030000000");
        values.set(Variable.HIGHEST_SEVERITY, "255");
    }

    void connection(String remoteAddress, int remotePort, String serverAddress, int serverPort, String uniqueId) {
        values.set(Variable.REMOTE_ADDR, remoteAddress);
        values.setNumber(Variable.REMOTE_PORT, remotePort);
        values.set(Variable.SERVER_ADDR, serverAddress);
        values.setNumber(Variable.SERVER_PORT, serverPort);
        values.set(Variable.UNIQUE_ID, uniqueId);
    }

    void requestLine(byte[] method, byte[] target, byte[] protocol) {
        line.clear();
        line.append(method);
        line.append(' ');
        line.append(target);
        line.append(' ');
        line.append(protocol);
        requestLine(method.length, target.length, protocol.length);
    }

    void requestLine(String method, String target, String protocol) {
        line.clear();
        line.append(method);
        line.append(' ');
        line.append(target);
        line.append(' ');
        line.append(protocol);
        requestLine(method.length(), target.length(), protocol.length());
    }

    private void requestLine(int methodLength, int targetLength, int protocolLength) {
        if (protocolLength == 0) {
            // HTTP/0.9 has no protocol, nor the space before it.
            line.truncate(line.length() - 1);
        }
        int whole = store.add(line.array(), 0, line.length());
        int at = store.from[whole];
        int targetAt = at + methodLength + 1;
        int targetEnd = targetAt + targetLength;
        values.set(Variable.REQUEST_LINE, whole);
        values.set(Variable.REQUEST_METHOD, store.slice(at, at + methodLength));
        if (protocolLength == 0) {
            values.set(Variable.REQUEST_PROTOCOL, "HTTP/0.9");
        } else {
            values.set(Variable.REQUEST_PROTOCOL, store.slice(targetEnd + 1, store.to[whole]));
        }
        values.set(Variable.REQUEST_URI_RAW, store.slice(targetAt, targetEnd));
        byte[] bytes = store.bytes;
        int pathAt = afterAuthority(targetAt, targetEnd);
        values.set(Variable.REQUEST_URI, store.slice(pathAt, targetEnd));
        int pathEnd = pathAt;
        while (pathEnd < targetEnd && bytes[pathEnd] != '?' && bytes[pathEnd] != '#') {
            pathEnd++;
        }
        int queryEnd = pathEnd;
        while (queryEnd < targetEnd && bytes[queryEnd] != '#') {
            queryEnd++;
        }
        filename(pathAt, pathEnd);
        bytes = store.bytes;
        if (pathEnd < targetEnd && bytes[pathEnd] == '?') {
            int query = store.slice(pathEnd + 1, queryEnd);
            values.set(Variable.QUERY_STRING, query);
            arguments.ofTarget(store.bytes, pathEnd + 1, queryEnd);
        } else {
            values.set(Variable.QUERY_STRING, store.slice(pathEnd, pathEnd));
        }
    }

    /// The path with its escapes decoded, as Apache passes it to ModSecurity, and the part after its last slash.
    private void filename(int pathAt, int pathEnd) {
        int at = store.reserve(pathEnd - pathAt);
        byte[] bytes = store.bytes;
        int end = at;
        for (int i = pathAt; i < pathEnd; i++) {
            int high = bytes[i] == '%' && i + 2 < pathEnd ? Character.digit(bytes[i + 1], 16) : -1;
            int low = high < 0 ? -1 : Character.digit(bytes[i + 2], 16);
            if (low >= 0) {
                bytes[end++] = (byte) (high << 4 | low);
                i += 2;
            } else {
                bytes[end++] = bytes[i];
            }
        }
        values.set(Variable.REQUEST_FILENAME, store.commit(at, end));
        int nameAt = end;
        while (nameAt > at && bytes[nameAt - 1] != '/' && bytes[nameAt - 1] != '\\') {
            nameAt--;
        }
        values.set(Variable.REQUEST_BASENAME, store.slice(nameAt, end));
    }

    /// The start of the path: after the authority of a target in absolute form.
    private int afterAuthority(int from, int to) {
        byte[] bytes = store.bytes;
        int i = from;
        while (i < to && (bytes[i] | 32) >= 'a' && (bytes[i] | 32) <= 'z') {
            i++;
        }
        if (i == from || i + 2 >= to || bytes[i] != ':' || bytes[i + 1] != '/' || bytes[i + 2] != '/') {
            return from;
        }
        i += 3;
        while (i < to && bytes[i] != '/' && bytes[i] != '?' && bytes[i] != '#') {
            i++;
        }
        return i;
    }

    void requestHeader(byte[] name, byte[] value) {
        requestHeader(store.add(name), store.add(value));
    }

    void requestHeader(String name, String value) {
        requestHeader(store.add(name), store.add(value));
    }

    private void requestHeader(int nameId, int valueId) {
        values.requestHeaders.add(nameId, valueId);
        if (store.equalsIgnoreCase(nameId, COOKIE)) {
            cookies(valueId);
        }
    }

    private void cookies(int value) {
        int to = store.to[value];
        int at = store.from[value];
        while (at < to) {
            int end = at;
            int equals = -1;
            while (end < to && store.bytes[end] != ';') {
                if (store.bytes[end] == '=' && equals < 0) {
                    equals = end;
                }
                end++;
            }
            while (at < end && (store.bytes[at] == ' ' || store.bytes[at] == '\t')) {
                at++;
            }
            int nameEnd = equals < 0 ? end : equals;
            if (end > at) {
                if (values.requestCookies.size >= limits.arguments()) {
                    throw new LimitReached("arguments");
                }
                values.requestCookies.add(store.shared(at, nameEnd), store.shared(Math.min(end, nameEnd + 1), end));
            }
            at = end + 1;
        }
    }

    void requestHeadEnds() {
        int host = values.requestHeaders.first(store, HOST);
        if (host >= 0) {
            int from = store.from[host];
            int to = store.to[host];
            int end = from;
            boolean bracket = false;
            while (end < to && (bracket || store.bytes[end] != ':')) {
                bracket = store.bytes[end] == '[' || bracket && store.bytes[end] != ']';
                end++;
            }
            values.set(Variable.SERVER_NAME, store.slice(from, end));
        }
        int type = values.requestHeaders.first(store, CONTENT_TYPE);
        if (type >= 0 && store.startsWithIgnoreCase(type, FORM)) {
            bodies.setProcessor("URLENCODED");
        } else if (type >= 0 && store.startsWithIgnoreCase(type, MULTIPART_FORM)) {
            bodies.setProcessor("MULTIPART");
        }
    }

    void responseStatus(int status, String protocol) {
        values.setNumber(Variable.RESPONSE_STATUS, status);
        values.set(Variable.RESPONSE_PROTOCOL, protocol);
        line.clear();
        line.append(protocol);
        line.append(' ');
        line.appendNumber(status);
        values.set(Variable.STATUS_LINE, store.add(line.array(), 0, line.length()));
    }

    void responseHeader(byte[] name, byte[] value) {
        responseHeader(store.add(name), store.add(value));
    }

    void responseHeader(String name, String value) {
        responseHeader(store.add(name), store.add(value));
    }

    private void responseHeader(int nameId, int valueId) {
        values.responseHeaders.add(nameId, valueId);
        if (store.equalsIgnoreCase(nameId, CONTENT_LENGTH)) {
            values.set(Variable.RESPONSE_CONTENT_LENGTH, valueId);
        } else if (store.equalsIgnoreCase(nameId, CONTENT_TYPE)) {
            values.set(Variable.RESPONSE_CONTENT_TYPE, valueId);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
