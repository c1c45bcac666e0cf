package io.jigress.grpcjson.descriptor;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The messages and methods of a descriptor set. Those of `google.protobuf`, of google.rpc.Status and its details, and google.api.HttpBody are known in
/// each schema. Immutable.
public final class Schema {
    private final Map<String, MessageType> messages;
    private final Map<String, List<Method>> services;

    Schema(Map<String, MessageType> messages, Map<String, List<Method>> services) {
        this.messages = messages;
        this.services = services;
    }

    /// The result of compiling descriptors.
    public sealed interface Outcome {
        record Compiled(Schema schema) implements Outcome {}

        /// @param what is wrong, for people
        record Invalid(String what) implements Outcome {}
    }

    /// @param descriptorSet a message google.protobuf.FileDescriptorSet, with its imports
    public static Outcome compile(byte[] descriptorSet) {
        try {
            return compile(FileDescriptorSet.parseFrom(descriptorSet).getFileList());
        } catch (InvalidProtocolBufferException e) {
            return new Outcome.Invalid("is no descriptor set: " + e.getMessage());
        }
    }

    /// @param files each a message google.protobuf.FileDescriptorProto
    public static Outcome compileFiles(Iterable<byte[]> files) {
        List<FileDescriptorProto> parsed = new ArrayList<>();
        try {
            for (byte[] file : files) {
                parsed.add(FileDescriptorProto.parseFrom(file));
            }
        } catch (InvalidProtocolBufferException e) {
            return new Outcome.Invalid("has a file that is no file descriptor: " + e.getMessage());
        }
        return compile(parsed);
    }

    private static Outcome compile(List<FileDescriptorProto> files) {
        try {
            return new Outcome.Compiled(new SchemaCompiler().compile(files));
        } catch (SchemaCompiler.Fault fault) {
            return new Outcome.Invalid(String.valueOf(fault.getMessage()));
        }
    }

    /// Null when there is no message of this full name.
    public @Nullable MessageType message(String fullName) {
        return messages.get(fullName);
    }

    /// By full name.
    public Map<String, List<Method>> services() {
        return services;
    }
}
