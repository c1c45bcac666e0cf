package io.jigress.sources.registry;

/// A text that Dubbo providers publish in the registry in addition to their registrations.
///
/// @param service the interface
/// @param version, group of a definition; empty where the provider has none
/// @param application of a definition
public record RegistryText(Kind kind, String service, String version, String group, String application) {

    public enum Kind {
        /// The names of the applications that provide an interface, separated by commas.
        MAPPING,
        /// The methods of an interface and the classes that they use, in JSON.
        DEFINITION
    }

    /// The applications that provide an interface.
    public static RegistryText mapping(String service) {
        return new RegistryText(Kind.MAPPING, service, "", "", "");
    }

    /// The definition of an interface that an application publishes.
    public static RegistryText definition(String service, String version, String group, String application) {
        return new RegistryText(Kind.DEFINITION, service, version, group, application);
    }
}
