package io.jigress.sources.registry;

import io.jigress.control.RegistryService;
import io.jigress.control.RegistrySettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A registry that returns what the test sets, and records its calls.
final class ScriptedRegistry implements RegistryClient.Factory {
    final List<Client> clients = new ArrayList<>();

    @Override
    public Client open(RegistrySettings settings) {
        Client client = new Client(settings);
        clients.add(client);
        return client;
    }

    /// The client in use.
    Client client() {
        return clients.getLast();
    }

    static final class Client implements RegistryClient {
        final RegistrySettings settings;
        final Map<String, Listener> followed = new LinkedHashMap<>();
        State state = new State(true, "");
        boolean closed;

        Client(RegistrySettings settings) {
            this.settings = settings;
        }

        @Override
        public void follow(RegistryService service, Listener listener) {
            if (followed.put(service.name(), listener) != null) {
                throw new IllegalStateException(service + " is followed twice");
            }
        }

        @Override
        public void unfollow(RegistryService service) {
            if (followed.remove(service.name()) == null) {
                throw new IllegalStateException(service + " is not followed");
            }
        }

        @Override
        public State state() {
            return state;
        }

        void push(String service, Instance... instances) {
            followed.get(service).instances(List.of(instances));
        }

        void fail(String service, String why) {
            followed.get(service).failed(why);
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
