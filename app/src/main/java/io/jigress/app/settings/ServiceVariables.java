package io.jigress.app.settings;

import java.util.regex.Pattern;

/// Recognises the environment variables that Kubernetes sets in every pod for each Service of its namespace
/// (`enableServiceLinks`): a Service named `jigress` or `jigress-admin` would otherwise look like misspelt settings.
final class ServiceVariables {
    /// `JIGRESS_SERVICE_HOST`, `JIGRESS_SERVICE_PORT_HTTP`, `JIGRESS_ADMIN_PORT_8001_TCP_ADDR`.
    private static final Pattern NAMES = Pattern.compile(
            "JIGRESS(_[A-Z0-9_]+)?_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\\d{1,5}_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)");
    /// `JIGRESS_PORT` could be meant for a setting; only its value shows where it comes from.
    private static final Pattern PORT = Pattern.compile("JIGRESS(_[A-Z0-9_]+)?_PORT");
    private static final Pattern PORT_VALUE = Pattern.compile("(tcp|udp|sctp)://\\S+:\\d{1,5}");

    private ServiceVariables() {}

    static boolean injected(String variable, String value) {
        return NAMES.matcher(variable).matches() || PORT.matcher(variable).matches() && PORT_VALUE.matcher(value).matches();
    }
}
