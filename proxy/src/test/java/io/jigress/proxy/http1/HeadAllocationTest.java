package io.jigress.proxy.http1;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.proxy.http.Framing;
import com.sun.management.ThreadMXBean;
import io.jigress.api.HeaderName;
import io.jigress.proxy.http.HeadLimits;
import io.jigress.proxy.http.ListFields;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A request without edits or failures allocates nothing: counted, not timed.
@Tag("suite")
class HeadAllocationTest {
    private static final int ROUNDS = 20_000;
    private static final String BROWSER = """
            GET /some/page?x=1&y=2 HTTP/1.1
            Host: www.example.com
            User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36
            Accept: text/html,application/json;q=0.9,image/avif,image/webp,*/*;q=0.8
            Accept-Encoding: gzip, deflate, br, zstd
            Accept-Language: en-US,en;q=0.9,de;q=0.8
            Cache-Control: no-cache
            Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; _ga=GA1.2.1234567890.1234567890
            X-Request-Id: 7b1d7b1e-2c8d-4e8e-9b0b-0c6f8a4f2b11
            Connection: keep-alive
            Sec-Fetch-Mode: cors

            """.replace("\n", "\r\n");

    private final HeadPool pool = new HeadPool();
    private final ByteBuf in = Heads.buffer(BROWSER);
    /// Not tracked: the leak detector of tests allocates on each access, which must not be measured.
    private final ByteBuf out = new UnpooledByteBufAllocator(true, true).directBuffer(8192);
    private final byte[] address = Heads.bytes("192.0.2.7");

    private void proxy(boolean edited) {
        in.readerIndex(0);
        out.clear();
        Http1RequestHead head = pool.request(HeadLimits.STANDARD, "http");
        if (head.append(in) != HeadState.COMPLETE) {
            throw new AssertionError();
        }
        if (edited) {
            ListFields.append(head.fields(), HeaderName.X_FORWARDED_FOR, address, 0, address.length);
            head.headers().set(HeaderName.X_FORWARDED_PROTO, "http");
            head.headers().remove(HeaderName.COOKIE);
            head.ranges().replacePath(0, 5, address);
        }
        HeadWriter.writeRequest(out, head, head.framing(), ConnectionField.NONE);
        head.release();
    }

    private long allocated(Runnable action) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long best = Long.MAX_VALUE;
        // The first rounds include class loading and compilation; a later round shows the steady state.
        for (int round = 0; round < 5; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < ROUNDS; i++) {
                action.run();
            }
            best = Math.min(best, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return best / ROUNDS;
    }

    @Test
    void readingAndWritingAHeadAllocatesNothing() {
        assertThat(allocated(() -> proxy(false))).isZero();
        assertThat(Heads.text(out)).isEqualTo(BROWSER.replace("Connection: keep-alive\r\n", ""));
        out.release();
    }

    @Test
    void editingAHeadAllocatesNothing() {
        assertThat(allocated(() -> proxy(true))).isZero();
        assertThat(Heads.text(out)).contains("x-forwarded-for: 192.0.2.7\r\n").doesNotContain("Cookie");
        out.release();
    }

    @Test
    void refusingAHeadAllocatesNothing() {
        ByteBuf bad = Heads.buffer(BROWSER.replace("Sec-Fetch-Mode:", "Sec-Fetch-Mode :"));
        assertThat(allocated(() -> {
            bad.readerIndex(0);
            Http1RequestHead head = pool.request(HeadLimits.STANDARD, "http");
            if (head.append(bad) != HeadState.REFUSED || head.fault().ofClient() == null) {
                throw new AssertionError();
            }
            head.release();
        })).isZero();
        out.release();
    }

    @Test
    void findingChunksAllocatesNothing() {
        ByteBuf body = Heads.buffer("5\r\nhello\r\n0\r\nX: y\r\n\r\n");
        BodyDecoder decoder = new BodyDecoder(pool);
        assertThat(allocated(() -> {
            body.readerIndex(0);
            decoder.start(Framing.CHUNKED, HeadLimits.STANDARD);
            while (decoder.decode(body) == BodyStep.DATA) {
                body.skipBytes(decoder.dataLength());
            }
        })).isZero();
        assertThat(Heads.fields(decoder.trailers())).containsExactly("X: y");
        out.release();
    }
}
