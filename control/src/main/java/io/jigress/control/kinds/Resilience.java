package io.jigress.control.kinds;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.config.RetryPolicy.Condition;
import io.jigress.control.kinds.TrafficSettings.Outliers;
import io.jigress.control.kinds.TrafficSettings.Retry;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Reads the settings of retries and outlier detection. An invalid field counts as not set, so that the next farther policy applies.
final class Resilience {
    /// The limit of retries of one request.
    static final int MAX_ATTEMPTS = 10;
    private static final int MAX_CONSECUTIVE = 1000;
    private static final List<String> CONDITIONS = Arrays.stream(Condition.values()).map(Resilience::word).toList();

    private Resilience() {}

    /// `spec.retry` of a TrafficPolicy.
    static Retry retry(JsonReader retry) {
        JsonReader budget = retry.object("budget");
        Retry read = new Retry(number(retry, "attempts", MAX_ATTEMPTS), conditions(retry), statuses(retry, "statuses"),
                retry.duration("backoff"), retry.duration("hedgingDelay"), number(budget, "percent", 100));
        budget.finish();
        retry.finish();
        return read;
    }

    /// @param retry [Retry#NONE] when the rule does not set it
    record RuleTimes(@Nullable Duration request, @Nullable Duration backendRequest, Retry retry) {
        static final RuleTimes NONE = new RuleTimes(null, null, Retry.NONE);
    }

    /// `timeouts` and `retry` of an HTTPRoute's rule.
    static RuleTimes ruleTimes(JsonReader rule) {
        JsonReader timeouts = rule.object("timeouts");
        Duration request = timeouts.duration("request");
        Duration backendRequest = timeouts.duration("backendRequest");
        if (request != null && backendRequest != null && !request.isZero() && backendRequest.compareTo(request) > 0) {
            timeouts.error("backendRequest", "is longer than request", "at most " + timeouts.text("request"));
            backendRequest = null;
        }
        timeouts.finish();
        return new RuleTimes(request, backendRequest, ruleRetry(rule.object("retry")));
    }

    /// `retry` of an HTTPRoute's rule.
    private static Retry ruleRetry(JsonReader retry) {
        Retry read = new Retry(number(retry, "attempts", MAX_ATTEMPTS), null, statuses(retry, "codes"), retry.duration("backoff"),
                null, null);
        retry.finish();
        return read;
    }

    /// `spec.outlierDetection` of a TrafficPolicy.
    static Outliers outliers(JsonReader outliers) {
        Duration time = positive(outliers, "ejectionTime");
        Duration most = positive(outliers, "maxEjectionTime");
        if (time != null && most != null && most.compareTo(time) < 0) {
            outliers.error("maxEjectionTime", "is shorter than ejectionTime", "at least " + outliers.text("ejectionTime"));
            most = null;
        }
        Outliers read = new Outliers(number(outliers, "consecutiveFailures", MAX_CONSECUTIVE),
                number(outliers, "consecutiveErrors", MAX_CONSECUTIVE), time, most, number(outliers, "maxEjectedPercent", 100));
        outliers.finish();
        return read;
    }

    private static @Nullable Integer number(JsonReader reader, String field, long most) {
        long number = reader.integer(field, -1, 0, most);
        return number < 0 ? null : (Integer) (int) number;
    }

    private static @Nullable Duration positive(JsonReader reader, String field) {
        Duration duration = reader.duration(field);
        if (duration != null && duration.isZero()) {
            reader.error(field, "is \"" + reader.text(field) + "\"", "a duration above 0");
            return null;
        }
        return duration;
    }

    private static @Nullable Set<Condition> conditions(JsonReader retry) {
        if (retry.any("conditions") == null) {
            return null;
        }
        Set<Condition> conditions = EnumSet.noneOf(Condition.class);
        List<String> words = retry.texts("conditions");
        boolean wrong = !(retry.any("conditions") instanceof Json.Arr(List<Json> items)) || words.size() < items.size();
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            Condition known = Arrays.stream(Condition.values()).filter(each -> word(each).equals(word)).findFirst().orElse(null);
            if (known == null) {
                retry.unknown("conditions[" + i + "]", word, CONDITIONS);
                wrong = true;
            } else {
                conditions.add(known);
            }
        }
        return wrong ? null : conditions;
    }

    private static String word(Condition condition) {
        return switch (condition) {
            case CONNECT_FAILURE -> "ConnectFailure";
            case REFUSED -> "Refused";
            case RESET -> "Reset";
            case TIMEOUT -> "Timeout";
        };
    }

    private static @Nullable Set<Integer> statuses(JsonReader retry, String field) {
        if (retry.any(field) == null) {
            return null;
        }
        List<Json> items = retry.array(field);
        boolean wrong = !(retry.any(field) instanceof Json.Arr);
        Set<Integer> statuses = new TreeSet<>();
        for (int i = 0; i < items.size(); i++) {
            int status = items.get(i) instanceof Json.Num(String literal) ? status(literal) : 0;
            if (status == 0) {
                retry.error(field + "[" + i + "]", "is " + items.get(i), "a status from 400 to 599");
                wrong = true;
            }
            statuses.add(status);
        }
        return wrong ? null : statuses;
    }

    /// 0 when the status cannot be retried.
    private static int status(String literal) {
        try {
            int status = new BigDecimal(literal).intValueExact();
            return status >= 400 && status <= 599 ? status : 0;
        } catch (ArithmeticException _) {
            return 0;
        }
    }
}
