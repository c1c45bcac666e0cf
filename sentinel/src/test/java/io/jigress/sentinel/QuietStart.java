package io.jigress.sentinel;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.jigress.sentinel.engine.SentinelEngine;
import io.jigress.testkit.FilterTester;
import java.util.TreeSet;
import org.slf4j.LoggerFactory;

/// Uses rules of every kind in a process of its own, and prints the names of the threads that exist afterwards.
final class QuietStart {
    private static final String RULES = "{'resource': 'r', 'callerHeader': 'x-app', 'flowRules': [{'count': 10}, {'count': 10, 'controlBehavior': 1},"
            + "{'count': 10, 'controlBehavior': 2}, {'count': 10, 'controlBehavior': 3}, {'grade': 0, 'count': 3}],"
            + "'gatewayFlowRules': [{'count': 10, 'paramItem': {'parseStrategy': 0}}, {'grade': 0, 'count': 3}],"
            + "'degradeRules': [{'grade': 0, 'count': 1, 'timeWindow': 1}, {'grade': 1, 'count': 1, 'timeWindow': 1}],"
            + "'authorityRules': [{'limitApp': 'a'}], 'systemRules': [{'highestCpuUsage': 1, 'qps': 100}]}";

    private QuietStart() {}

    public static void main(String[] args) {
        // The log level of a gateway.
        ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.INFO);
        FilterTester tester = FilterTester.start(SentinelFactory.of(new SentinelEngine(), RuleFeed.NONE), RULES);
        var exchange = tester.exchange("GET", "/");
        exchange.requestHead();
        exchange.respond(200);
        exchange.complete();
        TreeSet<String> names = new TreeSet<>();
        Thread.getAllStackTraces().keySet().forEach(thread -> names.add(thread.getName()));
        System.out.println(String.join("\n", names));
    }
}
