package io.jigress.proxy.telemetry;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.jigress.api.ProxyFailure;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Formats a record as a line. One per event loop, since it caches the last formatted time.
abstract sealed class LineFormat {
    private final Line line;
    private final DateTimeFormatter seconds;
    private long formattedSecond = Long.MIN_VALUE;
    private byte[] formatted = new byte[0];

    private LineFormat(Line line, DateTimeFormatter seconds) {
        this.line = line;
        this.seconds = seconds;
    }

    static LineFormat of(AccessLogSettings.Format format) {
        return switch (format) {
            case JSON -> new JsonLine();
            case TEXT -> new TextLine();
        };
    }

    /// The line with its line feed, valid until the next call.
    final Line format(AccessRecord record) {
        line.clear();
        write(record, line);
        line.add('\n');
        return line;
    }

    abstract void write(AccessRecord record, Line line);

    final void addSecond(long epochMillis) {
        long second = Math.floorDiv(epochMillis, 1_000);
        if (second != formattedSecond) {
            formatted = seconds.format(Instant.ofEpochSecond(second).atOffset(ZoneOffset.UTC)).getBytes(US_ASCII);
            formattedSecond = second;
        }
        line.add(formatted);
    }

    /// One JSON object; members without a value are left out.
    private static final class JsonLine extends LineFormat {
        private static final byte[] TIME = ascii("{\"time\":\"");
        private static final byte[] REQUEST_ID = ascii(",\"request_id\":");
        private static final byte[] TRACE_ID = ascii(",\"trace_id\":");
        private static final byte[] SCHEME = ascii(",\"scheme\":");
        private static final byte[] UPSTREAM_STATUS = ascii(",\"upstream_status\":");
        private static final byte[] REFERER = ascii(",\"referer\":");
        private static final byte[] METHOD = ascii(",\"method\":");
        private static final byte[] HOST = ascii(",\"host\":");
        private static final byte[] PATH = ascii(",\"path\":");
        private static final byte[] PROTOCOL = ascii(",\"protocol\":");
        private static final byte[] TLS_VERSION = ascii(",\"tls_version\":");
        private static final byte[] TLS_CIPHER = ascii(",\"tls_cipher\":");
        private static final byte[] SERVER_NAME = ascii(",\"server_name\":");
        private static final byte[] STATUS = ascii(",\"status\":");
        private static final byte[] DURATION = ascii(",\"duration_ms\":");
        private static final byte[] UPSTREAM = ascii(",\"upstream_ms\":");
        private static final byte[] RECEIVED = ascii(",\"bytes_received\":");
        private static final byte[] SENT = ascii(",\"bytes_sent\":");
        private static final byte[] CLIENT = ascii(",\"client\":");
        private static final byte[] USER_AGENT = ascii(",\"user_agent\":");
        private static final byte[] ROUTE = ascii(",\"route\":");
        private static final byte[] CLUSTER = ascii(",\"cluster\":");
        private static final byte[] ENDPOINT = ascii(",\"endpoint\":");
        private static final byte[] ATTEMPTS = ascii(",\"attempts\":");
        private static final byte[] FLAG = ascii(",\"flag\":");
        private static final byte[] ORIGIN = ascii(",\"origin\":");
        private static final byte[] REASON = ascii(",\"reason\":");
        private static final byte[] CLOSED_BY = ascii(",\"closed_by\":");
        private static final byte[] FIELDS = ascii(",\"fields\":");

        JsonLine() {
            super(new Line(true), DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss", Locale.ROOT));
        }

        @Override
        void write(AccessRecord record, Line line) {
            line.add(TIME);
            addSecond(record.startEpochMillis());
            line.add('.');
            line.add(Math.floorMod(record.startEpochMillis(), 1_000), 3);
            line.add('Z');
            line.add('"');
            member(line, REQUEST_ID, record.requestId);
            member(line, TRACE_ID, record.traceId);
            member(line, METHOD, record.method());
            member(line, SCHEME, record.scheme());
            member(line, HOST, record.authority);
            member(line, PATH, record.target);
            member(line, PROTOCOL, record.protocol());
            member(line, TLS_VERSION, record.tlsVersion());
            member(line, TLS_CIPHER, record.tlsCipher());
            member(line, SERVER_NAME, record.serverName());
            ClosedBy closedBy = record.closedBy();
            if (closedBy == null) {
                line.add(STATUS);
                line.add(record.status());
            }
            if (record.upstreamStatus() > 0) {
                line.add(UPSTREAM_STATUS);
                line.add(record.upstreamStatus());
            }
            line.add(DURATION);
            line.addMillis(record.durationNanos());
            if (record.upstreamNanos() >= 0) {
                line.add(UPSTREAM);
                line.addMillis(record.upstreamNanos());
            }
            line.add(RECEIVED);
            line.add(record.bytesReceived());
            line.add(SENT);
            line.add(record.bytesSent());
            member(line, CLIENT, record.client());
            member(line, REFERER, record.referer);
            member(line, USER_AGENT, record.userAgent);
            member(line, ROUTE, record.route());
            member(line, CLUSTER, record.cluster());
            member(line, ENDPOINT, record.endpoint());
            line.add(ATTEMPTS);
            line.add(record.attempts());
            ProxyFailure failure = record.failure();
            if (failure != null) {
                member(line, FLAG, failure.kind().flag());
                member(line, ORIGIN, Words.of(failure.origin()));
            }
            String reason = record.reason();
            if (reason != null) {
                member(line, REASON, reason);
            }
            if (closedBy != null) {
                member(line, CLOSED_BY, Words.of(closedBy));
            }
            LogFields fields = record.fields();
            if (fields != null) {
                line.add(FIELDS);
                for (int i = 0; i < fields.size(); i++) {
                    line.add(i == 0 ? '{' : ',');
                    line.add('"');
                    line.escaped(fields.name(i));
                    line.add('"');
                    line.add(':');
                    line.add('"');
                    line.escaped(fields.value(i));
                    line.add('"');
                }
                line.add('}');
            }
            line.add('}');
        }

        private static void member(Line line, byte[] name, String value) {
            if (!value.isEmpty()) {
                line.add(name);
                line.add('"');
                line.escaped(value);
                line.add('"');
            }
        }

        private static void member(Line line, byte[] name, ByteField value) {
            if (value.length() > 0) {
                line.add(name);
                line.add('"');
                line.escaped(value);
                line.add('"');
            }
        }
    }

