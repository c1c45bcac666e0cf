package io.jigress.proxy.upstream;

import java.time.Duration;

/// How names are resolved.
///
/// @param timeout for a name server to answer
/// @param minTtl a name is not asked for again earlier
/// @param maxTtl a name is asked for again after so long
/// @param ednsBytes the longest answer that a name server is told to send by UDP (EDNS); what is longer is asked for by TCP
public record DnsSettings(Duration timeout, Duration minTtl, Duration maxTtl, int ednsBytes) {
    public static final DnsSettings DEFAULT = new DnsSettings(Duration.ofSeconds(5), Duration.ofSeconds(1),
            Duration.ofMinutes(5), 1232);
}
