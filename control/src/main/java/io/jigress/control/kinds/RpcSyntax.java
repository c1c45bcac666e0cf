package io.jigress.control.kinds;

import io.jigress.api.JsonReader;

/// Knows the mappings from HTTP to Dubbo that the data plane carries out.
public interface RpcSyntax {

    /// Reads the fields of a mapping; faults go to the reader. Fields that its owner has read or ignored are left alone.
    ///
    /// @param published whether providers may publish the types that the mapping leaves out
    void mapping(JsonReader spec, boolean published);

    /// Reads the settings of the connections to providers; faults go to the reader.
    void connection(JsonReader connection);

    /// Whether a text is a Java type such as `int` or `java.util.List<java.lang.Long>`.
    boolean isJavaType(String text);
}
