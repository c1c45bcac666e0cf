package io.jigress.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.alibaba.csp.sentinel.SphO;
import com.alibaba.csp.sentinel.slots.block.flow.FlowRule;
import com.alibaba.csp.sentinel.slots.block.flow.FlowRuleManager;
import com.alibaba.nacos.api.NacosFactory;
import com.alibaba.nacos.api.config.ConfigService;
import com.alibaba.nacos.api.config.listener.AbstractListener;
import com.alibaba.nacos.api.exception.NacosException;
import com.alibaba.nacos.common.utils.JacksonUtils;
import io.jigress.api.Json;
import io.jigress.app.run.Wiring;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;

/// Rules of thousands of resources that change in Nacos: from the begin of the publication until a request gets what the new rules say, at a
/// gateway and at a bare client of Sentinel, in turns. Each follows a data id of its own. All rules change each time. Prints a JSON object;
/// `bench/sentinel` runs it.
///
/// Arguments: `HOST:PORT` of a Nacos server, how many changes (200), how many resources (5000), an empty folder.
public final class SentinelPushBenchmark {
    private static final String GROUP = "SENTINEL_GROUP";
    private static final String OURS = "bench-gateway";
    private static final String BARE = "bench-bare";
    private static final String PROBE = "SentinelRule default/shop";
    private static final long PATIENCE_NANOS = 30_000_000_000L;
    private static final double MICRO_NANOS = 1_000;
    private static final int WARM_UP = 20;

