package io.jigress.proxy.telemetry;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Writes Prometheus' text exposition format 0.0.4.
///
/// Each family is begun before its samples; labels are passed as name, value, name, value.
final class Exposition {
    private static final int PIECE_CHARS = 64 * 1024;

    private final List<String> pieces = new ArrayList<>();
    private final StringBuilder out = new StringBuilder(16 * 1024);
    private String family = "";

    Exposition family(Metric metric) {
        return family(metric.text(), metric.type(), metric.help());
    }

    Exposition family(String name, Metric.Type type, String help) {
        family = name;
        out.append("# HELP ").append(name).append(' ');
        escape(help, false);
        out.append("\n# TYPE ").append(name).append(' ').append(type.name().toLowerCase(Locale.ROOT)).append('\n');
        return this;
    }

    Exposition sample(long value, String... labels) {
        begin("", labels);
        end(labels);
        out.append(value).append('\n');
        return this;
    }

    Exposition seconds(long nanos, String... labels) {
        begin("", labels);
        end(labels);
        appendSeconds(nanos);
        out.append('\n');
        return this;
    }

    void histogram(DurationHistogram durations, String... labels) {
        long count = 0;
        for (int bucket = 0; bucket <= DurationHistogram.BOUNDS; bucket++) {
            count += durations.count(bucket);
            begin("_bucket", labels);
            out.append(labels.length == 0 ? '{' : ',').append("le=\"");
            if (bucket == DurationHistogram.BOUNDS) {
                out.append("+Inf");
            } else {
                appendSeconds(DurationHistogram.boundNanos(bucket));
            }
            out.append("\"} ").append(count).append('\n');
        }
        begin("_sum", labels);
        end(labels);
        appendSeconds(durations.sumNanos());
        out.append('\n');
        begin("_count", labels);
        end(labels);
        out.append(count).append('\n');
    }

    void histogram(FilterHistogram values) {
        long count = 0;
        for (int bucket = 0; bucket < values.buckets(); bucket++) {
            count += values.count(bucket);
            double bound = values.bound(bucket);
            begin("_bucket", "le", Double.isInfinite(bound) ? "+Inf" : plain(bound));
            end("le");
            out.append(count).append('\n');
        }
        begin("_sum");
        end();
        out.append(plain(values.sum())).append('\n');
        begin("_count");
        end();
        out.append(count).append('\n');
    }

    private static String plain(double value) {
        return Double.isFinite(value) ? new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString() : "NaN";
    }

    /// The whole text, split between lines.
    List<String> pieces() {
        cut(0);
        return List.copyOf(pieces);
    }

    private void cut(int chars) {
        if (out.length() > chars) {
            pieces.add(out.toString());
            out.setLength(0);
        }
    }

    /// Name and labels, without the closing brace if there are labels.
    private void begin(String suffix, String... labels) {
        cut(PIECE_CHARS);
        out.append(family).append(suffix);
        for (int i = 0; i < labels.length; i += 2) {
            out.append(i == 0 ? '{' : ',').append(labels[i]).append("=\"");
            escape(labels[i + 1], true);
            out.append('"');
        }
    }

    private void end(String... labels) {
        out.append(labels.length == 0 ? " " : "} ");
    }

    private void appendSeconds(long nanos) {
        out.append(nanos / 1_000_000_000);
        long rest = nanos % 1_000_000_000;
        if (rest != 0) {
            int point = out.length();
            out.append(1_000_000_000 + rest).setCharAt(point, '.');
            while (out.charAt(out.length() - 1) == '0') {
                out.setLength(out.length() - 1);
            }
        }
    }

    private void escape(String text, boolean quotes) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '"' -> out.append(quotes ? "\\\"" : "\"");
                default -> out.append(c);
            }
        }
    }
}
