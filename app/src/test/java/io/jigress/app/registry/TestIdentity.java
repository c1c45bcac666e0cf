package io.jigress.app.registry;

import io.jigress.proxy.tls.CertificateMaker;
import io.jigress.proxy.tls.CertificateMaker.KeyKind;
import io.jigress.proxy.tls.CertificateMaker.Made;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// A certificate for the loopback address, its key and its authority, in PEM form.
record TestIdentity(String authority, String chain, String key) {

    static TestIdentity make() {
        Instant now = Instant.now();
        CertificateMaker maker = new CertificateMaker(now.minus(Duration.ofHours(1)), now.plus(Duration.ofHours(2)));
        Made authority = maker.authority("Registries");
        Made made = maker.certificate(List.of("localhost", "127.0.0.1"), KeyKind.RSA, authority);
        return new TestIdentity(authority.text(), made.chain(), made.keyText());
    }
}
