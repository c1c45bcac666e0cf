package io.jigress.proxy.tls;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import java.util.Locale;

/// What does the cryptography of TLS.
public enum TlsEngine {
    /// BoringSSL, a native library.
    BORINGSSL(SslProvider.OPENSSL_REFCNT),
    /// The JDK's own.
    JDK(SslProvider.JDK);

    final SslProvider provider;

    TlsEngine(SslProvider provider) {
        this.provider = provider;
    }

    /// As settings, the log and metrics name it.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// @param wanted `auto` (BoringSSL where its library can be loaded, else the JDK's), `boringssl` or `jdk`
    /// @throws IllegalArgumentException when the machine has no such engine; the message says why
    public static TlsEngine choose(String wanted) {
        return switch (wanted) {
            case "auto" -> OpenSsl.isAvailable() ? BORINGSSL : JDK;
            case "boringssl" -> {
                if (!OpenSsl.isAvailable()) {
                    throw new IllegalArgumentException(
                            "tls.engine: this machine has no boringssl (" + OpenSsl.unavailabilityCause() + ")");
                }
                yield BORINGSSL;
            }
            case "jdk" -> JDK;
            default -> throw new IllegalArgumentException("tls.engine: \"" + wanted + "\" (expected: auto, boringssl or jdk)");
        };
    }
}
