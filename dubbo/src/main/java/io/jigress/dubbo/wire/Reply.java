package io.jigress.dubbo.wire;

import java.util.Map;

/// The content of a response's body.
public sealed interface Reply {

    /// A result; null for a method that returns nothing.
    ///
    /// @param attachments that are strings, numbers or booleans, as text
    record Result(HessianValue value, Map<String, String> attachments) implements Reply {
    }

    /// The method threw an exception.
    record Thrown(HessianValue exception, Map<String, String> attachments) implements Reply {
    }

    /// The provider did not call the method: it sent a status other than OK, and a message.
    record Refused(int status, String message) implements Reply {
    }

    /// A Triple call has ended with another gRPC status than OK, and without a result.
    ///
    /// @param code of gRPC
    record Failed(int code, String message, Map<String, String> attachments) implements Reply {
    }

    /// The bytes cannot be read, or exceed the limits.
    record Malformed(String why) implements Reply {
    }
}
