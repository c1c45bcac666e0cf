/// A protocol of messages on one connection, similar to Dubbo 2, and a server that speaks it, written as a room for such a protocol would be.
/// It proves that `io.jigress.api` is enough to write one; no other package of the gateway is used here.
///
/// A frame is a header of 16 bytes and a body: magic (2), flags (1), status (1), call (8), length of the body (4). The body of a
/// request begins with its head, as lines, behind the head's length (4); so does that of a response whose status is OK. Other responses
/// have a text. Events have one letter: `H` is a heartbeat, `R` announces that the connection must not be used for more requests.
@NullMarked
package io.jigress.message;

import org.jspecify.annotations.NullMarked;
