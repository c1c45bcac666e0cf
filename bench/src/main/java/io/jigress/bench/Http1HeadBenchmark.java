package io.jigress.bench;

import io.jigress.api.HeaderName;
import io.jigress.proxy.http.HeadLimits;
import io.jigress.proxy.http.ListFields;
import io.jigress.proxy.http1.ConnectionField;
import io.jigress.proxy.http1.HeadPool;
import io.jigress.proxy.http1.HeadState;
import io.jigress.proxy.http1.HeadWriter;
import io.jigress.proxy.http1.Http1RequestHead;
import io.jigress.proxy.http1.Http1ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What the HTTP/1.1 codec costs a request with ten browser headers, and the response to it.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
    "-Dio.netty.noUnsafe=false"})
public class Http1HeadBenchmark {
    private static final String REQUEST = """
            GET /some/path HTTP/1.1
            Host: www.example.com
            User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36
            Accept: text/html,application/json;q=0.9,image/avif,image/webp,*/*;q=0.8
            Accept-Encoding: gzip, deflate, br, zstd
            Accept-Language: en-US,en;q=0.9,de;q=0.8
            Cache-Control: no-cache
            Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; _ga=GA1.2.1234567890.1234567890
            Authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U
            X-Request-Id: 7b1d7b1e-2c8d-4e8e-9b0b-0c6f8a4f2b11
            Referer: https://www.example.com/some/page?x=1&y=2
            Sec-Fetch-Mode: cors

            """.replace("\n", "\r\n");
    private static final String RESPONSE = """
            HTTP/1.1 200 OK
            Server: upstream
            Date: Mon, 02 Nov 2026 10:00:00 GMT
            Content-Type: application/octet-stream
            Content-Length: 1024
            Connection: keep-alive
            ETag: "6543f2a1-400"

            """.replace("\n", "\r\n");

    private final HeadPool pool = new HeadPool();
    private final byte[] address = "192.0.2.7".getBytes(StandardCharsets.ISO_8859_1);
    private ByteBuf request = PooledByteBufAllocator.DEFAULT.directBuffer(0);
    private ByteBuf response = PooledByteBufAllocator.DEFAULT.directBuffer(0);
    private ByteBuf out = PooledByteBufAllocator.DEFAULT.directBuffer(8192);

    @Setup
    public void fill() {
        request.writeBytes(REQUEST.getBytes(StandardCharsets.ISO_8859_1));
        response.writeBytes(RESPONSE.getBytes(StandardCharsets.ISO_8859_1));
    }

    @TearDown
    public void release() {
        request.release();
        response.release();
        out.release();
    }

    @Benchmark
    public int parseRequest() {
        Http1RequestHead head = read();
        int result = head.ranges().hostTo();
        head.release();
        return result;
    }

    @Benchmark
    public int parseAndWriteRequest() {
        Http1RequestHead head = read();
        out.clear();
        HeadWriter.writeRequest(out, head, head.framing(), ConnectionField.NONE);
        head.release();
        return out.writerIndex();
    }

    @Benchmark
    public int parseForwardAndWriteRequest() {
        Http1RequestHead head = read();
        out.clear();
        ListFields.append(head.fields(), HeaderName.X_FORWARDED_FOR, address, 0, address.length);
        head.fields().set(HeaderName.X_FORWARDED_PROTO, address, 0, 4);
        head.fields().set(HeaderName.X_FORWARDED_HOST, head.bytes(), head.ranges().hostFrom(), head.ranges().hostTo());
        head.fields().set(HeaderName.X_FORWARDED_PORT, address, 0, 2);
        HeadWriter.writeRequest(out, head, head.framing(), ConnectionField.NONE);
        head.release();
        return out.writerIndex();
    }

    @Benchmark
    public int parseAndWriteResponse() {
        response.readerIndex(0);
        Http1ResponseHead head = pool.response(HeadLimits.STANDARD);
        check(head.append(response));
        out.clear();
        HeadWriter.writeResponse(out, head, head.framing(false, false), ConnectionField.NONE);
        head.release();
        return out.writerIndex();
    }

    private Http1RequestHead read() {
        request.readerIndex(0);
        Http1RequestHead head = pool.request(HeadLimits.STANDARD, "http");
        check(head.append(request));
        return head;
    }

    private static void check(HeadState state) {
        if (state != HeadState.COMPLETE) {
            throw new IllegalStateException("the head was not accepted: " + state);
        }
    }
}
