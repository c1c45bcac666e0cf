package io.jigress.waf;

import io.jigress.waf.body.JsonArguments;
import io.jigress.waf.body.Multipart;
import io.jigress.waf.body.PairSink;
import io.jigress.waf.body.UrlEncoded;
import io.jigress.waf.body.XmlText;
import io.jigress.waf.model.ByteString;
import io.jigress.waf.model.Variable;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Converts the parts of a request and its response to variables.
final class MessageReader {
    private static final byte[] COOKIE = bytes("cookie");
    private static final byte[] CONTENT_TYPE = bytes("content-type");
    private static final byte[] CONTENT_LENGTH = bytes("content-length");
    private static final byte[] HOST = bytes("host");
    private static final byte[] FORM = bytes("application/x-www-form-urlencoded");
    private static final byte[] MULTIPART_FORM = bytes("multipart/form-data");

    private final Values values;
    private final Store store;
    private final RuleSettings settings;
    private final WafLimits limits;
    private final ByteString requestBody = new ByteString();
    private final ByteString responseBody = new ByteString();
    private final ByteString line = new ByteString();
    private byte[] decoded = new byte[1024];
    /// The media types of responses to inspect, without parameters; an empty one stands for responses without a type.
    private final byte[][] responseTypes;
    private final PairSink getArguments;
    private final PairSink postArguments;

    private String processor = "";
    private boolean forceRequestBody;
    private boolean requestBodyAccess;
    private boolean responseBodyAccess;
    private int requestBodyLimit;
    private int responseBodyLimit;

    MessageReader(Values values, RuleSettings settings, WafLimits limits) {
        this.values = values;
        this.store = values.store;
        this.settings = settings;
        this.limits = limits;
        responseTypes = settings.responseMimeTypes().stream().map(type -> bytes(type.equals("null") ? "" : type))
                .toArray(byte[][]::new);
        getArguments = (name, nameFrom, nameTo, value, valueFrom, valueTo) -> values.addArgument(values.argsGet, name, nameFrom,
                nameTo, value, valueFrom, valueTo, settings.argumentsLimit());
        postArguments = (name, nameFrom, nameTo, value, valueFrom, valueTo) -> values.addArgument(values.argsPost, name, nameFrom,
                nameTo, value, valueFrom, valueTo, settings.argumentsLimit());
    }

    void begin() {
        requestBody.clear();
        responseBody.clear();
        processor = "";
        forceRequestBody = false;
        requestBodyAccess = settings.requestBodyAccess();
        responseBodyAccess = settings.responseBodyAccess();
        requestBodyLimit = settings.requestBodyLimit();
        responseBodyLimit = settings.responseBodyLimit();
        int zero = store.add("0");
        for (Variable variable : INITIALLY_ZERO) {
            values.set(variable, zero);
        }
        int empty = store.add("");
        values.set(Variable.REQBODY_PROCESSOR, empty);
        values.set(Variable.REQBODY_ERROR_MSG, empty);
        values.set(Variable.REQBODY_PROCESSOR_ERROR_MSG, empty);
        values.set(Variable.MODSEC_BUILD, "030000000");
        values.set(Variable.HIGHEST_SEVERITY, "255");
    }

    private static final Variable[] INITIALLY_ZERO = {Variable.REQBODY_ERROR, Variable.REQBODY_PROCESSOR_ERROR,
        Variable.MULTIPART_STRICT_ERROR, Variable.MULTIPART_BOUNDARY_QUOTED, Variable.MULTIPART_BOUNDARY_WHITESPACE,
        Variable.MULTIPART_CRLF_LF_LINES, Variable.MULTIPART_DATA_AFTER, Variable.MULTIPART_DATA_BEFORE,
        Variable.MULTIPART_FILE_LIMIT_EXCEEDED, Variable.MULTIPART_HEADER_FOLDING, Variable.MULTIPART_INVALID_HEADER_FOLDING,
        Variable.MULTIPART_INVALID_PART, Variable.MULTIPART_INVALID_QUOTING, Variable.MULTIPART_LF_LINE,
        Variable.MULTIPART_MISSING_SEMICOLON, Variable.MULTIPART_UNMATCHED_BOUNDARY, Variable.FILES_COMBINED_SIZE,
        Variable.REQUEST_BODY_LENGTH, Variable.INBOUND_DATA_ERROR, Variable.OUTBOUND_DATA_ERROR};

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
            arguments(getArguments, store.bytes, pathEnd + 1, queryEnd);
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

