package io.jigress.app.sources;

import io.jigress.config.EndpointDirectory;
import io.jigress.config.EndpointRef;
import io.jigress.config.Endpoints;
import java.util.Map;
import java.util.function.Consumer;

/// Combines several directories: each name is looked up in its directory. Names of a missing directory stay unknown.
public final class Directories implements EndpointDirectory {
    private final Map<String, EndpointDirectory> byName;

    public Directories(Map<String, EndpointDirectory> byName) {
        this.byName = Map.copyOf(byName);
    }

    @Override
    public Watch watch(EndpointRef.Named name, Consumer<Endpoints> listener) {
        EndpointDirectory directory = byName.get(name.directory());
        if (directory == null) {
            listener.accept(Endpoints.UNKNOWN);
            return () -> {};
        }
        return directory.watch(name, listener);
    }
}
