package io.jigress.dubbo.sample;

import org.apache.dubbo.common.stream.StreamObserver;

/// The implementation of the provider.
final class StreamProvider implements StreamService {
    @Override
    public void count(Integer to, StreamObserver<String> out) {
        for (int i = 1; i <= to; i++) {
            out.onNext(Integer.toString(i));
        }
        out.onCompleted();
    }

    @Override
    public StreamObserver<Integer> sum(StreamObserver<String> out) {
        return new StreamObserver<>() {
            private int sum;

            @Override
            public void onNext(Integer number) {
                sum += number;
                out.onNext(Integer.toString(sum));
            }

            @Override
            public void onError(Throwable failure) {
                out.onError(failure);
            }

            @Override
            public void onCompleted() {
                out.onCompleted();
            }
        };
    }
}
