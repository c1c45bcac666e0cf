/// Transcodes between JSON text and the wire format of Protocol Buffers, straight from bytes to bytes, by the JSON mapping of proto3. [JsonToProto] for
/// requests, [ProtoToJson] for responses.
@NullMarked
package io.jigress.grpcjson.transcode;

import org.jspecify.annotations.NullMarked;
