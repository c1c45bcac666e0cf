package io.jigress.grpcjson.descriptor;

import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An enum: its values by name and by number. Immutable.
public final class EnumType {
    private static final String NULL_VALUE = "google.protobuf.NullValue";

    private final String fullName;
    private final Map<String, Integer> numbers = new HashMap<>();
    /// The names in quotes.
    private final Map<Integer, byte[]> names = new HashMap<>();
    private final int first;

    EnumType(String fullName, EnumDescriptorProto descriptor) {
        this.fullName = fullName;
        for (EnumValueDescriptorProto value : descriptor.getValueList()) {
            numbers.put(value.getName(), value.getNumber());
            names.putIfAbsent(value.getNumber(), ("\"" + value.getName() + "\"").getBytes(StandardCharsets.UTF_8));
        }
        first = descriptor.getValueCount() == 0 ? 0 : descriptor.getValue(0).getNumber();
    }

    public String fullName() {
        return fullName;
    }

    /// Whether its only value stands for `null` of JSON.
    public boolean isNullValue() { return fullName.equals(NULL_VALUE); }

    /// Null when there is no value of this name.
    public @Nullable Integer number(String name) {
        return numbers.get(name);
    }

    /// The name of a value as a JSON string; null when the number has none. Must not be changed.
    public byte @Nullable [] quotedName(int number) {
        return names.get(number);
    }

    /// The number of the value that a field has when it is not set.
    public int first() {
        return first;
    }
}
