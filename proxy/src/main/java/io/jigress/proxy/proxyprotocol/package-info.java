/// The PROXY protocol, versions 1 and 2: a header at the beginning of a connection by which a proxy tells the client's address. The specification is
/// haproxy.org/download/3.0/doc/proxy-protocol.txt.
@NullMarked
package io.jigress.proxy.proxyprotocol;

import org.jspecify.annotations.NullMarked;
