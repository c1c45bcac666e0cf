package io.jigress.app.grpcjson;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.jigress.app.Guide;
import io.jigress.app.run.WiringTest;
import io.jigress.testkit.grpc.ByteMethods;
import io.jigress.testkit.grpc.GrpcServerCall;
import io.jigress.testkit.grpc.GrpcTestServer;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The page about gRPC as JSON, followed word for word, with a server of grpc-java whose messages are those of the page's descriptor set.
@Timeout(60)
class GrpcJsonGuideTest {
    private static final Pattern SET = Pattern.compile("(?m)descriptorSet: >-\n((?: +[A-Za-z0-9+/=]+\n)+)");

    @TempDir private Path folder;
    private FileDescriptor file;

    @Test
    void theCallsOfThePageAnswerAsItSays() throws Exception {
        follow(Guide.section(Guide.page("docs/filters/grpc-json-transcoder.md"), "## In five minutes"));
    }

    /// The later Plugin of the page replaces the earlier one.
    @Test
    void theDescriptorSetMayBeInAConfigMap() throws Exception {
        follow(Guide.page("docs/filters/grpc-json-transcoder.md"));
    }

    private void follow(String page) throws Exception {
        Matcher set = SET.matcher(page);
        assertThat(set.find()).isTrue();
        byte[] bytes = Base64.getDecoder().decode(set.group(1).replaceAll("\\s", ""));
        file = FileDescriptor.buildFrom(FileDescriptorSet.parseFrom(bytes).getFile(0), new FileDescriptor[0]);
        try (GrpcTestServer server = GrpcTestServer.start(this::serve,
                List.of(ByteMethods.method("greeter.Greeter", "Hello", MethodType.UNARY),
                        ByteMethods.method("greeter.Greeter", "Repeat", MethodType.SERVER_STREAMING)),
                UnaryOperator.identity());
                Guide guide = new Guide(folder)) {
            guide.with("8080", Integer.toString(WiringTest.freePort()))
                    .with("9000", Integer.toString(server.address().getPort()))
                    .file("apiVersion: jigress.io/v1\nkind: Plugin\n", "conf/plugin.yaml");
            guide.follow(page);
            assertThat(server.faults()).isEmpty();
            assertThat(server.calls()).hasSizeGreaterThanOrEqualTo(4);
        }
    }

    private void serve(GrpcServerCall call) throws Exception {
        DynamicMessage request = DynamicMessage.parseFrom(file.findMessageTypeByName("HelloRequest"),
                Objects.requireNonNull(call.read()));
        String name = (String) get(request, "name");
        long times = (long) get(request, "times");
        if (name.equals("nobody")) {
            call.end(Status.NOT_FOUND.withDescription("nobody is here"), new Metadata());
            return;
        }
        if (call.method().endsWith("Repeat")) {
            for (long i = 1; i <= times; i++) {
                call.send(reply(name, i));
            }
        } else {
            call.send(reply(name, times));
        }
        call.end();
    }

    private static Object get(Message message, String field) {
        return message.getField(message.getDescriptorForType().findFieldByName(field));
    }

    private byte[] reply(String name, long times) {
        DynamicMessage.Builder reply = DynamicMessage.newBuilder(file.findMessageTypeByName("HelloReply"));
        return reply.setField(reply.getDescriptorForType().findFieldByName("text"), "Hello " + name)
                .setField(reply.getDescriptorForType().findFieldByName("times"), times).build().toByteArray();
    }
}
