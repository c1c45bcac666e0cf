package io.jigress.dubbo.wire;

import java.util.Map;

/// What the body of a response says.
public sealed interface Reply {

    /// A result, or null of a method that returns nothing.
    ///
    /// @param attachments those that are text, number or boolean, as text
    record Result(HessianValue value, Map<String, String> attachments) implements Reply {
    }

    /// The provider's method threw.
    record Thrown(HessianValue exception, Map<String, String> attachments) implements Reply {
    }

    /// The provider did not call the method: a status other than OK, and its message.
    record Refused(int status, String message) implements Reply {
    }

    /// Bytes that cannot be read, or are beyond the limits.
    record Malformed(String why) implements Reply {
    }
}
