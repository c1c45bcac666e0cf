package io.jigress.dubbo.sample;

import org.apache.dubbo.common.stream.StreamObserver;

/// A service with streams, which only Triple carries.
public interface StreamService {
    /// The numbers from 1 to `to`, as text.
    void count(Integer to, StreamObserver<String> out);

    /// The sum so far after each number, as text.
    StreamObserver<Integer> sum(StreamObserver<String> out);
}
