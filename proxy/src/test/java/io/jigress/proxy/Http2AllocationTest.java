package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.jigress.proxy.http2.Http2Wire;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestUpstream;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What the event loop allocates on the heap for an HTTP/2 request to an HTTP/1 upstream in the steady state. Leak detection allocates, so it is
/// off here.
@Tag("suite")
class Http2AllocationTest {
    private static final int WARM_UP = 20_000;
    private static final int REQUESTS = 10_000;
    /// Requests that are in flight together.
    private static final int TOGETHER = 10;

    @RegisterExtension private static final LoopAllocations ALLOCATIONS = new LoopAllocations();

    @Test
    void aRequestAllocatesAlmostNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (TestUpstream upstream = TestUpstream
                .answering(Reply.ok("x".repeat(1024), "content-type: text/plain", "server: test"));
                Http2Gateway gateway = GatewayUnderTest.to(upstream).startHttp2();
                Http2Wire wire = Http2Wire.connect(gateway.port())) {
            long loop = gateway.threadId();
            int id = run(wire, 1, WARM_UP);
            double least = Double.MAX_VALUE;
            // The least of two rounds: what the virtual machine allocates once, for example to compile, does not belong to a request.
            for (int round = 0; round < 2; round++) {
                long start = threads.getThreadAllocatedBytes(loop);
                id = run(wire, id, REQUESTS);
                least = Math.min(least, (double) (threads.getThreadAllocatedBytes(loop) - start) / REQUESTS);
            }
            assertThat(least).isLessThanOrEqualTo(200);
        }
    }

    /// @return the number of the next stream
    private static int run(Http2Wire wire, int first, int times) {
        int id = first;
        for (int done = 0; done < times; done += TOGETHER) {
            for (int i = 0; i < TOGETHER; i++, id += 2) {
                wire.headers(id, true, ":method: GET", ":scheme: http", ":authority: shop.example", ":path: /a/b?c=d",
                        "user-agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                        "accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                        "accept-language: en-US,en;q=0.5",
                        "accept-encoding: gzip, deflate, br", "cookie: session=0123456789abcdef", "cookie: theme=dark");
            }
            for (int ended = 0; ended < TOGETHER;) {
                Http2Wire.Frame frame = wire.read();
                if (frame.type() == 0) {
                    ended += frame.last() ? 1 : 0;
                    wire.frame(8, 0, 0, "00000400");
                } else if (frame.type() < 0 || frame.type() == 7 || frame.type() == 3) {
                    throw new AssertionError("a request failed: " + frame);
                }
            }
        }
        return id;
    }
}
