package io.jigress.control;

import java.util.regex.Pattern;

/// What Kubernetes accepts as names of namespaces and of objects.
///
/// Source: RFC 1123, section 2.1.
public final class DnsName {
    private static final int LONGEST = 253;
    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
    private static final Pattern SUBDOMAIN = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

    private DnsName() {}

    /// As the name of a namespace is.
    public static boolean isLabel(String text) {
        return LABEL.matcher(text).matches();
    }

    /// As the name of most objects is: labels with dots between them.
    public static boolean isSubdomain(String text) {
        return text.length() <= LONGEST && SUBDOMAIN.matcher(text).matches();
    }
}