    private void arguments(PairSink sink, byte[] bytes, int from, int to) {
        if (decoded.length < to - from) {
            decoded = new byte[Math.max(to - from, decoded.length * 2)];
        }
        UrlEncoded.parse(bytes, from, to, decoded, sink);
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
        int host = header(values.requestHeaders, HOST);
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
        int type = header(values.requestHeaders, CONTENT_TYPE);
        if (type >= 0 && store.startsWithIgnoreCase(type, FORM)) {
            setProcessor("URLENCODED");
        } else if (type >= 0 && store.startsWithIgnoreCase(type, MULTIPART_FORM)) {
            setProcessor("MULTIPART");
        }
    }

    private int header(Table headers, byte[] name) {
        for (int i = 0; i < headers.size; i++) {
            if (store.equalsIgnoreCase(headers.names[i], name)) {
                return headers.values[i];
            }
        }
        return -1;
    }

    void setProcessor(String name) {
        processor = name;
        values.set(Variable.REQBODY_PROCESSOR, name);
    }

    void forceRequestBody(boolean on) {
        forceRequestBody = on;
    }

    void setRequestBodyAccess(boolean on) { requestBodyAccess = on; }

    void setResponseBodyAccess(boolean on) { responseBodyAccess = on; }

    void setRequestBodyLimit(int bytes) { requestBodyLimit = Math.min(bytes, settings.requestBodyLimit()); }

    void setResponseBodyLimit(int bytes) { responseBodyLimit = Math.min(bytes, settings.responseBodyLimit()); }

    boolean requestBodyAccess() {
        return requestBodyAccess;
    }

    /// False when the body is too long and is to be rejected.
    boolean requestBodyBytes(byte[] bytes, int from, int to) {
        if (!requestBodyAccess) {
            return true;
        }
        int room = Math.min(requestBodyLimit, limits.transactionBytes()) - requestBody.length();
        requestBody.append(bytes, from, from + Math.min(room, to - from));
        if (to - from <= room) {
            return true;
        }
        values.set(Variable.INBOUND_DATA_ERROR, "1");
        return settings.requestBodyPartial();
    }

    void requestBodyEnds() {
        int length = requestBody.length();
        values.setNumber(Variable.REQUEST_BODY_LENGTH, length);
        if (!requestBodyAccess || length == 0) {
            return;
        }
        byte[] body = requestBody.array();
        if (processor.equals("URLENCODED") || forceRequestBody) {
            values.set(Variable.REQUEST_BODY, store.add(body, 0, length));
        }
        switch (processor) {
            case "URLENCODED" -> arguments(postArguments, body, 0, length);
            case "JSON" -> failure(JsonArguments.parse(body, 0, length, settings.jsonDepth(), postArguments));
            case "XML" -> failure(XmlText.parse(body, 0, length, limits.xmlDepth(), new XmlSink()));
            case "MULTIPART" -> multipart(body, length);
            default -> {
            }
        }
    }

    private final class XmlSink implements XmlText.Sink {
        @Override
        public void text(byte[] text) {
            values.xmlText = store.add(text);
        }

        @Override
        public void attribute(byte[] value) {
            values.xmlAttributes.add(-1, store.add(value));
        }
    }

    private void failure(@Nullable String error) {
        if (error == null) {
            return;
        }
        int one = store.add("1");
        int message = store.add(error);
        values.set(Variable.REQBODY_ERROR, one);
        values.set(Variable.REQBODY_PROCESSOR_ERROR, one);
        values.set(Variable.REQBODY_ERROR_MSG, message);
        values.set(Variable.REQBODY_PROCESSOR_ERROR_MSG, message);
    }

