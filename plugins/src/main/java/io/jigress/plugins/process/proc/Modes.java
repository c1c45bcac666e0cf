package io.jigress.plugins.process.proc;

import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode;
import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode;
import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.HeaderSendMode;
import java.util.List;

/// Which parts of one message the server is shown, and how.
///
/// @param head whether the head is sent
/// @param trailers whether trailers are sent
record Modes(boolean head, BodySendMode body, boolean trailers) {

    static Modes ofRequest(ProcessingMode mode) {
        return new Modes(mode.getRequestHeaderMode() != HeaderSendMode.SKIP, mode.getRequestBodyMode(),
                mode.getRequestTrailerMode() == HeaderSendMode.SEND);
    }

    static Modes ofResponse(ProcessingMode mode) {
        return new Modes(mode.getResponseHeaderMode() != HeaderSendMode.SKIP, mode.getResponseBodyMode(),
                mode.getResponseTrailerMode() == HeaderSendMode.SEND);
    }

    boolean isFullDuplex() { return body == BodySendMode.FULL_DUPLEX_STREAMED; }

    /// What remains of a server's override: `DEFAULT` leaves what is configured, and the mode of the request's head is not changed.
    static ProcessingMode overridden(ProcessingMode configured, ProcessingMode override) {
        ProcessingMode.Builder mode = override.toBuilder().setRequestHeaderMode(configured.getRequestHeaderMode());
        if (override.getResponseHeaderMode() == HeaderSendMode.DEFAULT) {
            mode.setResponseHeaderMode(configured.getResponseHeaderMode());
        }
        if (override.getRequestTrailerMode() == HeaderSendMode.DEFAULT) {
            mode.setRequestTrailerMode(configured.getRequestTrailerMode());
        }
        if (override.getResponseTrailerMode() == HeaderSendMode.DEFAULT) {
            mode.setResponseTrailerMode(configured.getResponseTrailerMode());
        }
        return mode.build();
    }

    /// Whether an override is in the list; the mode of the request's head does not count.
    static boolean isAllowed(ProcessingMode override, List<ProcessingMode> allowed) {
        ProcessingMode compared = override.toBuilder().clearRequestHeaderMode().build();
        return allowed.isEmpty()
                || allowed.stream().anyMatch(mode -> mode.toBuilder().clearRequestHeaderMode().build().equals(compared));
    }
}
