/// UDP: listeners, sessions by five-tuple, and the sockets that carry them.
///
/// Reading order: [UdpListener] has a [ClientSocket] on each event loop, which finds or opens the [UdpSession] of a datagram; [UdpLoop] is what all of one event
/// loop share. [UdpSocket] is a socket of the operating system, in three kinds for three transports.
@NullMarked
package io.jigress.proxy.datagram;

import org.jspecify.annotations.NullMarked;
