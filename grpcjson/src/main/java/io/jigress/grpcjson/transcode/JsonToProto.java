package io.jigress.grpcjson.transcode;

import io.jigress.grpcjson.descriptor.Field;
import io.jigress.grpcjson.descriptor.FieldPath;
import io.jigress.grpcjson.descriptor.Kind;
import io.jigress.grpcjson.descriptor.MessageType;
import io.jigress.grpcjson.descriptor.Schema;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes requests of gRPC: messages in their frames, from a body in JSON and from parameters. Immutable.
///
/// @param ignoreUnknown whether members of objects that are no fields, and names that are no values of an enum, are left out
public record JsonToProto(Schema schema, Limits limits, boolean ignoreUnknown) {
    private static final int FRAME_HEAD = 5;
    private static final int CONTENT_TYPE = 1;
    private static final int DATA = 2;

    /// A parameter of the path or the query.
    public record Parameter(FieldPath field, String text) {}

    /// Where the body of a request belongs.
    public sealed interface Place {
        /// The message as a whole.
        record Whole() implements Place {}

        /// A field of the message.
        record In(Field field) implements Place {}

        /// The request's body is a google.api.HttpBody as it is.
        ///
        /// @param field null when the message itself is one
        record Raw(@Nullable Field field, String contentType) implements Place {}

        /// There is none.
        record Nowhere() implements Place {}
    }

    /// One message in one frame.
    ///
    /// @param parameters are written behind the body, so that they win over fields of the body
    public Transcoded request(MessageType type, Place place, byte[] body, List<Parameter> parameters) {
        ProtoOutput out = new ProtoOutput(FRAME_HEAD + 16 + body.length, limits.bytes());
        try {
            JsonInput in = new JsonInput(body, body.length, limits);
            MessageWriter writer = new MessageWriter(schema, in, out, ignoreUnknown);
            int frame = beginFrame(out);
            body(writer, in, type, place, body, out);
            parameters(writer, out, parameters);
            endFrame(out, frame);
            return new Transcoded.Done(out.bytes(), out.size());
        } catch (Fault fault) {
            return new Transcoded.Refused(fault.asInvalid());
        }
    }

    /// The messages of a list, each in a frame.
    ///
    /// @param parameters belong to the first message
    public Transcoded requests(MessageType type, byte[] body, List<Parameter> parameters) {
        ProtoOutput out = new ProtoOutput(FRAME_HEAD + 16 + body.length, limits.bytes());
        try {
            JsonInput in = new JsonInput(body, body.length, limits);
            MessageWriter writer = new MessageWriter(schema, in, out, ignoreUnknown);
            if (in.enter('[', ']', "a list of messages")) {
                int item = 0;
                do {
                    int frame = beginFrame(out);
                    try {
                        writer.message(type);
                    } catch (Fault fault) {
                        throw fault.within(item);
                    }
                    if (item++ == 0) {
                        parameters(writer, out, parameters);
                    }
                    endFrame(out, frame);
                } while (in.another(']'));
            }
            end(in);
            return new Transcoded.Done(out.bytes(), out.size());
        } catch (Fault fault) {
            return new Transcoded.Refused(fault.asInvalid());
        }
    }

    private static int beginFrame(ProtoOutput out) throws Fault {
        out.raw(0);
        out.fixed32(0);
        return out.size();
    }

    private static void endFrame(ProtoOutput out, int begin) {
        int length = out.size() - begin;
        for (int i = 1; i <= 4; i++) {
            out.bytes()[begin - i] = (byte) (length >>> 8 * (i - 1));
        }
    }

    private static void body(MessageWriter writer, JsonInput in, MessageType type, Place place, byte[] body, ProtoOutput out)
            throws Fault {
        switch (place) {
            case Place.Nowhere _ -> {}
            case Place.Whole _ -> {
                // A request without a body calls the method with the default message, as that of Envoy does.
                if (!in.isAtEnd()) {
                    writer.message(type);
                    end(in);
                }
            }
            case Place.In(Field field) -> {
                if (!in.isAtEnd()) {
                    try {
                        writer.field(field);
                    } catch (Fault fault) {
                        throw fault.within(field.jsonName());
                    }
                    end(in);
                }
            }
            case Place.Raw(Field field, String contentType) -> {
                if (field != null) {
                    out.tag(field.number(), Kind.MESSAGE.wireType());
                }
                int begin = field == null ? 0 : out.begin();
                data(out, CONTENT_TYPE, contentType.getBytes(StandardCharsets.UTF_8));
                data(out, DATA, body);
                if (field != null) {
                    out.end(begin);
                }
            }
        }
    }

    private static void data(ProtoOutput out, int number, byte[] data) throws Fault {
        out.tag(number, 2);
        out.delimited(data, 0, data.length);
    }

    private static void end(JsonInput in) throws Fault {
        if (!in.isAtEnd()) {
            throw new Fault("has more text behind the value, at byte " + in.at());
        }
    }

    private static void parameters(MessageWriter writer, ProtoOutput out, List<Parameter> parameters) throws Fault {
        for (Parameter parameter : parameters) {
            try {
                parameter(writer, out, parameter.field().fields(), 0, parameter.text());
            } catch (Fault fault) {
                for (Field field : parameter.field().fields().reversed()) {
                    fault = fault.within(field.name());
                }
                throw fault;
            }
        }
    }

    /// Messages of the same field are merged by who reads them, so that each parameter is written with all that surrounds it.
    private static void parameter(MessageWriter writer, ProtoOutput out, List<Field> path, int at, String text) throws Fault {
        Field field = path.get(at);
        if (at == path.size() - 1) {
            writer.text(field, text);
            return;
        }
        boolean group = field.kind() == Kind.GROUP;
        out.tag(field.number(), field.kind().wireType());
        int begin = group ? 0 : out.begin();
        parameter(writer, out, path, at + 1, text);
        if (group) {
            out.tag(field.number(), MessageWriter.END_GROUP);
        } else {
            out.end(begin);
        }
    }
}
