package io.jigress.waf;

import io.jigress.waf.body.JsonArguments;
import io.jigress.waf.body.Multipart;
import io.jigress.waf.body.XmlText;
import io.jigress.waf.model.ByteString;
import io.jigress.waf.model.Variable;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Collects the bodies of a request and its response up to their limits, and converts them to variables.
final class BodyReader {
    private static final byte[] CONTENT_TYPE = "content-type".getBytes(StandardCharsets.ISO_8859_1);

    private static final Variable[] INITIALLY_ZERO = {Variable.REQBODY_ERROR, Variable.REQBODY_PROCESSOR_ERROR,
        Variable.MULTIPART_STRICT_ERROR, Variable.MULTIPART_BOUNDARY_QUOTED, Variable.MULTIPART_BOUNDARY_WHITESPACE,
        Variable.MULTIPART_CRLF_LF_LINES, Variable.MULTIPART_DATA_AFTER, Variable.MULTIPART_DATA_BEFORE,
        Variable.MULTIPART_FILE_LIMIT_EXCEEDED, Variable.MULTIPART_HEADER_FOLDING, Variable.MULTIPART_INVALID_HEADER_FOLDING,
        Variable.MULTIPART_INVALID_PART, Variable.MULTIPART_INVALID_QUOTING, Variable.MULTIPART_LF_LINE,
        Variable.MULTIPART_MISSING_SEMICOLON, Variable.MULTIPART_UNMATCHED_BOUNDARY, Variable.FILES_COMBINED_SIZE,
        Variable.REQUEST_BODY_LENGTH, Variable.INBOUND_DATA_ERROR, Variable.OUTBOUND_DATA_ERROR};

    private final Values values;
    private final Store store;
    private final RuleSettings settings;
    private final WafLimits limits;
    private final ArgumentReader arguments;
    private final ByteString requestBody = new ByteString();
    private final ByteString responseBody = new ByteString();
    /// The media types of responses to inspect, without parameters; an empty one stands for responses without a type.
    private final byte[][] responseTypes;

    private String processor = "";
    private @Nullable String fault;
    private boolean forceRequestBody;
    private boolean requestBodyAccess;
    private boolean responseBodyAccess;
    private int requestBodyLimit;
    private int responseBodyLimit;

    BodyReader(Values values, RuleSettings settings, WafLimits limits, ArgumentReader arguments) {
        this.values = values;
        this.store = values.store;
        this.settings = settings;
        this.limits = limits;
        this.arguments = arguments;
        responseTypes = settings.responseMimeTypes().stream()
                .map(type -> (type.equals("null") ? "" : type).getBytes(StandardCharsets.ISO_8859_1)).toArray(byte[][]::new);
    }

    void begin() {
        requestBody.clear();
        responseBody.clear();
        processor = "";
        fault = null;
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

    /// The body cannot be read as it was received. Rules see it as a body that cannot be parsed, if it is of a type that is parsed.
    void fault(String what) {
        fault = what;
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
        if (!requestBodyAccess) {
            return;
        }
        if (length > 0) {
            parse(length);
        }
        if (!processor.isEmpty()) {
            failure(fault);
        }
    }

    private void parse(int length) {
        byte[] body = requestBody.array();
        if (processor.equals("URLENCODED") || forceRequestBody) {
            values.set(Variable.REQUEST_BODY, store.add(body, 0, length));
        }
        switch (processor) {
            case "URLENCODED" -> arguments.ofForm(body, 0, length);
            case "JSON" -> failure(JsonArguments.parse(body, 0, length, settings.jsonDepth(), arguments.posted()));
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
        int type = values.requestHeaders.first(store, CONTENT_TYPE);
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
            arguments.posted().pair(name, nameFrom, nameTo, value, valueFrom, valueTo);
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

    boolean wantsResponseBody() {
        if (!responseBodyAccess) {
            return false;
        }
        int type = values.responseHeaders.first(store, CONTENT_TYPE);
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
}
