package io.jigress.proxy.upstream;

import io.jigress.api.UpstreamProtocol;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// All [Destination]s of the process. One that no cluster has is kept until its last connection is closed, so that an address that comes
/// back meets its connections again. For several threads.
final class Destinations {
    private final Map<Destination.Key, Destination> destinations = new HashMap<>();
    private final Set<Destination> retired = new HashSet<>();

    synchronized Destination retain(InetSocketAddress address, UpstreamProtocol protocol) {
        Destination destination = destinations.computeIfAbsent(new Destination.Key(address, protocol), Destination::new);
        if (destination.users == 0) {
            retired.remove(destination);
        }
        destination.users = destination.users + 1;
        return destination;
    }

    synchronized void release(Destination destination) {
        destination.users = destination.users - 1;
        if (destination.users == 0) {
            retired.add(destination);
        }
        retired.removeIf(old -> old.connections() == 0 && destinations.remove(old.key()) != null);
    }

    synchronized int size() {
        return destinations.size();
    }
}
