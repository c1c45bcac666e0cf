package io.jigress.bench.registry;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// An agent of Consul; followed by a blocking query.
final class DrivenConsul extends DrivenHttp {
    private static final Pattern PORT = Pattern.compile("\"ID\":\\s*\"i[0-9]+-[^\"]*\",\\s*\"Service\":.*?\"Port\":\\s*([0-9]+)",
            Pattern.DOTALL);

    DrivenConsul(String server) {
        super(server);
    }

    @Override
    public void add(String service, int port) throws Exception {
        change("PUT", "/v1/agent/service/register", """
                {"ID":"i%d-%s","Name":"%s","Address":"127.0.0.1","Port":%d}""".formatted(port, service, service, port));
    }

    @Override
    public void remove(String service, int port) throws Exception {
        change("PUT", "/v1/agent/service/deregister/i" + port + "-" + service, "");
    }

    @Override
    public void follow(String service, Consumer<Set<Integer>> heard) {
        AtomicLong index = new AtomicLong();
        poll(() -> {
            // After a failure the index may be higher than that of an agent that was started again.
            long before = index.getAndSet(0);
            HttpResponse<String> response = ask("GET", "/v1/health/service/" + service + "?wait=55s&index=" + before, "");
            if (response.statusCode() != 200) {
                throw new IOException(response.statusCode() + " " + response.body());
            }
            long next = response.headers().firstValueAsLong("x-consul-index").orElse(0);
            index.set(next < before ? 0 : next);
            return response;
        }, PORT, 0, heard);
    }
}
