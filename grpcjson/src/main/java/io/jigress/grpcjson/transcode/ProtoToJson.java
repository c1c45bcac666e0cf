package io.jigress.grpcjson.transcode;

import io.jigress.grpcjson.descriptor.Field;
import io.jigress.grpcjson.descriptor.MessageType;
import io.jigress.grpcjson.descriptor.Schema;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Writes messages of responses as JSON. Immutable.
///
/// @param showUnknownAny whether an Any of an unknown message is shown with its bytes in base64, in place of being refused
public record ProtoToJson(Schema schema, Limits limits, Printing printing, boolean showUnknownAny) {
    private static final String STATUS = "google.rpc.Status";

    /// @param part the field that is shown; null for the message as a whole
    /// @param from where the message begins; it ends where the array does
    public Transcoded json(MessageType type, @Nullable Field part, byte[] message, int from) {
        JsonOutput out = new JsonOutput((int) Math.min(Integer.MAX_VALUE, 2L * (message.length - from) + 16), limits.bytes());
        try {
            FieldIndex index = new FieldIndex(limits.elements());
            MessageReader reader = new MessageReader(this, message, out, index, 0);
            if (part == null) {
                reader.message(type, from, message.length);
            } else {
                part(reader, index, type, part, message, from);
            }
            return new Transcoded.Done(out.bytes(), out.size());
        } catch (Fault fault) {
            return new Transcoded.Refused(fault.asInvalid());
        }
    }

    private static void part(MessageReader reader, FieldIndex index, MessageType type, Field part, byte[] message, int from)
            throws Fault {
        ProtoInput in = new ProtoInput(message);
        in.range(from, message.length);
        int base = index.enter(type, in);
        try {
            if (index.first(base, part) == FieldIndex.NONE) {
                reader.absent(part);
            } else {
                reader.field(base, part);
            }
        } catch (Fault fault) {
            throw fault.within(part.jsonName());
        }
    }

    /// A message google.rpc.Status, as in `grpc-status-details-bin`.
    public Transcoded status(byte[] message) {
        return new ProtoToJson(schema, limits, Printing.STANDARD, true)
                .json(Objects.requireNonNull(schema.message(STATUS), STATUS), null, message, 0);
    }
}
