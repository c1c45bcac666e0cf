package io.jigress.waf.model;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A variable of SecLang that the engine supports. A rule that names another one is refused.
public enum Variable {
    // @formatter:off
    ARGS(Shape.COLLECTION),
    ARGS_COMBINED_SIZE(Shape.SCALAR),
    ARGS_GET(Shape.COLLECTION),
    ARGS_GET_NAMES(Shape.COLLECTION),
    ARGS_NAMES(Shape.COLLECTION),
    ARGS_POST(Shape.COLLECTION),
    ARGS_POST_NAMES(Shape.COLLECTION),
    DURATION(Shape.SCALAR),
    FILES(Shape.COLLECTION),
    FILES_COMBINED_SIZE(Shape.SCALAR),
    FILES_NAMES(Shape.COLLECTION),
    FILES_SIZES(Shape.COLLECTION),
    FULL_REQUEST(Shape.SCALAR),
    FULL_REQUEST_LENGTH(Shape.SCALAR),
    GEO(Shape.COLLECTION),
    GLOBAL(Shape.COLLECTION),
    HIGHEST_SEVERITY(Shape.SCALAR),
    INBOUND_DATA_ERROR(Shape.SCALAR),
    IP(Shape.COLLECTION),
    MATCHED_VAR(Shape.SCALAR),
    MATCHED_VARS(Shape.COLLECTION),
    MATCHED_VARS_NAMES(Shape.COLLECTION),
    MATCHED_VAR_NAME(Shape.SCALAR),
    MODSEC_BUILD(Shape.SCALAR),
    MULTIPART_BOUNDARY_QUOTED(Shape.SCALAR),
    MULTIPART_BOUNDARY_WHITESPACE(Shape.SCALAR),
    MULTIPART_CRLF_LF_LINES(Shape.SCALAR),
    MULTIPART_DATA_AFTER(Shape.SCALAR),
    MULTIPART_DATA_BEFORE(Shape.SCALAR),
    MULTIPART_FILENAME(Shape.COLLECTION),
    MULTIPART_FILE_LIMIT_EXCEEDED(Shape.SCALAR),
    MULTIPART_HEADER_FOLDING(Shape.SCALAR),
    MULTIPART_INVALID_HEADER_FOLDING(Shape.SCALAR),
    MULTIPART_INVALID_PART(Shape.SCALAR),
    MULTIPART_INVALID_QUOTING(Shape.SCALAR),
    MULTIPART_LF_LINE(Shape.SCALAR),
    MULTIPART_MISSING_SEMICOLON(Shape.SCALAR),
    MULTIPART_NAME(Shape.COLLECTION),
    MULTIPART_PART_HEADERS(Shape.COLLECTION),
    MULTIPART_STRICT_ERROR(Shape.SCALAR),
    MULTIPART_UNMATCHED_BOUNDARY(Shape.SCALAR),
    OUTBOUND_DATA_ERROR(Shape.SCALAR),
    QUERY_STRING(Shape.SCALAR),
    REMOTE_ADDR(Shape.SCALAR),
    REMOTE_PORT(Shape.SCALAR),
    REQBODY_ERROR(Shape.SCALAR),
    REQBODY_ERROR_MSG(Shape.SCALAR),
    REQBODY_PROCESSOR(Shape.SCALAR),
    REQBODY_PROCESSOR_ERROR(Shape.SCALAR),
    REQBODY_PROCESSOR_ERROR_MSG(Shape.SCALAR),
    REQUEST_BASENAME(Shape.SCALAR),
    REQUEST_BODY(Shape.SCALAR),
    REQUEST_BODY_LENGTH(Shape.SCALAR),
    REQUEST_COOKIES(Shape.COLLECTION),
    REQUEST_COOKIES_NAMES(Shape.COLLECTION),
    REQUEST_FILENAME(Shape.SCALAR),
    REQUEST_HEADERS(Shape.COLLECTION),
    REQUEST_HEADERS_NAMES(Shape.COLLECTION),
    REQUEST_LINE(Shape.SCALAR),
    REQUEST_METHOD(Shape.SCALAR),
    REQUEST_PROTOCOL(Shape.SCALAR),
    REQUEST_URI(Shape.SCALAR),
    REQUEST_URI_RAW(Shape.SCALAR),
    RESOURCE(Shape.COLLECTION),
    RESPONSE_BODY(Shape.SCALAR),
    RESPONSE_CONTENT_LENGTH(Shape.SCALAR),
    RESPONSE_CONTENT_TYPE(Shape.SCALAR),
    RESPONSE_HEADERS(Shape.COLLECTION),
    RESPONSE_HEADERS_NAMES(Shape.COLLECTION),
    RESPONSE_PROTOCOL(Shape.SCALAR),
    RESPONSE_STATUS(Shape.SCALAR),
    RULE(Shape.COLLECTION),
    SERVER_ADDR(Shape.SCALAR),
    SERVER_NAME(Shape.SCALAR),
    SERVER_PORT(Shape.SCALAR),
    SESSION(Shape.COLLECTION),
    STATUS_LINE(Shape.SCALAR),
    TIME(Shape.SCALAR),
    TIME_DAY(Shape.SCALAR),
    TIME_EPOCH(Shape.SCALAR),
    TIME_HOUR(Shape.SCALAR),
    TIME_MIN(Shape.SCALAR),
    TIME_MON(Shape.SCALAR),
    TIME_SEC(Shape.SCALAR),
    TIME_WDAY(Shape.SCALAR),
    TIME_YEAR(Shape.SCALAR),
    TX(Shape.COLLECTION),
    UNIQUE_ID(Shape.SCALAR),
    USER(Shape.COLLECTION),
    XML(Shape.COLLECTION);
    // @formatter:on

    private static final Map<String, Variable> BY_NAME = Stream.of(values())
            .collect(Collectors.toUnmodifiableMap(Variable::name, value -> value));

    private enum Shape {
        SCALAR, COLLECTION
    }

    private final Shape shape;

    Variable(Shape shape) {
        this.shape = shape;
    }

    /// Case does not matter in names.
    public static Optional<Variable> byName(String name) {
        return Optional.ofNullable(BY_NAME.get(name.toUpperCase(Locale.ROOT)));
    }

    /// The index of the variable in arrays.
    @SuppressWarnings("EnumOrdinal")
    public int index() {
        return ordinal();
    }

    /// The number of variables.
    public static int count() {
        return BY_NAME.size();
    }

    /// Whether the variable does not change while the rules of a phase are evaluated.
    public boolean isStable() {
        return switch (this) {
            case ARGS, ARGS_GET, ARGS_GET_NAMES, ARGS_NAMES, ARGS_POST, ARGS_POST_NAMES, FILES, FILES_NAMES, FILES_SIZES,
                    MULTIPART_FILENAME, MULTIPART_NAME, MULTIPART_PART_HEADERS, QUERY_STRING, REQUEST_BASENAME, REQUEST_BODY,
                    REQUEST_COOKIES, REQUEST_COOKIES_NAMES, REQUEST_FILENAME, REQUEST_HEADERS, REQUEST_HEADERS_NAMES,
                    REQUEST_LINE,
                    REQUEST_METHOD, REQUEST_PROTOCOL, REQUEST_URI, REQUEST_URI_RAW, RESPONSE_BODY, RESPONSE_HEADERS,
                    RESPONSE_HEADERS_NAMES, XML ->
                true;
            default -> false;
        };
    }

    /// Whether the variable has named members.
    public boolean isCollection() { return shape == Shape.COLLECTION; }
}
