package io.jigress.app.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.app.translate.Translators;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Which files of a project are sources.
class DevProjectTest {
    @TempDir private Path folder;

    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    private void write(String file, String text) throws Exception {
        Path path = folder.resolve(file);
        Files.createDirectories(Objects.requireNonNull(path.getParent()));
        Files.writeString(path, text);
    }

    private Thread watch(String... build) throws Exception {
        write("index.yaml", """
                apiVersion: jigress.io/v1
                kind: PluginIndex
                metadata: {name: greeting}
                spec:
                  plugins: [{name: greeting, version: 1, kind: wasm, module: {url: out/greeting.bin}}]
                """.replace("version: 1", "version: '1'"));
        write("out/greeting.bin", "first");
        DevProject project = new DevProject(folder, Files.createDirectory(folder.resolve(".config")), List.of(build),
                Translators.objectCheck(Settings.defaults(new Machine(2, 512 << 20)), folder), told::add);
        project.update();
        Thread watch = Thread.ofVirtual().start(project::watch);
        assertThat(told.take()).contains("plugin greeting: built in");
        return watch;
    }

    @ParameterizedTest
    @ValueSource(strings = {"main.go", "pkg/shop/cart.go", "src/main/java/com/example/build/Build.java", "src/target/mod.rs"})
    void aSavedSourceIsBuilt(String source) throws Exception {
        write(source, "1");
        Thread watch = watch("true");
        write(source, "12");
        assertThat(told.poll(30, TimeUnit.SECONDS)).contains("built in");
        watch.interrupt();
        watch.join();
    }

    @Test
    void whatABuildWritesIsNotBuiltAgain() throws Exception {
        write("make.sh", "mkdir -p target node_modules/a && date +%s%N | tee target/a node_modules/a/b > out/greeting.bin");
        Thread watch = watch("sh", "make.sh");
        assertThat(told.poll(3, TimeUnit.SECONDS)).isNull();
        watch.interrupt();
        watch.join();
    }
}
