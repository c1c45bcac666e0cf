package io.jigress.config;

import java.util.List;
import java.util.stream.Stream;

/// A protocol that ALPN can choose (RFC 7301).
public enum ApplicationProtocol {
    HTTP_2("h2"), HTTP_1_1("http/1.1"), HTTP_1_0("http/1.0");

    /// The default offer of ALPN, the preferred protocol first.
    public static final List<ApplicationProtocol> DEFAULT = List.of(values());

    private final String id;

    ApplicationProtocol(String id) {
        this.id = id;
    }

    /// Its name in ALPN.
    public String id() {
        return id;
    }

    /// @return empty for a protocol that is not supported
    public static Stream<ApplicationProtocol> of(String id) {
        return Stream.of(values()).filter(each -> each.id.equals(id));
    }
}
