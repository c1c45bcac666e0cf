/// Everything a plugin author compiles against: filters, upstream protocols and the values they see.
///
/// Reading order: [HttpFilter], [FilterDecision], [Exchange], [Headers], [FilterFactory], [UpstreamProtocol], [UpstreamSession].
/// The package is versioned semantically; nothing here depends on the implementation of the gateway.
///
/// Stable, which means that it changes incompatibly with a major version only: what filters are made of ([FilterFactory], [PreparedFilter],
/// [HttpFilter], [FilterInterest], [FilterPhase], [FilterDecision], [Resumption], [LocalReply], [ReplyBody], [BodyWriter], [Body], [Exchange],
/// [ConnectionFacts], [TlsFacts], [ExchangeKey], [RequestHead], [ResponseHead], [Headers], [HeaderName], [Services]) and how configurations are read ([Json], [JsonReader]). Interfaces that the gateway
/// implements may get methods with a minor version. Not stable yet: upstream protocols ([UpstreamProtocol] and what it names),
/// and the calls of filters ([UpstreamCallers], [GrpcCall] and what they name).
@NullMarked
package io.jigress.api;

import org.jspecify.annotations.NullMarked;
