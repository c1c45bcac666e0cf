package io.jigress.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.jigress.proxy.http.PathForm;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What it costs to find out that a path is in normal form, by its length.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PathFormBenchmark {
    @Param({"12", "24", "48"}) int length;

    private byte[] request = new byte[0];
    private int from;

    @Setup
    public void build() {
        String path = "/svc0/orders/2026-11-26/items/4711/attachments/invoice.pdf".substring(0, length);
        request = ("GET " + path + " HTTP/1.1\r\n").getBytes(US_ASCII);
        from = 4;
    }

    @Benchmark
    public boolean plain() {
        return PathForm.isPlain(request, from, from + length);
    }
}
