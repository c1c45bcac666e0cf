package io.jigress.bench.registry;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/// One service registry: instances on the loopback address, known by their ports, and a client that only records what the registry lists.
interface DrivenRegistry {
    /// Registers an instance; returns when the registry has accepted it.
    void add(String service, int port) throws Exception;

    /// Deregisters an instance; returns when the registry has accepted that.
    void remove(String service, int port) throws Exception;

    /// Calls with the ports of a service whenever the registry tells of them; on any thread.
    void follow(String service, Consumer<Set<Integer>> heard) throws Exception;

    /// Registers many services with as many instances of addresses that do not exist.
    default void fill(int services, int instances) throws Exception {
        throw new UnsupportedOperationException("fill");
    }

    /// Ends the connections of all instances, so that the registry drops them by itself where it does that; they are not registered again.
    default void absent() throws Exception {}

    /// Calls with a data id whenever the registry tells that it was changed.
    default void listen(String group, String dataId, Runnable heard) throws Exception {
        throw new UnsupportedOperationException("listen");
    }

    /// Writes a data id.
    default void publish(String group, String dataId, String text) throws Exception {
        throw new UnsupportedOperationException("publish");
    }

    static DrivenRegistry open(String type, String server) throws Exception {
        return switch (type) {
            case "nacos" -> new DrivenNacos(server);
            case "zookeeper" -> new DrivenZooKeeper(server);
            case "consul" -> new DrivenConsul(server);
            case "eureka" -> new DrivenEureka(server);
            case "dns" -> new DrivenDns(server);
            default -> throw new IllegalArgumentException(type + " (expected: one of "
                    + List.of("nacos", "zookeeper", "consul", "eureka", "dns") + ")");
        };
    }
}
