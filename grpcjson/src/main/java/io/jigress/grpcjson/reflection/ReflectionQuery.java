package io.jigress.grpcjson.reflection;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import io.jigress.api.CallLimits;
import io.jigress.api.CallRequest;
import io.jigress.api.GrpcCall;
import io.jigress.api.GrpcSink;
import io.jigress.api.GrpcStatus;
import io.jigress.api.UpstreamCallers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One conversation with the reflection service of a server: the files of some services, and the files that they import. Event loop only.
public final class ReflectionQuery implements GrpcSink {
    /// Fields of ServerReflectionRequest.
    private static final int FILE_BY_FILENAME = 3;
    private static final int FILE_CONTAINING_SYMBOL = 4;
    private static final int LIST_SERVICES = 7;
    /// Fields of ServerReflectionResponse.
    private static final int FILES = 4;
    private static final int SERVICES = 6;
    private static final int ERROR = 7;

    private static final List<String> PATHS = List.of("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo");
    private static final String OWN_PACKAGE = "grpc.";
    private static final int MAX_MESSAGE_BYTES = 4 << 20;
    private static final int MAX_BYTES = 16 << 20;
    private static final int MAX_FILES = 2_000;

    private final UpstreamCallers callers;
    private final String cluster;
    private final String authority;
    private final List<String> services;
    private final Duration timeout;
    private final Consumer<Result> result;

    private int version;
    private @Nullable GrpcCall call;
    private final Deque<UnknownFieldSet> requests = new ArrayDeque<>();
    private final Set<String> asked = new HashSet<>();
    private final List<byte[]> files = new ArrayList<>();
    private long bytes;
    /// The file that was asked for; null when a symbol or the list was.
    private @Nullable String file;

    /// What the server has told.
    public sealed interface Result {

        /// @param descriptors each a FileDescriptorProto
        record Files(List<byte[]> descriptors) implements Result {}

        record Failed(String why) implements Result {}
    }

    private ReflectionQuery(UpstreamCallers callers, String cluster, String authority, List<String> services, Duration timeout,
            Consumer<Result> result) {
        this.callers = callers;
        this.cluster = cluster;
        this.authority = authority;
        this.services = services;
        this.timeout = timeout;
        this.result = result;
    }

    /// @param services full names; empty for all that the server lists
    /// @param result is called once, later than this method returns, unless the filter is closed before
    public static void start(UpstreamCallers callers, String cluster, String authority, List<String> services,
            Duration timeout, Consumer<Result> result) {
        new ReflectionQuery(callers, cluster, authority, services, timeout, result).open();
    }

    private void open() {
        requests.clear();
        asked.clear();
        files.clear();
        bytes = 0;
        call = callers.grpc(cluster, CallRequest.of("POST", authority, PATHS.get(version)), CallLimits.within(timeout),
                MAX_MESSAGE_BYTES, this);
        if (services.isEmpty()) {
            requests.add(request(LIST_SERVICES, "*"));
        } else {
            services.forEach(service -> requests.add(request(FILE_CONTAINING_SYMBOL, service)));
        }
        next();
    }

    private static UnknownFieldSet request(int field, String value) {
        return UnknownFieldSet.newBuilder()
                .addField(field, UnknownFieldSet.Field.newBuilder().addLengthDelimited(ByteString.copyFromUtf8(value)).build())
                .build();
    }

    private void next() {
        GrpcCall open = call;
        UnknownFieldSet request = requests.poll();
        if (open == null) {
            return;
        }
        if (request == null) {
            finish(new Result.Files(List.copyOf(files)));
            return;
        }
        List<ByteString> name = request.getField(FILE_BY_FILENAME).getLengthDelimitedList();
        file = name.isEmpty() ? null : name.getFirst().toStringUtf8();
        open.send(Unpooled.wrappedBuffer(request.toByteArray()));
    }

    private void finish(Result with) {
        GrpcCall open = call;
        call = null;
        if (open != null) {
            open.halfClose();
            open.cancel();
        }
        result.accept(with);
    }

    @Override
    public void message(ByteBuf message) {
        try {
            UnknownFieldSet response = UnknownFieldSet.parseFrom(ByteBufUtil.getBytes(message));
            if (response.hasField(ERROR)) {
                error(UnknownFieldSet.parseFrom(response.getField(ERROR).getLengthDelimitedList().getLast()));
            } else if (response.hasField(SERVICES)) {
                list(UnknownFieldSet.parseFrom(response.getField(SERVICES).getLengthDelimitedList().getLast()));
            } else {
                for (ByteString set : response.getField(FILES).getLengthDelimitedList()) {
                    for (ByteString each : UnknownFieldSet.parseFrom(set).getField(1).getLengthDelimitedList()) {
                        add(each);
                    }
                }
            }
        } catch (InvalidProtocolBufferException e) {
            finish(new Result.Failed("its reflection service sent a message that cannot be read: " + e.getMessage()));
        }
        if (call != null) {
            next();
        }
    }

    /// A file that is missing may be one that is known here, or that no message needs.
    private void error(UnknownFieldSet error) {
        if (file == null) {
            List<ByteString> text = error.getField(2).getLengthDelimitedList();
            finish(new Result.Failed("its reflection service answered: "
                    + (text.isEmpty() ? "an error" : text.getLast().toStringUtf8())));
        }
    }

    private void list(UnknownFieldSet list) throws InvalidProtocolBufferException {
        for (ByteString service : list.getField(1).getLengthDelimitedList()) {
            List<ByteString> name = UnknownFieldSet.parseFrom(service).getField(1).getLengthDelimitedList();
            if (!name.isEmpty() && !name.getLast().toStringUtf8().startsWith(OWN_PACKAGE) && requests.size() < MAX_FILES) {
                requests.add(request(FILE_CONTAINING_SYMBOL, name.getLast().toStringUtf8()));
            }
        }
    }

    private void add(ByteString descriptor) throws InvalidProtocolBufferException {
        FileDescriptorProto parsed = FileDescriptorProto.parseFrom(descriptor);
        if (call == null || !asked.add("has " + parsed.getName())) {
            return;
        }
        bytes += descriptor.size();
        if (files.size() == MAX_FILES || bytes > MAX_BYTES) {
            finish(new Result.Failed("its descriptors have more than " + MAX_FILES + " files or " + MAX_BYTES + " bytes"));
            return;
        }
        files.add(descriptor.toByteArray());
        for (String imported : parsed.getDependencyList()) {
            if (asked.add("asked " + imported)) {
                requests.add(request(FILE_BY_FILENAME, imported));
            }
        }
    }

    @Override
    public void ended(GrpcStatus status) {
        call = null;
        if (status.code() == GrpcStatus.UNIMPLEMENTED && version + 1 < PATHS.size()) {
            version++;
            open();
            return;
        }
        result.accept(new Result.Failed(status.code() == GrpcStatus.UNIMPLEMENTED
                ? "it has no reflection service"
                : "the call of its reflection service ended with status " + status.code() + ": " + status.message()));
    }
}
