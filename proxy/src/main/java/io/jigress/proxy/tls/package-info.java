/// TLS, without sockets: what a ClientHello asks for, which certificate and context answer it, how they are replaced, and what is known of a
/// connection afterwards.
///
/// A listener's [TlsListener] is immutable and made by the [TlsStore] on the thread that applies the configuration. A connection's
/// [ClientHello] chooses a [TlsSection] of it, and the section a [ServerCertificate].
///
/// To endpoints, [UpstreamContexts] has an [UpstreamContext] for equal settings.
@NullMarked
package io.jigress.proxy.tls;

import org.jspecify.annotations.NullMarked;
