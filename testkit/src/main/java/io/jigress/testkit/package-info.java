/// What tests of the gateway and of plugins use: scripted upstreams, a raw client, wire transcripts, and an in-memory environment for filters.
///
/// For plugin authors: [FilterTester]. For tests over sockets: [TestUpstream], [TestClient], [WireScript]. Everything that waits, waits
/// for an event and fails with an AssertionError that shows what was found instead; nothing sleeps.
@NullMarked
package io.jigress.testkit;

import org.jspecify.annotations.NullMarked;
