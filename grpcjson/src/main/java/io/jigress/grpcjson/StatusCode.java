package io.jigress.grpcjson;

/// The HTTP status for a status of gRPC, as google.rpc.Code says.
final class StatusCode {
    static final int OK = 0;
    static final int UNKNOWN = 2;
    static final int INVALID_ARGUMENT = 3;
    static final int NOT_FOUND = 5;
    static final int RESOURCE_EXHAUSTED = 8;
    static final int UNIMPLEMENTED = 12;
    static final int INTERNAL = 13;
    static final int UNAVAILABLE = 14;

    private StatusCode() {}

    static int http(int code) {
        return switch (code) {
            case OK -> 200;
            case 1 -> 499; // CANCELLED
            case INVALID_ARGUMENT, 9, 11 -> 400; // FAILED_PRECONDITION, OUT_OF_RANGE
            case 4 -> 504; // DEADLINE_EXCEEDED
            case NOT_FOUND -> 404;
            case 6, 10 -> 409; // ALREADY_EXISTS, ABORTED
            case 7 -> 403; // PERMISSION_DENIED
            case RESOURCE_EXHAUSTED -> 429;
            case UNIMPLEMENTED -> 501;
            case UNAVAILABLE -> 503;
            case 16 -> 401; // UNAUTHENTICATED
            default -> 500;
        };
    }
}
