package io.jigress.control.kinds;

import io.jigress.api.JsonReader;

/// Checks mappings from HTTP to Dubbo.
public interface RpcSyntax {

    /// Reads the fields of a mapping and reports errors to the reader. Fields that the caller has read or ignored are skipped.
    ///
    /// @param published whether providers may publish the types that the mapping omits
    void mapping(JsonReader spec, boolean published);

    /// Reads the settings of connections to providers and reports errors to the reader.
    void connection(JsonReader connection);

    /// Whether a text is a Java type such as `int` or `java.util.List<java.lang.Long>`.
    boolean isJavaType(String text);
}
