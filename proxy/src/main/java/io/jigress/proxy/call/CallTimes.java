package io.jigress.proxy.call;

import io.jigress.api.CallLimits;
import io.jigress.proxy.compile.RouteDefaults;

/// What a call may take, with the gateway's settings where the filter says nothing; zero means no limit.
///
/// @param headNanos for each attempt, from the end of the request to the head of the response
record CallTimes(long deadlineNanos, long headNanos, long idleNanos) {

    static CallTimes http(CallLimits limits, RouteDefaults defaults) {
        return new CallTimes(limits.deadline().toNanos(), defaults.attempt(limits.head()), defaults.silence(limits.idle()));
    }

    static CallTimes channel(CallLimits limits) {
        return new CallTimes(limits.deadline().toNanos(), 0, limits.idle() == null ? 0 : limits.idle().toNanos());
    }
}
