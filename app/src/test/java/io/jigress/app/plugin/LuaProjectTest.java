package io.jigress.app.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.ProcessRun;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `jigress plugin new --kind lua`, then `jigress plugin dev` while the script is edited.
@Timeout(120)
class LuaProjectTest {
    @TempDir private Path folder;

    @Test
    void aSavedChangeIsSeenByLaterRequests() throws Exception {
        ProcessRun making = new ProcessRun(folder);
        assertThat(making.run("plugin", "new", "greeting", "--kind", "lua")).as(making.err()).isZero();
        assertThat(making.out()).contains("wrote greeting/greeting.lua", "wrote greeting/plugin.yaml",
                "wrote greeting/test-request.sh",
                "wrote greeting/index.yaml", "Next: jigress plugin dev greeting");
        Path script = folder.resolve("greeting/greeting.lua");

        try (DevRun dev = DevRun.start(folder, "x-greeting", "greeting")) {
            dev.awaitText("hello");
            assertThat(dev.status("x-user: mallory")).isEqualTo(403);
            Files.writeString(script,
                    Files.readString(script).replace("handle:metadata():get(\"word\") or \"hello\"", "\"changed\""));
            dev.awaitText("changed");
            dev.awaitOutput("live after", 2);
            // A script with a mistake is reported, and the last one stays.
            Files.writeString(script, "function envoy_on_request(");
            dev.awaitOutput("plugin greeting is not taken up", 1);
            dev.awaitText("changed");
        }
    }

    @Test
    void aPluginMayBeCalledAsTheGatewayIs() throws Exception {
        for (String name : new String[] {"gateway", "dev"}) {
            ProcessRun making = new ProcessRun(folder);
            assertThat(making.run("plugin", "new", name, "--kind", "lua")).as(making.err()).isZero();
            try (DevRun dev = DevRun.start(folder, "x-" + name, name)) {
                dev.awaitText("hello");
            }
        }
    }

    @Test
    void aProjectIsNotWrittenOverAnother() throws Exception {
        Files.createDirectory(folder.resolve("greeting"));
        ProcessRun making = new ProcessRun(folder);
        assertThat(making.run("plugin", "new", "greeting", "--kind", "lua")).isEqualTo(1);
        assertThat(making.err()).isEqualTo("jigress: greeting is there already; nothing was written\n");
        assertThat(making.run("plugin", "new", "Greeting")).isEqualTo(2);
        assertThat(making.run("plugin", "new", "other", "--kind", "perl")).isEqualTo(2);
        assertThat(making.err()).endsWith(
                "jigress: --kind is \"perl\" (expected: one of java, java-event, lua, wasm-go, wasm-rust)\n");
    }

    @Test
    void aFolderWithoutAnIndexIsNoProject() {
        ProcessRun dev = new ProcessRun(folder);
        assertThat(dev.run("plugin", "dev", ".")).isEqualTo(2);
        assertThat(dev.err()).isEqualTo("jigress: the folder . has no index.yaml (expected: a project of jigress plugin new)\n");
    }
}
