package io.jigress.sources.registry;

/// A text that Dubbo's providers keep beside their registrations.
///
/// @param service an interface
/// @param version, group of a definition; empty where the provider has none
/// @param application of a definition
public record RegistryText(Kind kind, String service, String version, String group, String application) {

    public enum Kind {
        /// Which applications provide an interface: their names, with commas between them.
        MAPPING,
        /// The methods of an interface and the classes that they use, as JSON.
        DEFINITION
    }

    /// Which applications provide an interface.
    public static RegistryText mapping(String service) {
        return new RegistryText(Kind.MAPPING, service, "", "", "");
    }

    /// What an application publishes of an interface.
    public static RegistryText definition(String service, String version, String group, String application) {
        return new RegistryText(Kind.DEFINITION, service, version, group, application);
    }
}
