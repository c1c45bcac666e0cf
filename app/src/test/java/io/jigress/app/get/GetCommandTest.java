package io.jigress.app.get;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.ProcessRun;
import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GetCommandTest {
    @TempDir private Path folder;
    private int port;

    @BeforeEach
    void write() throws IOException {
        port = WiringTest.freePort();
        Files.createDirectory(folder.resolve("conf"));
        Files.writeString(folder.resolve("conf/all.yaml"), """
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
                  rules: [{backendRefs: [{name: cart, port: 80}]}]
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: other, namespace: stage}
                spec: {ports: [{port: 80}]}
                """.formatted(port));
    }

    private String get(int status, String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "get";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        ProcessRun process = new ProcessRun(folder);
        assertThat(process.run(all)).as("%s%s", process.out(), process.err()).isEqualTo(status);
        return process.out() + process.err();
    }

    @Test
    void objectsOfAKindAreLinesWithConditionsAndProblems() {
        assertThat(get(0, "httproutes", "--config", "conf")).isEqualTo("""
                NAME          CONDITIONS                    PROBLEMS  PLACE
                default/shop  Accepted, ResolvedRefs=False  1 error   all.yaml:8
                """);
        assertThat(get(0, "Service", "--source", "folder:conf", "-n", "default")).hasLineCount(1);
        assertThat(get(0, "service", "--source", "folder:conf")).contains("stage/other");
    }

    @Test
    void oneObjectIsShownWithEverything() {
        assertThat(get(0, "httproute", "shop", "--config", "conf")).startsWith("""
                HTTPRoute default/shop  all.yaml:8
                  parent main Accepted=True (Accepted): The route is accepted
                  parent main ResolvedRefs=False (BackendNotFound): spec.rules[0].backendRefs[0].name is "cart"\
                """).contains("  error: spec.rules[0].backendRefs[0].name is \"cart\", and there is no Service default/cart")
                .contains("\"backendRefs\"");
        assertThat(get(1, "httproute", "gone", "--config", "conf")).isEqualTo("jigress: there is no httproute gone\n");
    }

    @Test
    void aRunningGatewaySaysTheSame() throws Exception {
        Settings settings = Settings.defaults(new Machine(1, 512 << 20))
                .with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.ERROR, "test")
                .with(KnownSettings.CONFIG_FOLDER, "conf", "test");
        try (Wiring wiring = Wiring.start(settings, folder)) {
            String admin = "127.0.0.1:" + wiring.adminAddress().orElseThrow().getPort();
            assertThat(get(0, "httproutes", "--admin", admin)).isEqualTo("""
                    NAME          CONDITIONS                    PROBLEMS  PLACE
                    default/shop  Accepted, ResolvedRefs=False  1 error   all.yaml
                    """);
        }
    }

    @Test
    void severalClustersAreToldApart() throws IOException {
        Files.createDirectory(folder.resolve("more"));
        Files.copy(folder.resolve("conf/all.yaml"), folder.resolve("more/all.yaml"));
        String[] sources = {"--source", "east=folder:conf", "--source", "west=folder:more"};
        assertThat(get(0, "gateways", sources[0], sources[1], sources[2], sources[3])).contains("default/main@east",
                "default/main@west");
        assertThat(get(0, "gateway", "main@west", sources[0], sources[1], sources[2], sources[3]))
                .startsWith("Gateway default/main@west  more/all.yaml:1\n");
    }

    @Test
    void aSourceOrAnAdminPortIsNeeded() {
        assertThat(get(2, "httproutes")).contains("--config DIR, --source URL or --admin URL");
        assertThat(get(2, "httproutes", "--config", "nowhere")).contains("nowhere");
    }
}
