package io.jigress.app.demo;

import java.util.Collection;

/// The samples of the demo, for tests of other packages.
public final class DemoSamples {
    private DemoSamples() {}

    /// The texts of its files.
    public static Collection<String> texts() {
        return DemoFolder.files(8080, 1, 2).values();
    }
}
