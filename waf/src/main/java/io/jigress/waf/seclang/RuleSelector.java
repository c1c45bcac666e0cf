package io.jigress.waf.seclang;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The rules that a directive or a `ctl` refers to.
public sealed interface RuleSelector {
    record ByIds(List<Range> ranges) implements RuleSelector {
        public ByIds {
            ranges = List.copyOf(ranges);
        }

        public boolean contains(long id) {
            for (Range range : ranges) {
                if (id >= range.first() && id <= range.last()) {
                    return true;
                }
            }
            return false;
        }
    }

    record ByTag(String pattern) implements RuleSelector {
    }

    record ByMessage(String pattern) implements RuleSelector {
    }

    record Range(long first, long last) {
    }

    /// Parses `1`, `1-5` and lists of these; empty when a number is invalid.
    static Optional<ByIds> ids(List<String> words) {
        List<Range> ranges = new ArrayList<>();
        for (String word : words) {
            for (String part : word.split(",")) {
                int dash = part.indexOf('-', 1);
                Optional<Long> first = number(dash < 0 ? part : part.substring(0, dash));
                Optional<Long> last = dash < 0 ? first : number(part.substring(dash + 1));
                if (first.isEmpty() || last.isEmpty()) {
                    return Optional.empty();
                }
                ranges.add(new Range(first.get(), last.get()));
            }
        }
        return ranges.isEmpty() ? Optional.empty() : Optional.of(new ByIds(ranges));
    }

    private static Optional<Long> number(String text) {
        String digits = text.strip();
        if (digits.isEmpty() || digits.length() > 18 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return Optional.empty();
        }
        return Optional.of(Long.parseLong(digits));
    }
}
