package io.jigress.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.proxy.tls.CertificateMaker.KeyKind;
import io.jigress.proxy.tls.CertificateMaker.Made;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.Test;

class ClientTrustTest {
    private final Instant now = Instant.now();

    private Made selfSigned(int fromHours, int toHours) {
        return new CertificateMaker(now.plus(fromHours, ChronoUnit.HOURS), now.plus(toHours, ChronoUnit.HOURS))
                .certificate(List.of("client.test"), KeyKind.ECDSA, null);
    }

    private static X509Certificate[] chain(Made made) {
        return new X509Certificate[] {made.certificate()};
    }

    /// The JDK alone would accept it even outside of its validity.
    @Test
    void aCertificateThatIsItsOwnAuthorityMustBeValidToo() throws GeneralSecurityException {
        Made valid = selfSigned(-1, 1);
        assertThat(ClientTrust.of(valid.text()).verifies(chain(valid))).isTrue();
        Made expired = selfSigned(-2, -1);
        assertThat(ClientTrust.of(expired.text()).verifies(chain(expired))).isFalse();
        X509ExtendedTrustManager strict = ClientTrust.of(expired.text()).strict();
        assertThatThrownBy(() -> strict.checkClientTrusted(chain(expired), "EC")).isInstanceOf(CertificateExpiredException.class);
        Made early = selfSigned(1, 2);
        X509ExtendedTrustManager of = ClientTrust.of(early.text()).strict();
        assertThatThrownBy(() -> of.checkClientTrusted(chain(early), "EC")).isInstanceOf(CertificateNotYetValidException.class);
    }
}
