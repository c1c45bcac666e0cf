package io.jigress.proxy.http1;

import io.jigress.api.Headers;
import io.jigress.proxy.http.HopByHop;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// The protocols that the Upgrade fields of a head name (RFC 9110, 7.8).
final class UpgradeProtocols {
    private UpgradeProtocols() {}

    /// In lower case.
    static List<String> of(Headers headers) {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < headers.size(); i++) {
            if (headers.isAt(i, HopByHop.UPGRADE)) {
                all.append(all.isEmpty() ? "" : ",").append(headers.valueAt(i));
            }
        }
        return Arrays.stream(all.toString().split(",")).map(each -> each.strip().toLowerCase(Locale.ROOT))
                .filter(each -> !each.isEmpty()).toList();
    }

    /// Whether an upstream that switches to these chose only from those that were asked for.
    static boolean areAmong(List<String> chosen, List<String> asked) {
        return !chosen.isEmpty() && asked.containsAll(chosen);
    }
}
