/// What tests of the gateway and of plugins use: scripted upstreams, a raw client, wire transcripts, and a filter's world in memory.
///
/// For plugin authors: [FilterTester]. For tests over sockets: [TestUpstream], [TestClient], [WireScript]. Whatever waits here waits
/// for an event and gives up with an AssertionError that says what was there instead; nothing sleeps.
@NullMarked
package io.jigress.testkit;

import org.jspecify.annotations.NullMarked;
