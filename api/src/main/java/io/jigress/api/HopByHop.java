package io.jigress.api;

import java.util.List;

/// Distinguishes hop-by-hop fields from those of the message (RFC 9110, 7.6.1).
final class HopByHop {
    private static final List<HeaderName> NAMES = List.of(HeaderName.CONNECTION, HeaderName.CONTENT_LENGTH,
            HeaderName.TRANSFER_ENCODING, HeaderName.of("keep-alive"), HeaderName.of("proxy-connection"), HeaderName.of("te"),
            HeaderName.of("trailer"), HeaderName.of("upgrade"));

    private HopByHop() {}

    static boolean is(Headers headers, int i) {
        for (HeaderName name : NAMES) {
            if (headers.isAt(i, name)) {
                return true;
            }
        }
        for (int j = 0; j < headers.size(); j++) {
            if (headers.isAt(j, HeaderName.CONNECTION) && lists(headers.valueAt(j), headers.nameAt(i))) {
                return true;
            }
        }
        return false;
    }

    private static boolean lists(String options, String name) {
        for (String option : options.split(",", -1)) {
            if (option.strip().equalsIgnoreCase(name)) {
                return true;
            }
        }
        return false;
    }
}
