package io.jigress.plugins.process.authz;

import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.LocalReply;
import io.jigress.plugins.process.HeaderEdits;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What clients are answered in place of the upstream.
final class AuthzReplies {
    private static final int FORBIDDEN = 403;

    private final FilterDecision error;

    AuthzReplies(int statusOnError) {
        int status = statusOnError < 200 || statusOnError > 599 ? FORBIDDEN : statusOnError;
        error = new FilterDecision.Reply(LocalReply.of(status, "ext_authz_error"));
    }

    /// The server has not decided, or is not asked.
    FilterDecision error() {
        return error;
    }

    FilterDecision invalid() {
        return new FilterDecision.Reply(LocalReply.of(500, "ext_authz_invalid"));
    }

    FilterDecision tooLarge(int most) {
        return new FilterDecision.Reply(
                LocalReply.error(413, "The body has more than " + most + " bytes.", "ext_authz_body_too_large"));
    }

    FilterDecision denied(Verdict.Denied denied) {
        int status = denied.status() < 200 || denied.status() > 599 ? FORBIDDEN : denied.status();
        List<Map.Entry<HeaderName, String>> headers = new ArrayList<>();
        if (denied.body().length > 0) {
            headers.add(Map.entry(HeaderName.CONTENT_TYPE, "text/plain"));
        }
        for (HeaderValueOption option : denied.headers()) {
            add(headers, option);
        }
        return new FilterDecision.Reply(new LocalReply(status, headers, denied.body(), "ext_authz_denied"));
    }

    private static void add(List<Map.Entry<HeaderName, String>> headers, HeaderValueOption option) {
        String written = option.getHeader().getKey();
        String value = HeaderEdits.value(option.getHeader());
        if (!HeaderName.isToken(written) || HeaderName.RESERVED.contains(written.toLowerCase(Locale.ROOT))
                || !HeaderName.isValue(value)) {
            return;
        }
        HeaderName name = HeaderName.of(written);
        boolean present = headers.stream().anyMatch(field -> field.getKey().equals(name));
        HeaderAppendAction action = HeaderEdits.action(option);
        if (action == HeaderAppendAction.ADD_IF_ABSENT && present
                || action == HeaderAppendAction.OVERWRITE_IF_EXISTS && !present) {
            return;
        }
        // There is one Content-Type, whatever the action is.
        if (action != HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD || name.equals(HeaderName.CONTENT_TYPE)) {
            headers.removeIf(field -> field.getKey().equals(name));
        }
        headers.add(Map.entry(name, value));
    }

    /// What is wrong with the fields of a denial; null when nothing is.
    static @Nullable String invalid(List<HeaderValueOption> headers) {
        return headers.stream().anyMatch(option -> !HeaderName.isToken(option.getHeader().getKey())
                || !HeaderName.isValue(HeaderEdits.value(option.getHeader())))
                        ? "a field of the denial has a name or a value that is not valid"
                        : null;
    }
}
