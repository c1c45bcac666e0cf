package io.jigress.proxy.tls;

import io.jigress.proxy.telemetry.UpstreamTlsFailure;
import io.netty.handler.ssl.NotSslRecordException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Classifies the exceptions of an engine: why a handshake with an endpoint failed.
public final class UpstreamTlsFaults {
    private static final Pattern VERSION = Pattern
            .compile("unsupported.?protocol|no appropriate protocol|protocol.?version|wrong.?version|unsupported.?version");
    private static final int DEEPEST = 10;
    private static final int MAX_MESSAGE = 300;

    /// The certificate of an endpoint is for other names.
    static final class WrongName extends CertificateException {
        private static final long serialVersionUID = 1;

        WrongName(String message) {
            super(message);
        }
    }

    private UpstreamTlsFaults() {}

    public static UpstreamTlsFailure of(Throwable thrown) {
        boolean certificate = false;
        StringBuilder text = new StringBuilder();
        int depth = 0;
        for (@Nullable Throwable each = thrown; each != null && depth < DEEPEST; each = each.getCause()) {
            switch (each) {
                case WrongName _ -> {
                    return UpstreamTlsFailure.CERTIFICATE_NAME;
                }
                case CertificateExpiredException _ -> {
                    return UpstreamTlsFailure.CERTIFICATE_EXPIRED;
                }
                case CertificateNotYetValidException _ -> {
                    return UpstreamTlsFailure.CERTIFICATE_EXPIRED;
                }
                case NotSslRecordException _ -> {
                    return UpstreamTlsFailure.NOT_TLS;
                }
                case CertificateException _ -> certificate = true;
                case CertPathBuilderException _ -> certificate = true;
                case CertPathValidatorException _ -> certificate = true;
                default -> {}
            }
            text.append(each.getMessage()).append(' ');
            depth++;
        }
        return certificate ? UpstreamTlsFailure.CERTIFICATE_UNTRUSTED : of(thrown, text.toString());
    }

    private static UpstreamTlsFailure of(Throwable thrown, String text) {
        String message = text.toLowerCase(Locale.ROOT).replace('_', ' ');
        if (HandshakeFaults.isEndedByPeer(message)) {
            return UpstreamTlsFailure.CLOSED_BY_UPSTREAM;
        }
        if (VERSION.matcher(message).find()) {
            return UpstreamTlsFailure.NO_SHARED_VERSION;
        }
        if (message.contains("alert")) {
            return message.contains("no application protocol")
                    ? UpstreamTlsFailure.NO_SHARED_PROTOCOL
                    : UpstreamTlsFailure.REFUSED_BY_UPSTREAM;
        }
        boolean closed = thrown instanceof ClosedChannelException || message.contains("connection closed")
                || message.contains("closed before")
                || thrown instanceof IOException && !(thrown instanceof SSLException);
        return closed ? UpstreamTlsFailure.CLOSED_BY_UPSTREAM : UpstreamTlsFailure.OTHER;
    }

    /// What was thrown, in a few words; without what an endpoint that does not speak TLS has sent.
    public static String message(Throwable thrown) {
        String message = of(thrown) == UpstreamTlsFailure.NOT_TLS ? "" : HandshakeFaults.message(thrown);
        return message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE) + "…";
    }
}
