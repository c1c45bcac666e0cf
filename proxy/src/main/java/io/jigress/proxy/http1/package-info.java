/// HTTP/1.1 on both sides of the gateway: heads indexed where they were copied to, bodies as ranges of the received buffers.
///
/// Reading order of the codec: [Http1Head] (bytes to lines), [FieldFacts] (lines to framing), [HeaderBlock] (the lines as
/// `Headers`, edits included), [Http1RequestHead] and [Http1ResponseHead], [HeadWriter], [BodyDecoder], [ChunkEncoder].
///
/// Reading order of a client's connection: [Http1ServerConnection] (Netty's events, timeouts, the end), [Http1RequestReader] (requests
/// in), [Http1ClientStream] and [Http1ResponseWriter] (responses out), [ReadPause], [LingeringClose]. Of an upstream's: [Http1Session],
/// [Http1RequestWriter].
///
/// Whatever RFC 9112 tells a recipient to refuse is a [HeadFault], never an exception.
@NullMarked
package io.jigress.proxy.http1;

import org.jspecify.annotations.NullMarked;
