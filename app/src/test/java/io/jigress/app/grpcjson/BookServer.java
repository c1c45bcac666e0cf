package io.jigress.app.grpcjson;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import com.google.protobuf.UnknownFieldSet;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.jigress.testkit.grpc.ByteMethods;
import io.jigress.testkit.grpc.GrpcServerCall;
import io.jigress.testkit.grpc.GrpcTestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/// A server of grpc-java with the service `shop.Books` of `shop.proto`, on messages of Google's library.
final class BookServer implements AutoCloseable {
    private static final Path SET = Path.of("..", "grpcjson", "src", "test", "resources", "io", "jigress", "grpcjson",
            "shop.protoset");
    private static final Metadata.Key<byte[]> DETAILS = Metadata.Key.of("grpc-status-details-bin",
            Metadata.BINARY_BYTE_MARSHALLER);
    private static final int LONG_BYTES = 10_000;

    private final FileDescriptor file;
    private final GrpcTestServer server;

    private BookServer(UnaryOperator<NettyServerBuilder> options) {
        file = descriptors();
        List<MethodDescriptor<byte[], byte[]>> methods = new ArrayList<>();
        file.findServiceByName("Books").getMethods()
                .forEach(method -> methods.add(ByteMethods.method("shop.Books", method.getName(),
                        method.isClientStreaming()
                                ? method.isServerStreaming() ? MethodType.BIDI_STREAMING : MethodType.CLIENT_STREAMING
                                : method.isServerStreaming() ? MethodType.SERVER_STREAMING : MethodType.UNARY)));
        server = GrpcTestServer.start(this::serve, methods, options,
                (ProtoFileDescriptorSupplier) () -> file);
    }

    static BookServer start() {
        return new BookServer(UnaryOperator.identity());
    }

    /// With the reflection service of grpc-java.
    static BookServer reflecting() {
        return new BookServer(builder -> builder.addService(ProtoReflectionServiceV1.newInstance()));
    }

    /// With the older version of the reflection service.
    @SuppressWarnings("deprecation")
    static BookServer reflectingAlpha() {
        return new BookServer(builder -> builder.addService(ProtoReflectionService.newInstance()));
    }

