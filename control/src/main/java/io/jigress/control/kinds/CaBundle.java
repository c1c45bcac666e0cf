package io.jigress.control.kinds;

import io.jigress.api.Json;
import io.jigress.control.JsonParser;
import io.jigress.control.Resource;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The CA certificates that a ConfigMap or Secret holds in its key `ca.crt`.
///
/// @param certificates PEM; empty when there is a fault
/// @param fault the error, as the predicate of a message about the object; null without an error
public record CaBundle(String certificates, @Nullable String fault) {
    public static final String KEY = "ca.crt";

    public static CaBundle read(Resource resource) {
        Json.Obj root = JsonParser.parse(resource.json()) instanceof JsonParser.Result.Parsed(Json json)
                && json instanceof Json.Obj object ? object : Json.Obj.EMPTY;
        byte @Nullable [] pem = null;
        if (resource.key().kind().equals("Secret")) {
            pem = TlsSecret.value(root, KEY);
        } else if (root.members().get("data") instanceof Json.Obj(Map<String, Json> data)
                && data.get(KEY) instanceof Json.Str(String text)) {
            pem = text.getBytes(StandardCharsets.UTF_8);
        }
        if (pem == null) {
            return new CaBundle("", "has no key " + KEY);
        }
        try {
            List<X509Certificate> certificates = TlsSecret.certificates(pem);
            return certificates.isEmpty()
                    ? new CaBundle("", "holds no certificate in " + KEY)
                    : new CaBundle(TlsSecret.text(certificates), null);
        } catch (CertificateException e) {
            return new CaBundle("", "holds a certificate in " + KEY + " that cannot be read");
        }
    }
}
