package io.jigress.grpcjson;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import io.jigress.grpcjson.descriptor.Schema;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/// The descriptor sets of `src/test/proto`, which protoc made: `protoc --include_imports --descriptor_set_out=NAME.protoset NAME.proto`.
public final class Protosets {
    private Protosets() {}

    public static byte[] bytes(String name) {
        try (InputStream in = Protosets.class.getResourceAsStream(name + ".protoset")) {
            return Objects.requireNonNull(in, name).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Schema schema(String name) {
        if (Schema.compile(bytes(name)) instanceof Schema.Outcome.Compiled(Schema schema)) {
            return schema;
        }
        throw new AssertionError(Schema.compile(bytes(name)));
    }

    /// The same message for Google's library.
    public static Descriptor descriptor(String name, String message) {
        try {
            Map<String, FileDescriptor> files = new HashMap<>();
            for (FileDescriptorProto file : FileDescriptorSet.parseFrom(bytes(name)).getFileList()) {
                FileDescriptor[] imports = file.getDependencyList().stream().map(files::get).toArray(FileDescriptor[]::new);
                FileDescriptor made = FileDescriptor.buildFrom(file, imports);
                files.put(file.getName(), made);
                Descriptor found = made.findMessageTypeByName(message);
                if (found != null && file.getName().equals(name + ".proto")) {
                    return found;
                }
            }
        } catch (IOException | DescriptorValidationException e) {
            throw new AssertionError(e);
        }
        throw new AssertionError(name + " has no message " + message);
    }
}
