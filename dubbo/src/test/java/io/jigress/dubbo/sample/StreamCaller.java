package io.jigress.dubbo.sample;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.dubbo.common.stream.StreamObserver;
import org.apache.dubbo.rpc.RpcContext;

/// A consumer of both services, which describes what it gets.
final class StreamCaller {
    private StreamCaller() {}

    static List<String> results(TypeService types, StreamService streams) throws Exception {
        List<String> results = new ArrayList<>();
        results.add(types.text("é中"));
        results.add(types.two("a", 9007199254740993L));
        results.add(Samples.describe(types.bean(Samples.item("a", 2, "1.50"))));
        RpcContext.getClientAttachment().setAttachment("x-user", "u-1");
        results.add(types.attachment("x-user") + " " + RpcContext.getServerContext().getAttachment("answer"));
        try {
            results.add(types.fails("declared"));
        } catch (OutOfStock e) {
            results.add("OutOfStock " + e.getMessage());
        }
        results.add(Integer.toString(types.large(1_000_000).length()));
        Received counted = new Received();
        streams.count(3, counted);
        results.add(counted.await());
        Received summed = new Received();
        StreamObserver<Integer> numbers = streams.sum(summed);
        for (int i = 1; i <= 4; i++) {
            numbers.onNext(i);
        }
        numbers.onCompleted();
        results.add(summed.await());
        return results;
    }

    private static final class Received implements StreamObserver<String> {
        private final List<String> texts = new ArrayList<>();
        private final CountDownLatch end = new CountDownLatch(1);

        @Override
        public synchronized void onNext(String text) {
            texts.add(text);
        }

        @Override
        public synchronized void onError(Throwable failure) {
            texts.add("failed: " + failure);
            end.countDown();
        }

        @Override
        public void onCompleted() {
            end.countDown();
        }

        String await() throws InterruptedException {
            boolean ended = end.await(20, TimeUnit.SECONDS);
            synchronized (this) {
                return texts + (ended ? "" : " and no end");
            }
        }
    }
}
