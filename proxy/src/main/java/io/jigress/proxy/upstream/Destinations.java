package io.jigress.proxy.upstream;

import java.util.HashMap;
import java.util.Map;

/// All [Destination]s of the process. One that no cluster has is kept until its last connection is closed, so that an address that comes
/// back meets its connections again. For several threads.
final class Destinations {
    private final Map<Destination.Key, Destination> destinations = new HashMap<>();
    private final TunnelLog tunnels = new TunnelLog(System::nanoTime);

    synchronized Destination retain(Destination.Key key) {
        Destination destination = destinations.computeIfAbsent(key, _ -> new Destination(key, tunnels, this::dropIfUnused));
        destination.users = destination.users + 1;
        return destination;
    }

    synchronized void release(Destination destination) {
        destination.users = destination.users - 1;
        dropIfUnused(destination);
    }

    private synchronized void dropIfUnused(Destination destination) {
        if (destination.users == 0 && destination.connections() == 0) {
            destinations.remove(destination.key(), destination);
        }
    }

    synchronized int size() {
        return destinations.size();
    }
}