    static byte[] set() {
        try {
            return Files.readAllBytes(SET);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static FileDescriptor descriptors() {
        try {
            Map<String, FileDescriptor> files = new HashMap<>();
            for (FileDescriptorProto file : FileDescriptorSet.parseFrom(set()).getFileList()) {
                files.put(file.getName(), FileDescriptor.buildFrom(file,
                        file.getDependencyList().stream().map(files::get).toArray(FileDescriptor[]::new)));
            }
            return Objects.requireNonNull(files.get("shop.proto"));
        } catch (InvalidProtocolBufferException | DescriptorValidationException e) {
            throw new AssertionError(e);
        }
    }

    int port() {
        return server.address().getPort();
    }

    GrpcServerCall lastCall() {
        return server.calls().getLast();
    }

    @Override
    public void close() {
        server.close();
    }

    // ---- messages

    private DynamicMessage.Builder message(String type) {
        return DynamicMessage.newBuilder(file.findMessageTypeByName(type));
    }

    private static FieldDescriptor field(Message.Builder of, String name) {
        return Objects.requireNonNull(of.getDescriptorForType().findFieldByName(name), name);
    }

    private DynamicMessage read(String type, byte[] bytes) throws InvalidProtocolBufferException {
        Descriptor descriptor = file.findMessageTypeByName(type);
        return DynamicMessage.parseFrom(descriptor, bytes);
    }

    private static Object get(Message message, String name) {
        return message.getField(message.getDescriptorForType().findFieldByName(name));
    }

    private DynamicMessage book(String name, String title) {
        DynamicMessage.Builder book = message("Book");
        DynamicMessage.Builder author = message("Author");
        author.setField(field(author, "name"), "J. Gray").setField(field(author, "born"), 1L << 60);
        return book.setField(field(book, "name"), name).setField(field(book, "title"), title)
                .setField(field(book, "price_cents"), 1999L).setField(field(book, "author"), author.build())
                .setField(field(book, "published"), Timestamp.newBuilder().setSeconds(1_700_000_000L).build()).build();
    }

    // ---- methods

    private void serve(GrpcServerCall call) throws Exception {
        String method = call.method().substring(call.method().indexOf('/') + 1);
        if (method.equals("Sum") || method.equals("Double")) {
            numbers(call, method.equals("Sum"));
            return;
        }
        byte[] request = Objects.requireNonNull(call.read());
        switch (method) {
            case "GetBook" -> getBook(call, (String) get(read("GetBookRequest", request), "name"));
            case "ListBooks" -> {
                DynamicMessage.Builder answer = message("ListBooksResponse");
                DynamicMessage list = read("ListBooksRequest", request);
                answer.addRepeatedField(field(answer, "books"), book((String) get(list, "parent"), list.toString().strip()));
                call.send(answer.build().toByteArray());
                call.end();
            }
            case "CreateBook" -> {
                call.send(request);
                call.end();
            }
            case "UpdateBook" -> {
                call.send(((Message) get(read("UpdateBookRequest", request), "book")).toByteArray());
                call.end();
            }
            case "MoveBook" -> {
                DynamicMessage move = read("MoveBookRequest", request);
                call.send(book((String) get(move, "to"), "moved from " + get(move, "name")).toByteArray());
                call.end();
            }
            case "DeleteBook", "Purge" -> {
                call.send(new byte[0]);
                call.end();
            }
            case "Count" -> count(call, read("CountRequest", request));
            case "Upload" -> {
                Message file = (Message) get(read("UploadRequest", request), "file");
                call.send(file.toByteArray());
                call.end();
            }
            default -> call.end(Status.UNIMPLEMENTED, new Metadata());
        }
    }

    private void getBook(GrpcServerCall call, String name) throws InterruptedException {
        if (name.endsWith("/missing")) {
            Metadata trailers = new Metadata();
            UnknownFieldSet.Field detail = UnknownFieldSet.Field.newBuilder().addLengthDelimited(UnknownFieldSet.newBuilder()
                    .addField(1, text("type.googleapis.com/google.rpc.ErrorInfo"))
                    .addField(2, UnknownFieldSet.Field.newBuilder().addLengthDelimited(UnknownFieldSet.newBuilder()
                            .addField(1, text("NO_SUCH_BOOK")).addField(2, text("shop.example")).build().toByteString()).build())
                    .build().toByteString()).build();
            trailers.put(DETAILS,
                    UnknownFieldSet.newBuilder().addField(1, UnknownFieldSet.Field.newBuilder().addVarint(5).build())
                            .addField(2, text("no book " + name)).addField(3, detail).build().toByteArray());
            call.end(Status.NOT_FOUND.withDescription("no book " + name), trailers);
        } else if (name.endsWith("/late-failure")) {
            call.sendHeaders(new Metadata());
            call.end(Status.FAILED_PRECONDITION.withDescription("schön spät"), new Metadata());
        } else if (name.endsWith("/long")) {
            call.send(book(name, "x".repeat(LONG_BYTES)).toByteArray());
            call.end();
        } else {
            call.send(book(name, "Transactions").toByteArray());
            call.end();
        }
    }

    private static UnknownFieldSet.Field text(String text) {
        return UnknownFieldSet.Field.newBuilder().addLengthDelimited(ByteString.copyFromUtf8(text)).build();
    }

    private void count(GrpcServerCall call, DynamicMessage range) throws InterruptedException {
        int failAt = (int) get(range, "fail_at");
        for (int i = (int) get(range, "from"); i <= (int) get(range, "to"); i++) {
            if (failAt != 0 && i == failAt) {
                call.end(Status.ABORTED.withDescription("at " + i), new Metadata());
                return;
            }
            call.send(number(i));
        }
        call.end();
    }

    private byte[] number(int value) {
        DynamicMessage.Builder number = message("Number");
        return number.setField(field(number, "value"), value).build().toByteArray();
    }

    private void numbers(GrpcServerCall call, boolean sum) throws Exception {
        int total = 0;
        for (byte[] each = call.read(); each != null; each = call.read()) {
            int value = (int) get(read("Number", each), "value");
            total += value;
            if (!sum) {
                call.send(number(2 * value));
            }
        }
        if (sum) {
            call.send(number(total));
        }
        call.end();
    }
}
