package io.jigress.control.kinds;

import io.jigress.api.JsonReader;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Which certificates the clients of a Gateway's HTTPS listeners must show.
///
/// @param fallback for ports without settings of their own; null when clients need no certificates
/// @param ports the settings of single ports; empty for a port whose clients need no certificates
/// @param valid false when a field is invalid: no HTTPS listener is opened, since it might not verify its clients
public record FrontendTls(@Nullable Validation fallback, Map<Integer, Validation> ports, boolean valid) {
    public static final FrontendTls NONE = new FrontendTls(null, Map.of(), true);

    static final FrontendTls INVALID = new FrontendTls(null, Map.of(), false);

    private static final String NOT_OPENED = "the HTTPS listeners are not opened";

    /// @param authorities the objects that hold the CA certificates; empty for a port whose clients need no certificates
    /// @param insecure whether clients may also show invalid ones, or none
    public record Validation(List<ListenerTls.Ref> authorities, boolean insecure) {}

    /// @param listeners of the Gateway
    /// @param sets whether ListenerSets may add further ones
    static FrontendTls read(Document document, JsonReader frontend, List<Gateway.Listener> listeners, boolean sets) {
        int mark = document.mark();
        JsonReader usual = frontend.object("default");
        Validation fallback = validation(document, usual);
        usual.finishStrictly(NOT_OPENED);
        Map<Integer, Validation> ports = new HashMap<>();
        for (JsonReader item : frontend.objects("perPort")) {
            int port = (int) item.requiredInteger("port", 1, 65535);
            JsonReader tls = item.object("tls");
            Validation own = validation(document, tls);
            tls.finishStrictly(NOT_OPENED);
            item.finishStrictly(NOT_OPENED);
            if (ports.put(port, own == null ? new Validation(List.of(), false) : own) != null) {
                item.error("port", "is " + port + ", which an earlier item has", "a port of its own");
            }
            if (item.has("port") && !sets && listeners.stream().noneMatch(listener -> listener.port() == port)) {
                item.error("port", "is " + port + ", which no listener has, so that " + NOT_OPENED, "one of "
                        + listeners.stream().map(listener -> Integer.toString(listener.port())).distinct().sorted()
                                .collect(Collectors.joining(", ")));
            }
        }
        frontend.finishStrictly(NOT_OPENED);
        return new FrontendTls(fallback, Map.copyOf(ports), !document.failedSince(mark));
    }

    private static @Nullable Validation validation(Document document, JsonReader tls) {
        tls.ignore("validation");
        if (!tls.has("validation")) {
            return null;
        }
        int mark = document.mark();
        JsonReader validation = tls.object("validation");
        String mode = validation.text("mode", "AllowValidOnly");
        if (!mode.equals("AllowValidOnly") && !mode.equals("AllowInsecureFallback")) {
            validation.unknown("mode", mode, List.of("AllowValidOnly", "AllowInsecureFallback"));
        }
        List<ListenerTls.Ref> authorities = ListenerTls.refs(validation, "caCertificateRefs", document, Kinds.CORE,
                "ConfigMap");
        if (authorities.isEmpty() && !document.failedSince(mark)) {
            validation.error("caCertificateRefs", "is empty, so that " + NOT_OPENED, "at least one ConfigMap with ca.crt");
        }
        validation.finishStrictly(NOT_OPENED);
        return new Validation(authorities, mode.equals("AllowInsecureFallback"));
    }

    /// What the clients of a port must show; null for nothing.
    public @Nullable Validation of(int port) {
        Validation own = ports.get(port);
        Validation wanted = own != null ? own : fallback;
        return wanted == null || wanted.authorities.isEmpty() ? null : wanted;
    }
}
