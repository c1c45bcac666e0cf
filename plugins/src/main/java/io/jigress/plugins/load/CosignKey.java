package io.jigress.plugins.load;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.Map;

/// A public key with which images are signed (`cosign.pub`): ECDSA, RSA or Ed25519.
///
/// @param algorithm of its signatures
record CosignKey(PublicKey key, String algorithm) {
    private static final Map<String, String> ALGORITHMS = Map.of("EC", "SHA256withECDSA", "RSA", "SHA256withRSA", "Ed25519",
            "Ed25519");

    /// @param pem `-----BEGIN PUBLIC KEY-----` and so on
    static CosignKey of(String pem) throws CodeFault {
        String base64 = pem.replaceAll("-----(BEGIN|END) PUBLIC KEY-----", "").replaceAll("\\s", "");
        byte[] der;
        try {
            der = Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException _) {
            throw new CodeFault("cannot be verified: cosignKey is not a public key in PEM");
        }
        for (Map.Entry<String, String> kind : ALGORITHMS.entrySet()) {
            try {
                return new CosignKey(KeyFactory.getInstance(kind.getKey()).generatePublic(new X509EncodedKeySpec(der)),
                        kind.getValue());
            } catch (GeneralSecurityException _) {
                // A key of another kind.
            }
        }
        throw new CodeFault("cannot be verified: cosignKey is not an ECDSA, RSA or Ed25519 key");
    }

    /// @param signature in base64
    boolean hasSigned(byte[] payload, String signature) {
        try {
            Signature verifier = Signature.getInstance(algorithm);
            verifier.initVerify(key);
            verifier.update(payload);
            return verifier.verify(Base64.getDecoder().decode(signature));
        } catch (GeneralSecurityException | IllegalArgumentException _) {
            return false;
        }
    }
}
