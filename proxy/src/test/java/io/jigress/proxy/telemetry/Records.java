package io.jigress.proxy.telemetry;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import io.jigress.api.ProxyFailure;

/// Records for tests.
final class Records {
    /// 2026-11-02T03:04:05.006Z
    static final long TIME = 1_793_588_645_006L;

    private Records() {}

    static AccessRecord served() {
        AccessRecord record = new AccessRecord(true);
        fill(record);
        return record;
    }

    static void fill(AccessRecord record) {
        record.begin(1_000, TIME);
        record.requestId("4bf92f3577b34da6");
        record.method("GET");
        record.authority("shop.example:8080");
        record.target("/cart?user=7");
        record.protocol("HTTP/1.1");
        record.client("192.0.2.7");
        record.userAgent("curl/8.5.0");
        record.referer("https://shop.example/");
        record.traceId("4bf92f3577b34da6a3ce929d0e0e4736");
        record.scheme("https");
        record.upstreamStatus(201);
        record.route("HTTPRoute default/shop rule 0");
        record.cluster("Service default/cart:80");
        record.endpoint("10.0.0.9:8080");
        record.attempts(1);
        record.upstreamNanos(1_200_999);
        record.status(200);
        record.bytesReceived(120);
        record.bytesSent(1_456);
        record.end(1_000 + 1_304_000);
    }

    /// The record of a request that was refused.
    static AccessRecord refused() {
        AccessRecord record = new AccessRecord(true);
        record.begin(0, TIME);
        record.method("GET");
        record.client("2001:db8::1");
        record.status(400);
        record.attempts(0);
        record.failure(new ProxyFailure(ProxyFailure.Kind.BAD_REQUEST, ProxyFailure.Origin.CLIENT, false, "space_before_colon"));
        record.end(0);
        return record;
    }

    static byte[] octets(String latin) {
        return latin.getBytes(ISO_8859_1);
    }

    static String line(LineFormat format, AccessRecord record) {
        Line line = format.format(record);
        return new String(line.bytes(), 0, line.length(), US_ASCII);
    }
}
