package io.jigress.api;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/// The parts of an exchange that a filter can ask for. Callbacks for parts that it did not ask for are never called. See [HttpFilter#interests].
public enum FilterInterest {
    REQUEST_HEAD,
    /// The filter sees bodies but does not change them: the framing of the message is kept.
    READ_REQUEST_BODY,
    /// Includes reading. A message whose length may change is sent chunked, unless the filter holds its head until the body is whole.
    CHANGE_REQUEST_BODY,
    REQUEST_TRAILERS,
    RESPONSE_HEAD,
    /// As of requests.
    READ_RESPONSE_BODY,
    /// As of requests.
    CHANGE_RESPONSE_BODY,
    RESPONSE_TRAILERS,
    /// [HttpFilter#onComplete].
    COMPLETION;

    /// The interests that follow from the callbacks that a class overrides. A body callback stands for changing bodies.
    ///
    /// @return an immutable set
    public static Set<FilterInterest> of(Class<? extends HttpFilter> type) {
        Set<FilterInterest> found = EnumSet.noneOf(FilterInterest.class);
        add(found, type, REQUEST_HEAD, "onRequestHead", Exchange.class);
        add(found, type, CHANGE_REQUEST_BODY, "onRequestBody", Exchange.class, Body.class);
        add(found, type, REQUEST_TRAILERS, "onRequestTrailers", Exchange.class, Headers.class);
        add(found, type, RESPONSE_HEAD, "onResponseHead", Exchange.class);
        add(found, type, CHANGE_RESPONSE_BODY, "onResponseBody", Exchange.class, Body.class);
        add(found, type, RESPONSE_TRAILERS, "onResponseTrailers", Exchange.class, Headers.class);
        add(found, type, COMPLETION, "onComplete", Exchange.class);
        return Collections.unmodifiableSet(found);
    }

    private static void add(Set<FilterInterest> to, Class<?> type, FilterInterest interest, String callback,
            Class<?>... parameters) {
        try {
            if (type.getMethod(callback, parameters).getDeclaringClass() != HttpFilter.class) {
                to.add(interest);
            }
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(type + " has no " + callback, e);
        }
    }
}
