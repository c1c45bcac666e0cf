package io.jigress.bench.registry;

import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// A server of Eureka; followed by asking every 10 ms, since it does not push.
final class DrivenEureka extends DrivenHttp {
    private static final Pattern PORT = Pattern.compile("\"port\":\\{\"\\$\":([0-9]+)");
    private static final int POLL_MILLIS = 10;

    DrivenEureka(String server) {
        super(server);
    }

    private static String path(String service) {
        return "/eureka/apps/" + service.toUpperCase(Locale.ROOT);
    }

    @Override
    public void add(String service, int port) throws Exception {
        change("POST", path(service), """
                {"instance":{"instanceId":"i%1$d","hostName":"localhost","app":"%2$s","ipAddr":"127.0.0.1","status":"UP",
                 "port":{"$":%1$d,"@enabled":"true"},"vipAddress":"%3$s",
                 "leaseInfo":{"renewalIntervalInSecs":3600,"durationInSecs":7200},
                 "dataCenterInfo":{"@class":"com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo","name":"MyOwn"},
                 "metadata":{}}}""".formatted(port, service.toUpperCase(Locale.ROOT), service));
    }

    @Override
    public void remove(String service, int port) throws Exception {
        change("DELETE", path(service) + "/i" + port, "");
    }

    @Override
    public void follow(String service, Consumer<Set<Integer>> heard) {
        poll(() -> ask("GET", path(service), ""), PORT, POLL_MILLIS, heard);
    }
}
