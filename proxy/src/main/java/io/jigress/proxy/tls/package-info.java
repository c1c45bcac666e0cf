/// TLS, without sockets: parsing of the ClientHello, the choice of certificate and context, their replacement, and the facts about an established
/// connection.
///
/// A listener's [TlsListener] is immutable and made by the [TlsStore] on the thread that applies the configuration. A connection's
/// [ClientHello] chooses a [TlsSection] of it, and the section a [ServerCertificate].
///
/// To endpoints, [UpstreamContexts] has an [UpstreamContext] for equal settings.
@NullMarked
package io.jigress.proxy.tls;

import org.jspecify.annotations.NullMarked;
