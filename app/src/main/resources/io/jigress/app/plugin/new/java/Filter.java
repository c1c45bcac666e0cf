package @PACKAGE@;

import io.jigress.api.HeaderName;
import io.jigress.api.LocalReply;
import io.jigress.api.blocking.BlockingDecision;
import io.jigress.api.blocking.BlockingFilter;
import io.jigress.api.blocking.BlockingRequest;

/// Straight code on a virtual thread: it may block, to ask a database or another service.
final class @CLASS@Filter implements BlockingFilter {
    private static final HeaderName WORD = HeaderName.of("x-@NAME@");
    private static final HeaderName USER = HeaderName.of("x-user");

    private final @CLASS@Config config;

    @CLASS@Filter(@CLASS@Config config) {
        this.config = config;
    }

    @Override
    public BlockingDecision onRequest(BlockingRequest request) {
        if (request.headers().equal(USER, "mallory")) {
            return BlockingDecision.respond(LocalReply.error(403, "Not you.", "@REASON@_refused"));
        }
        request.headers().set(WORD, config.word());
        return BlockingDecision.CONTINUE;
    }
}