    private void multipart(byte[] body, int length) {
        int type = header(values.requestHeaders, CONTENT_TYPE);
        byte[] contentType = type < 0 ? new byte[0] : store.text(type).getBytes(StandardCharsets.ISO_8859_1);
        PartSink sink = new PartSink();
        Multipart.Outcome outcome = Multipart.parse(contentType, body, 0, length, limits.parts(), sink);
        values.setNumber(Variable.FILES_COMBINED_SIZE, sink.fileBytes);
        Set<Multipart.Flag> flags = outcome.flags();
        boolean strict = outcome.error() != null;
        int one = store.add("1");
        for (Multipart.Flag flag : flags) {
            values.set(variable(flag), one);
            strict |= flag != Multipart.Flag.UNMATCHED_BOUNDARY && flag != Multipart.Flag.CRLF_LF_LINES;
        }
        if (strict) {
            values.set(Variable.MULTIPART_STRICT_ERROR, one);
        }
        failure(outcome.error());
    }

    private static Variable variable(Multipart.Flag flag) {
        return switch (flag) {
            case BOUNDARY_QUOTED -> Variable.MULTIPART_BOUNDARY_QUOTED;
            case BOUNDARY_WHITESPACE -> Variable.MULTIPART_BOUNDARY_WHITESPACE;
            case DATA_BEFORE -> Variable.MULTIPART_DATA_BEFORE;
            case DATA_AFTER -> Variable.MULTIPART_DATA_AFTER;
            case HEADER_FOLDING -> Variable.MULTIPART_HEADER_FOLDING;
            case INVALID_HEADER_FOLDING -> Variable.MULTIPART_INVALID_HEADER_FOLDING;
            case LF_LINE -> Variable.MULTIPART_LF_LINE;
            case CRLF_LF_LINES -> Variable.MULTIPART_CRLF_LF_LINES;
            case MISSING_SEMICOLON -> Variable.MULTIPART_MISSING_SEMICOLON;
            case INVALID_QUOTING -> Variable.MULTIPART_INVALID_QUOTING;
            case INVALID_PART -> Variable.MULTIPART_INVALID_PART;
            case FILE_LIMIT_EXCEEDED -> Variable.MULTIPART_FILE_LIMIT_EXCEEDED;
            case UNMATCHED_BOUNDARY -> Variable.MULTIPART_UNMATCHED_BOUNDARY;
        };
    }

    private final class PartSink implements Multipart.Sink {
        private long fileBytes;

        @Override
        public void pair(byte[] name, int nameFrom, int nameTo, byte[] value, int valueFrom, int valueTo) {
            values.addArgument(values.argsPost, name, nameFrom, nameTo, value, valueFrom, valueTo, settings.argumentsLimit());
        }

        @Override
        public void file(byte[] name, byte[] fileName, byte[] content, int from, int to) {
            int key = store.add(name);
            values.files.add(key, store.add(fileName));
            values.fileSizes.add(key, store.addNumber(to - from));
            fileBytes += to - from;
        }

        @Override
        public void header(byte[] part, byte[] line) {
            values.partHeaders.add(store.add(part), store.add(line));
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

    boolean wantsResponseBody() {
        if (!responseBodyAccess) {
            return false;
        }
        int type = header(values.responseHeaders, CONTENT_TYPE);
        for (int i = 0; i < responseTypes.length; i++) {
            if (type < 0 ? responseTypes[i].length == 0 : store.isMediaType(type, responseTypes[i])) {
                return true;
            }
        }
        return false;
    }

    /// False when the body is too long and is to be rejected.
    boolean responseBodyBytes(byte[] bytes, int from, int to) {
        int room = Math.min(responseBodyLimit, limits.transactionBytes()) - responseBody.length();
        responseBody.append(bytes, from, from + Math.min(room, to - from));
        if (to - from <= room) {
            return true;
        }
        values.set(Variable.OUTBOUND_DATA_ERROR, "1");
        return settings.responseBodyPartial();
    }

    void responseBodyEnds() {
        if (responseBody.length() > 0) {
            values.set(Variable.RESPONSE_BODY, store.add(responseBody.array(), 0, responseBody.length()));
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
