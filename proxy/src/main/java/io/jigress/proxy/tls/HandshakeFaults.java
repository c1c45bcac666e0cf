package io.jigress.proxy.tls;

import io.jigress.proxy.telemetry.HandshakeFailure;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Classifies the exceptions of an engine: why a handshake failed.
final class HandshakeFaults {
    private static final Pattern MISSING = Pattern
            .compile("did.?not.?return.?a.?certificate|empty client certificate chain|certificate_required");
    private static final Pattern INVALID = Pattern
            .compile("certificate.?verify.?failed|pkix|certpath|certificate.*(expired|not yet)");
    private static final Pattern VERSION = Pattern
            .compile("unsupported.?protocol|no appropriate protocol|protocol.?version|wrong.?version|unsupported.?version");
    private static final Pattern CIPHER = Pattern
            .compile(
                    "no.?shared|no cipher suites in common|no.?common|no.?suitable|unable to find key material|no available authentication");
    /// A bad packet length is an alert in the clear where TLS 1.3 expects it encrypted: so OpenSSL 3.0 refuses a certificate.
    private static final Pattern ALERT = Pattern.compile("alert|bad packet length");
    private static final Pattern MALFORMED = Pattern
            .compile(
                    "not an ssl/tls record|decode.?error|bad.?record|unexpected.?message|error.?parsing|wrong.?type|illegal.?parameter");

    /// The peer has sent a close_notify: the words of the JDK, and of BoringSSL.
    private static final Pattern ENDED = Pattern.compile("close notify during handshake|internal:ssl handshake failure");

    private HandshakeFaults() {}

    /// @param message in lower case, with spaces for underscores
    static boolean isEndedByPeer(String message) { return ENDED.matcher(message).find(); }

    static HandshakeFailure of(Throwable thrown) {
        Throwable cause = thrown;
        if (cause instanceof ClosedChannelException) {
            return HandshakeFailure.CLOSED_BY_CLIENT;
        }
        StringBuilder text = new StringBuilder();
        for (@Nullable Throwable each = cause; each != null && text.length() < 2000; each = each.getCause()) {
            if (each instanceof CertificateException) {
                return HandshakeFailure.CLIENT_CERTIFICATE_INVALID;
            }
            text.append(each.getMessage()).append(' ');
        }
        String message = text.toString().toLowerCase(Locale.ROOT).replace('_', ' ');
        if (isEndedByPeer(message)) {
            return HandshakeFailure.CLOSED_BY_CLIENT;
        }
        if (ALERT.matcher(message).find()) {
            // The client refused the handshake; an alert about the version does not concern the certificate.
            return VERSION.matcher(message).find() ? HandshakeFailure.NO_SHARED_VERSION : HandshakeFailure.REFUSED_BY_CLIENT;
        }
        if (MISSING.matcher(message).find()) {
            return HandshakeFailure.CLIENT_CERTIFICATE_MISSING;
        }
        if (INVALID.matcher(message).find()) {
            return HandshakeFailure.CLIENT_CERTIFICATE_INVALID;
        }
        if (VERSION.matcher(message).find()) {
            return HandshakeFailure.NO_SHARED_VERSION;
        }
        if (CIPHER.matcher(message).find()) {
            return HandshakeFailure.NO_SHARED_CIPHER;
        }
        if (MALFORMED.matcher(message).find()) {
            return HandshakeFailure.MALFORMED_HELLO;
        }
        return cause instanceof IOException && !(cause instanceof SSLException)
                ? HandshakeFailure.CLOSED_BY_CLIENT
                : HandshakeFailure.OTHER;
    }

    /// The innermost message, for one line of the log.
    static String message(Throwable thrown) {
        Throwable cause = thrown;
        for (@Nullable Throwable next = cause.getCause(); next != null; next = next.getCause()) {
            cause = next;
        }
        String message = cause.getMessage();
        // It may have names from the peer's certificate.
        return message == null ? cause.getClass().getSimpleName() : message.replaceAll("[\\s\\p{Cntrl}]+", " ");
    }
}
