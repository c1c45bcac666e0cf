package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HttpFilter;
import io.jigress.api.LocalReply;
import io.jigress.api.ResponseHead;
import io.jigress.config.RouteAction;
import io.jigress.config.RouteOptions;
import io.jigress.proxy.http.HeadLimits;
import io.jigress.testkit.WireScript;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;

/// Runs the transcripts in `wire/`: the bytes that are sent on one side, and every byte that must arrive on the others.
///
/// Settings that a transcript can have: `trusted CIDR`, `forwarded`, `body-limit BYTES`, `head-limits TARGET HEAD FIELD COUNT`, `route-reply
/// STATUS TEXT`, `filter-reply STATUS TEXT` and `filter-error STATUS MESSAGE` for answers in place of the upstream, `filter-status STATUS` for a filter that changes
/// the upstream's status, and `log STATUS FLAG REASON` for the one line that the access log must contain at the end.
@ExtendWith(NoLeaks.class)
class WireTest {

    @TestFactory
    Stream<DynamicTest> transcripts() {
        return WireScript.load(WireTest.class, "wire").stream()
                .map(script -> DynamicTest.dynamicTest(script.name(), () -> play(script)));
    }

    /// What is logged during a transcript. No input of a client or an upstream may lead to a stack trace in the log.
    private static final class Stacks extends AppenderBase<ILoggingEvent> implements AutoCloseable {
        private final Logger root = ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger(Logger.ROOT_LOGGER_NAME);
        private final List<String> told = new CopyOnWriteArrayList<>();

        Stacks() {
            setContext(root.getLoggerContext());
            start();
            root.addAppender(this);
        }

        @Override
        protected void append(ILoggingEvent event) {
            if (event.getThrowableProxy() != null) {
                told.add(event.getFormattedMessage() + ": " + event.getThrowableProxy().getMessage());
            }
        }

        @Override
        public void close() {
            root.detachAppender(this);
        }
    }

    private static void play(WireScript script) throws Exception {
        try (Stacks stacks = new Stacks()) {
            playLogged(script);
            assertThat(stacks.told).as("stack traces in the log").isEmpty();
        }
    }

    private static void playLogged(WireScript script) throws Exception {
        GatewayUnderTest[] gateway = new GatewayUnderTest[1];
        try {
            script.run((_, upstream) -> {
                gateway[0] = start(script.settings(), upstream);
                return new WireScript.Gateway(gateway[0].address(), () -> {});
            });
            String expected = script.settings().get("log");
            if (expected != null) {
                logged(gateway[0].closeAndReadLog(), expected.split(" ", 3));
            }
        } finally {
            if (gateway[0] != null) {
                gateway[0].close();
            }
        }
    }

    private static GatewayUnderTest start(Map<String, String> settings, InetSocketAddress upstream) {
        GatewayUnderTest.Setup setup = GatewayUnderTest.to(upstream).accessLog();
        settings.forEach((name, value) -> {
            switch (name) {
                case "trusted" -> setup.trusted(value);
                case "forwarded" -> setup.forwardedField();
                case "body-limit" -> setup.options(new RouteOptions(null, null, null, Long.valueOf(value), true));
                case "route-reply" -> {
                    String[] reply = value.split(" ", 2);
                    setup.route(GatewayUnderTest.route("reply", "/reply",
                            new RouteAction.Reply(Integer.parseInt(reply[0]), "text/plain", reply[1], "reply")));
                }
                case "redirect" -> setup.route(GatewayUnderTest.route("redirect", "/redirect",
                        new RouteAction.Redirect(302, null, null, null, new RouteAction.PathRewrite.ReplacePrefix(value))));
                case "filter-reply", "filter-error" -> {
                    String[] reply = value.split(" ", 2);
                    int status = Integer.parseInt(reply[0]);
                    LocalReply made = name.equals("filter-error")
                            ? LocalReply.error(status, reply[1], "reply")
                            : LocalReply.text(status, reply[1], "reply");
                    setup.filters(TestFilter.of(new HttpFilter() {
                        @Override
                        public FilterDecision onRequestHead(Exchange exchange) {
                            return exchange.request().path().matches("/reply|/error")
                                    ? new FilterDecision.Reply(made)
                                    : FilterDecision.CONTINUE;
                        }
                    }));
                }
                case "filter-status" -> setup.filters(TestFilter.of(new HttpFilter() {
                    @Override
                    public FilterDecision onResponseHead(Exchange exchange) {
                        ResponseHead response = exchange.response();
                        if (response != null && exchange.request().path().equals("/status")) {
                            response.status(Integer.parseInt(value));
                        }
                        return FilterDecision.CONTINUE;
                    }
                }));
                case "head-limits" -> {
                    String[] limits = value.split(" ");
                    setup.heads(
                            new HeadLimits(Integer.parseInt(limits[0]), Integer.parseInt(limits[1]), Integer.parseInt(limits[2]),
                                    Integer.parseInt(limits[3])));
                }
                default -> {
                    // A setting that is read elsewhere, or a value for a placeholder.
                }
            }
        });
        return setup.start();
    }

    private static void logged(List<String> lines, String[] expected) {
        assertThat(lines).as("one line in the access log").hasSize(1);
        assertThat(lines.getFirst()).contains("\"status\":" + expected[0] + ",").contains("\"flag\":\"" + expected[1] + "\"")
                .contains("\"reason\":\"" + expected[2] + "\"");
    }
}