    /// The combined log format of Apache and nginx, followed by the fields that it lacks; `-` stands for no value.
    private static final class TextLine extends LineFormat {
        private static final byte[] USER_AND_TIME = ascii(" - - [");
        private static final byte[] ZONE_AND_REQUEST = ascii(" +0000] \"");

        TextLine() {
            super(new Line(false), DateTimeFormatter.ofPattern("dd/MMM/uuuu:HH:mm:ss", Locale.ENGLISH));
        }

        @Override
        void write(AccessRecord record, Line line) {
            bare(line, record.client());
            line.add(USER_AND_TIME);
            addSecond(record.startEpochMillis());
            line.add(ZONE_AND_REQUEST);
            if (record.closedBy() == null) {
                line.escaped(record.method());
                line.add(' ');
                line.escaped(record.target);
                line.add(' ');
            }
            line.escaped(record.protocol());
            line.add('"');
            line.add(' ');
            line.add(record.status());
            line.add(' ');
            line.add(record.bytesSent());
            quoted(line, record.referer);
            quoted(line, record.userAgent);
            quoted(line, record.requestId);
            quoted(line, record.authority);
            line.add(' ');
            line.add(record.bytesReceived());
            line.add(' ');
            line.addMillis(record.durationNanos());
            line.add(' ');
            if (record.upstreamNanos() >= 0) {
                line.addMillis(record.upstreamNanos());
            } else {
                line.add('-');
            }
            quoted(line, record.route());
            quoted(line, record.cluster());
            quoted(line, record.endpoint());
            line.add(' ');
            line.add(record.attempts());
            ProxyFailure failure = record.failure();
            line.add(' ');
            bare(line, failure == null ? "" : failure.kind().flag());
            line.add(' ');
            bare(line, failure == null ? "" : Words.of(failure.origin()));
            String reason = record.reason();
            quoted(line, reason == null ? "" : reason);
            line.add(' ');
            bare(line, record.scheme());
            quoted(line, record.traceId);
            line.add(' ');
            if (record.upstreamStatus() > 0) {
                line.add(record.upstreamStatus());
            } else {
                line.add('-');
            }
            fields(line, record);
        }

        /// `"a=1 b=2"`; spaces in values are escaped, so that a space parts two fields.
        private static void fields(Line line, AccessRecord record) {
            ClosedBy closedBy = record.closedBy();
            LogFields fields = record.fields();
            line.add(' ');
            line.add('"');
            if (closedBy != null) {
                line.escaped("closed_by=");
                line.escaped(Words.of(closedBy));
            }
            for (int i = 0; fields != null && i < fields.size(); i++) {
                if (i > 0 || closedBy != null) {
                    line.add(' ');
                }
                line.escaped(fields.name(i));
                line.add('=');
                line.escapedWord(fields.value(i));
            }
            if (fields == null && closedBy == null) {
                line.add('-');
            }
            line.add('"');
        }

        /// For values of the gateway's own, which contain no space.
        private static void bare(Line line, String value) {
            if (value.isEmpty()) {
                line.add('-');
            } else {
                line.escaped(value);
            }
        }

        private static void quoted(Line line, String value) {
            line.add(' ');
            line.add('"');
            bare(line, value);
            line.add('"');
        }

        private static void quoted(Line line, ByteField value) {
            line.add(' ');
            line.add('"');
            if (value.length() == 0) {
                line.add('-');
            } else {
                line.escaped(value);
            }
            line.add('"');
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }
}
