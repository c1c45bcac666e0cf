package io.jigress.testkit.grpc;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/// The service that test servers and clients share: a method of each streaming kind.
public final class ByteMethods {
    public static final String SERVICE = "test.Bytes";
    public static final MethodDescriptor<byte[], byte[]> UNARY = method(SERVICE, "Unary", MethodType.UNARY);
    public static final MethodDescriptor<byte[], byte[]> SERVER_STREAM = method(SERVICE, "ServerStream",
            MethodType.SERVER_STREAMING);
    public static final MethodDescriptor<byte[], byte[]> CLIENT_STREAM = method(SERVICE, "ClientStream",
            MethodType.CLIENT_STREAMING);
    public static final MethodDescriptor<byte[], byte[]> BOTH_STREAM = method(SERVICE, "BothStream", MethodType.BIDI_STREAMING);
    static final List<MethodDescriptor<byte[], byte[]>> ALL = List.of(UNARY, SERVER_STREAM, CLIENT_STREAM, BOTH_STREAM);

    private ByteMethods() {}

    /// A method of any service.
    public static MethodDescriptor<byte[], byte[]> method(String service, String name, MethodType type) {
        return MethodDescriptor.<byte[], byte[]>newBuilder().setType(type)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(service, name))
                .setRequestMarshaller(new Bytes()).setResponseMarshaller(new Bytes()).build();
    }

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