    private SentinelPushBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        String nacos = arguments[0];
        int changes = Integer.parseInt(arguments[1]);
        int resources = Integer.parseInt(arguments[2]);
        Path folder = Path.of(arguments[3]);
        ConfigService service = NacosFactory.createConfigService(nacos);
        int round = 0;
        publish(service, OURS, rules(resources, round));
        publish(service, BARE, rules(resources, round));
        follow(service);
        int port = freePort();
        try (Wiring gateway = Wiring.start(settings(folder, nacos, port), folder);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            while (gateway.isWarming()) {
                Thread.onSpinWait();
            }
            socket.setTcpNoDelay(true);
            double[] ours = new double[changes];
            double[] bare = new double[changes];
            for (int i = -WARM_UP; i < changes; i++) {
                round++;
                boolean refused = round % 2 == 1;
                String rules = rules(resources, round);
                // Each comes first in every other pair of rounds.
                boolean first = (round & 2) == 0;
                double early = first ? ours(service, rules, socket, refused) : bare(service, rules, refused);
                double late = first ? bare(service, rules, refused) : ours(service, rules, socket, refused);
                if (i >= 0) {
                    ours[i] = first ? early : late;
                    bare[i] = first ? late : early;
                }
            }
            System.out.println(Json.object().put("gateway", figures(ours)).put("bare", figures(bare)).put("resources", resources)
                    .put("bytes", rules(resources, 1).length()).build());
        } finally {
            service.shutDown();
        }
        System.exit(0); // Threads of the libraries of Nacos and Sentinel are left.
    }

    private static double ours(ConfigService service, String rules, Socket socket, boolean refused) throws NacosException {
        return effective(service, OURS, rules, () -> refused(socket) == refused);
    }

    private static double bare(ConfigService service, String rules, boolean refused) throws NacosException {
        return effective(service, BARE, rules, () -> bareRefuses() == refused);
    }

    private static void follow(ConfigService service) throws NacosException {
        String first = null;
        // What was published can be read a little later.
        while (first == null) {
            first = service.getConfig(BARE, GROUP, 10_000);
        }
        FlowRuleManager.loadRules(parsed(first));
        service.addListener(BARE, GROUP, new AbstractListener() {
            @Override
            public void receiveConfigInfo(String text) {
                FlowRuleManager.loadRules(parsed(text));
            }
        });
    }

    private static List<FlowRule> parsed(String text) {
        return List.of(JacksonUtils.toObj(text, FlowRule[].class));
    }

    /// Every rule has another count in each round; that of the probe refuses in every other one.
    private static String rules(int resources, int round) {
        StringBuilder text = new StringBuilder("[");
        for (int i = 1; i < resources; i++) {
            text.append("{\"resource\":\"HTTPRoute default/route-").append(i).append("\",\"grade\":1,\"count\":")
                    .append(1_000_000 + round)
                    .append(",\"controlBehavior\":0},");
        }
        return text.append("{\"resource\":\"").append(PROBE).append("\",\"grade\":1,\"count\":")
                .append(round % 2 == 1 ? 0 : 1_000_000)
                .append(",\"controlBehavior\":0}]").toString();
    }

    private static void publish(ConfigService service, String dataId, String text) throws NacosException {
        if (!service.publishConfig(dataId, GROUP, text, "json")) {
            throw new IllegalStateException("Nacos does not accept " + dataId);
        }
    }

    /// @return microseconds
    private static double effective(ConfigService service, String dataId, String text, BooleanSupplier isSo)
            throws NacosException {
        long begun = System.nanoTime();
        publish(service, dataId, text);
        while (!isSo.getAsBoolean()) {
            if (System.nanoTime() - begun > PATIENCE_NANOS) {
                throw new IllegalStateException("the rules of " + dataId + " are not effective after 30 s");
            }
        }
        return (System.nanoTime() - begun) / MICRO_NANOS;
    }

    /// An entry that is not left stays in the thread's context, with all that follow.
    private static boolean bareRefuses() {
        boolean passes = SphO.entry(PROBE);
        if (passes) {
            SphO.exit();
        }
        return !passes;
    }

    private static Json figures(double[] micros) {
        double[] sorted = micros.clone();
        Arrays.sort(sorted);
        return Json.object().put("medianMicros", Json.of(sorted[sorted.length / 2]))
                .put("p99Micros", Json.of(sorted[(int) Math.ceil(sorted.length * 0.99) - 1]))
                .put("mostMicros", Json.of(sorted[sorted.length - 1])).build();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /// Whether the gateway answers 429; the route answers others with a redirect, so that no upstream takes part.
    private static boolean refused(Socket socket) {
        try {
            socket.getOutputStream().write("GET / HTTP/1.1\r\nhost: shop.example\r\n\r\n".getBytes(US_ASCII));
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[4_096];
            int have = 0;
            while (have < 4 || !ended(buffer, have)) {
                int read = in.read(buffer, have, buffer.length - have);
                if (read < 0) {
                    throw new IllegalStateException("the gateway has closed the connection");
                }
                have += read;
            }
            return new String(buffer, 9, 3, US_ASCII).equals("429");
        } catch (IOException e) {
            throw new IllegalStateException("the gateway does not answer", e);
        }
    }

    /// The responses have no body.
    private static boolean ended(byte[] bytes, int length) {
        return bytes[length - 1] == '\n' && bytes[length - 3] == '\n';
    }

    private static Settings settings(Path folder, String nacos, int port) throws IOException {
        Path conf = Files.createDirectories(folder.resolve("conf"));
        Files.writeString(conf.resolve("shop.yaml"), """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec:
                  gatewayClassName: jigress
                  listeners: [{name: http, port: %d, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: shop}
                spec:
                  parentRefs: [{name: main}]
                  rules: [{filters: [{type: RequestRedirect, requestRedirect: {hostname: other.example}}]}]
                ---
                apiVersion: jigress.io/v1
                kind: Registry
                metadata: {name: nacos}
                spec: {type: nacos, servers: ["%s"]}
                ---
                apiVersion: jigress.io/v1
                kind: SentinelRule
                metadata: {name: shop}
                spec:
                  targetRefs: [{kind: HTTPRoute, name: shop}]
                  fallback: {status: 429, body: ""}
                  nacos: {registry: {name: nacos}, flowRules: %s}
                """.formatted(port, nacos, OURS));
        return Settings.defaults(new Machine(1, 512 << 20)).with(KnownSettings.PORTS_HTTP, freePort(), "bench")
                .with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "bench")
                .with(KnownSettings.ADMIN_ADDRESS, ListenAddress.OFF, "bench")
                .with(KnownSettings.CONFIG_FOLDER, conf.toString(), "bench");
    }
}
