package io.jigress.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A control group (version 2 or 1) with half a GiB of memory and one processor, if the machine permits it.
public final class Cgroup implements AutoCloseable {
    public static final long MEMORY = 512L << 20;

    private static final Path ROOT = Path.of("/sys/fs/cgroup");
    private static final String NAME = "jigress-test-" + ProcessHandle.current().pid();

    private final List<Path> folders;

    private Cgroup(List<Path> folders) {
        this.folders = folders;
    }

    /// Empty when the machine does not permit it.
    public static Optional<Cgroup> make() {
        List<Path> made = new ArrayList<>();
        try {
            if (Files.exists(ROOT.resolve("cgroup.controllers"))) {
                Files.writeString(ROOT.resolve("cgroup.subtree_control"), "+cpu +memory");
                Path folder = make(ROOT.resolve(NAME), made);
                Files.writeString(folder.resolve("memory.max"), Long.toString(MEMORY));
                Files.writeString(folder.resolve("cpu.max"), "100000 100000");
            } else {
                Path memory = make(ROOT.resolve("memory").resolve(NAME), made);
                Files.writeString(memory.resolve("memory.limit_in_bytes"), Long.toString(MEMORY));
                Path cpu = make(ROOT.resolve("cpu").resolve(NAME), made);
                Files.writeString(cpu.resolve("cpu.cfs_period_us"), "100000");
                Files.writeString(cpu.resolve("cpu.cfs_quota_us"), "100000");
            }
            return Optional.of(new Cgroup(made));
        } catch (IOException _) {
            new Cgroup(made).close();
            return Optional.empty();
        }
    }

    private static Path make(Path folder, List<Path> made) throws IOException {
        made.add(Files.createDirectory(folder));
        return folder;
    }

    /// The prefix that runs another command inside.
    public List<String> wrapper() {
        StringBuilder script = new StringBuilder();
        folders.forEach(folder -> script.append("echo $$ > ").append(folder.resolve("cgroup.procs")).append(" && "));
        return List.of("sh", "-c", script + "exec \"$@\"", "sh");
    }

    /// All processes inside must have ended.
    @Override
    public void close() {
        for (Path folder : folders) {
            try {
                Files.deleteIfExists(folder);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
