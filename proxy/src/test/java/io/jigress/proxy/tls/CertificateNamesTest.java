package io.jigress.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.config.SecretText;
import io.jigress.config.TlsCertificate;
import io.jigress.proxy.tls.CertificateMaker.KeyKind;
import io.jigress.proxy.tls.CertificateNames.Kind;
import io.jigress.proxy.tls.CertificateNames.Name;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CertificateNamesTest {
    /// For `shop.example` and the URI `*`, as the conformance suite of Gateway API writes a wildcard.
    private static final String CHAIN = """
            -----BEGIN CERTIFICATE-----
            MIIBOzCB46ADAgECAgEFMAoGCCqGSM49BAMCMBcxFTATBgNVBAMTDHNob3AuZXhh
            bXBsZTAgFw0yNjExMjYwMDAwMDBaGA8yMTI2MTEwMjAwMDAwMFowFzEVMBMGA1UE
            AxMMc2hvcC5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEK7l0G8qM
            iMyeNsxkHwRBuFEktvOP16cCRpV1t1Xdi9IkHVdhvSoEFraxBiNovDGVk0oaBc/a
            3HSsz7Ba7/eWI6MeMBwwGgYDVR0RBBMwEYIMc2hvcC5leGFtcGxlhgEqMAoGCCqG
            SM49BAMCA0cAMEQCIF2/NRjPePY74+Q7BmgxtcDEuL/wm+PNfOkGts0rdSyHAiBv
            ReWAoOFiEE4FpZ6qUzj0+fvp3DRdoIPQKni7MLlSeQ==
            -----END CERTIFICATE-----
            """;
    private static final String KEY = """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgd4JWF1XwSIIv4/uK
            sb32R0uE+rD3oa5qosXU5v9fvhOhRANCAAQruXQbyoyIzJ42zGQfBEG4USS284/X
            pwJGlXW3Vd2L0iQdV2G9KgQWtrEGI2i8MZWTShoFz9rcdKzPsFrv95Yj
            -----END PRIVATE KEY-----
            """;

    @Test
    void namesAreReadBesideOneThatTheJdkRefuses() throws GeneralSecurityException {
        X509Certificate certificate = ServerCertificate.certificates(CHAIN).getFirst();
        assertThatThrownBy(certificate::getSubjectAlternativeNames).isInstanceOf(CertificateParsingException.class);
        assertThat(CertificateNames.read(certificate)).containsExactly(new Name(Kind.DNS, "shop.example"),
                new Name(Kind.URI, "*"));
        assertThat(CertificateNames.has(certificate, "shop.example")).isTrue();
        assertThat(CertificateNames.has(certificate, "cart.example")).isFalse();
    }

    @Test
    void aCertificateWithSuchANameIsUsed() throws GeneralSecurityException {
        ServerCertificate certificate = ServerCertificate.read("1",
                new TlsCertificate.Pem("default/shop", CHAIN, new SecretText(KEY), ""));
        assertThat(certificate.names).containsExactly("shop.example");
    }

    @Test
    void longListsAreRead() throws CertificateParsingException {
        Instant now = Instant.now();
        List<String> names = List.of("a".repeat(63) + "." + "b".repeat(63) + "." + "c".repeat(63) + ".test",
                "d".repeat(63) + ".test",
                "e".repeat(63) + ".test");
        X509Certificate certificate = new CertificateMaker(now, now.plus(1, ChronoUnit.HOURS))
                .certificate(names, KeyKind.ECDSA, null).certificate();
        assertThat(CertificateNames.of(certificate, Kind.DNS)).isEqualTo(names);
        assertThat(CertificateNames.of(certificate, Kind.ADDRESS)).isEmpty();
    }

    private static List<Name> parse(String hex) throws CertificateParsingException {
        return CertificateNames.parse(HexFormat.of().parseHex(hex));
    }

    @Test
    void addressesAreReadAndOtherKindsLeftOut() throws CertificateParsingException {
        assertThat(parse("04083006870401020304")).containsExactly(new Name(Kind.ADDRESS, "1.2.3.4"));
        assertThat(parse("04143012" + "8710" + "00".repeat(15) + "01")).containsExactly(new Name(Kind.ADDRESS, "::1"));
        // An e-mail address, then a name.
        assertThat(parse("04083006" + "810161" + "820162")).containsExactly(new Name(Kind.DNS, "b"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "04", "0400", "0402", "04023000ff", "04033001", "0403300182", "0404300282ff", "0405300382027f",
        "0406300482800000", "0409300782858000000001", "04053003870101", "04043002ff00", "0403310100", "04820000"})
    void whatIsNotDerIsRefused(String hex) {
        assertThatThrownBy(() -> parse(hex)).isInstanceOf(CertificateParsingException.class);
    }
}
