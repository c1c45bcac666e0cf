package io.jigress.sentinel.cluster;

import com.alibaba.csp.sentinel.cluster.TokenResult;
import com.alibaba.csp.sentinel.cluster.client.DefaultClusterTokenClient;
import com.alibaba.csp.sentinel.cluster.client.config.ClusterClientAssignConfig;
import com.alibaba.csp.sentinel.cluster.client.config.ClusterClientConfig;
import com.alibaba.csp.sentinel.cluster.client.config.ClusterClientConfigManager;
import com.alibaba.csp.sentinel.cluster.flow.rule.ClusterFlowRuleManager;
import com.alibaba.csp.sentinel.cluster.flow.rule.ClusterParamFlowRuleManager;
import com.alibaba.csp.sentinel.cluster.server.SentinelDefaultTokenServer;
import com.alibaba.csp.sentinel.cluster.server.config.ClusterServerConfigManager;
import com.alibaba.csp.sentinel.cluster.server.config.ServerTransportConfig;
import com.alibaba.csp.sentinel.init.InitExecutor;
import com.alibaba.csp.sentinel.slots.block.flow.ClusterFlowConfig;
import com.alibaba.csp.sentinel.slots.block.flow.FlowRule;
import com.alibaba.csp.sentinel.slots.block.flow.param.ParamFlowClusterConfig;
import com.alibaba.csp.sentinel.slots.block.flow.param.ParamFlowRule;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Sentinel's own token server and token client, in a process of its own. Reads commands from standard input, one a line, and answers each
/// with one line that begins with `> `.
final class TokenPeer {
    private static final String NAMESPACE = "jigress";
    private static final int TIMEOUT_MILLIS = 2_000;

    private TokenPeer() {}

    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[1]);
        if (arguments[0].equals("server")) {
            server(port);
        } else {
            client(port);
        }
    }

    private static void server(int port) throws Exception {
        ClusterServerConfigManager.loadServerNamespaceSet(Set.of(NAMESPACE));
        ClusterServerConfigManager.loadGlobalTransportConfig(new ServerTransportConfig().setPort(port).setIdleSeconds(600));
        new SentinelDefaultTokenServer().start();
        awaitListening(port);
        System.out.println("> ready");
        List<FlowRule> flow = new ArrayList<>();
        List<ParamFlowRule> values = new ArrayList<>();
        for (String[] words : commands()) {
            long id = Long.parseLong(words[1]);
            double count = Double.parseDouble(words[2]);
            if (words[0].equals("flow")) {
                FlowRule rule = new FlowRule("r" + id);
                rule.setCount(count);
                rule.setClusterMode(true);
                rule.setClusterConfig(new ClusterFlowConfig().setFlowId(id).setThresholdType(Integer.parseInt(words[3]))
                        .setWindowIntervalMs(60_000));
                flow.add(rule);
                ClusterFlowRuleManager.loadRules(NAMESPACE, flow);
            } else {
                ParamFlowRule rule = new ParamFlowRule("r" + id).setParamIdx(0).setCount(count);
                rule.setClusterMode(true);
                rule.setClusterConfig(new ParamFlowClusterConfig().setFlowId(id).setThresholdType(1).setWindowIntervalMs(60_000));
                values.add(rule);
                ClusterParamFlowRuleManager.loadRules(NAMESPACE, values);
            }
            System.out.println("> served");
        }
    }

    private static void client(int port) throws Exception {
        System.setProperty("project.name", NAMESPACE);
        InitExecutor.doInit();
        ClusterClientConfigManager.applyNewConfig(new ClusterClientConfig().setRequestTimeout(TIMEOUT_MILLIS));
        ClusterClientConfigManager.applyNewAssignConfig(new ClusterClientAssignConfig("127.0.0.1", port));
        DefaultClusterTokenClient client = new DefaultClusterTokenClient();
        client.start();
        long end = System.nanoTime() + 30_000_000_000L;
        while (client.getState() != 2) {
            if (System.nanoTime() > end) {
                throw new IOException("no connection to the token server");
            }
            Thread.onSpinWait();
        }
        System.out.println("> ready");
        for (String[] words : commands()) {
            long id = Long.parseLong(words[1]);
            Map<Integer, Integer> statuses = new TreeMap<>();
            int wait = 0;
            for (int i = 0; i < Integer.parseInt(words[2]); i++) {
                TokenResult result = words[0].equals("flow")
                        ? client.requestToken(id, 1, words.length > 3)
                        : client.requestParamToken(id, 1, List.of(words[3]));
                statuses.merge(result.getStatus(), 1, Integer::sum);
                wait = Math.max(wait, result.getWaitInMs());
            }
            System.out.println("> " + statuses + (wait == 0 ? "" : " wait"));
        }
    }

    private static Iterable<String[]> commands() {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        return () -> lines.lines().map(line -> line.split(" ", -1)).iterator();
    }

    private static void awaitListening(int port) throws IOException {
        long end = System.nanoTime() + 30_000_000_000L;
        while (true) {
            try {
                new Socket(InetAddress.getLoopbackAddress(), port).close();
                return;
            } catch (IOException e) {
                if (System.nanoTime() > end) {
                    throw e;
                }
            }
        }
    }
}
