package io.jigress.admin;

import io.netty.util.NetUtil;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Refuses requests whose Host is not a name of this gateway.
///
/// A web page can make its own name resolve to 127.0.0.1 and then read what a browser's user can reach there (DNS rebinding). Its requests
/// have that name as Host; requests of operators have `localhost`, an address, or a name that they have configured.
public final class HostCheck {
    private final @Nullable Set<String> names;

    private HostCheck(@Nullable Set<String> names) {
        this.names = names;
    }

    /// Accepts all names, for a listener without confidential data.
    public static HostCheck any() {
        return new HostCheck(null);
    }

    /// @param names allowed besides `localhost` and IP literals, without port
    public static HostCheck of(Collection<String> names) {
        Set<String> allowed = new TreeSet<>(Set.of("localhost"));
        names.forEach(name -> allowed.add(name.toLowerCase(Locale.ROOT)));
        return new HostCheck(allowed);
    }

    /// @param authority the value of the Host field: `localhost:8001`, `[::1]`
    boolean allows(String authority) {
        return names == null || isAddress(authority) || names.contains(name(authority));
    }

    private static boolean isAddress(String authority) {
        int bracket = authority.indexOf(']');
        return authority.startsWith("[") && bracket > 0
                ? NetUtil.isValidIpV6Address(authority.substring(1, bracket))
                        && authority.substring(bracket + 1).matches("(:\\d{0,5})?")
                : NetUtil.isValidIpV4Address(name(authority));
    }

    private static String name(String authority) {
        String name = authority.replaceFirst(":\\d{0,5}$", "").toLowerCase(Locale.ROOT);
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }
}
