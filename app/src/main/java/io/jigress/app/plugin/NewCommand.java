package io.jigress.app.plugin;

import io.jigress.app.cli.ExitCode;
import io.jigress.app.cli.Shell;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `jigress plugin new NAME`.
@Command(name = "new", description = "Writes the project of a new plugin into a folder of its name: it builds, and has a test and an index.")
public final class NewCommand implements Callable<Integer> {
    private static final String NAMES = "[a-z][a-z0-9]*(-[a-z0-9]+)*";

    private final Shell shell;

    @Parameters(paramLabel = "NAME", description = "Lower-case letters, digits and hyphens.") private String name = "";

    @Option(names = "--kind", paramLabel = "KIND", description = "java (the default): straight code on virtual threads; java-event: on the event loop; lua, wasm-go, wasm-rust.") private String kind = "java";

    @Option(names = "--repository", paramLabel = "DIR", description = "The Maven repository with jigress-api and jigress-testkit (default: that of this installation).") private @Nullable String repository;

    public NewCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        NewProject.Kind known = NewProject.Kind.of(kind);
        if (known == null) {
            shell.complain("--kind is \"" + kind + "\" (expected: one of " + NewProject.Kind.words() + ")");
            return ExitCode.REFUSED;
        }
        if (!name.matches(NAMES) || name.length() > 60) {
            shell.complain("the name is \"" + name
                    + "\" (expected: lower-case letters, digits and hyphens, at most 60, first a letter)");
            return ExitCode.REFUSED;
        }
        Path folder = shell.path(name);
        if (Files.exists(folder)) {
            shell.complain(name + " is there already; nothing was written");
            return ExitCode.FAILED;
        }
        try {
            PluginRepository from = known.isJava() ? repository() : null;
            if (known.isJava() && from == null) {
                shell.complain("this installation has no folder repository (expected: --repository DIR)");
                return ExitCode.FAILED;
            }
            NewProject project = NewProject.of(known, name, from);
            project.write(folder);
            project.files().keySet().forEach(file -> shell.out().println("wrote " + name + "/" + file));
            shell.out().println("\nNext: jigress plugin dev " + name);
            shell.out().flush();
            return ExitCode.DONE;
        } catch (IOException e) {
            shell.complain("the project is not written: " + e.getMessage());
            return ExitCode.FAILED;
        }
    }

    private @Nullable PluginRepository repository() throws IOException {
        if (repository != null) {
            return PluginRepository.in(shell.path(repository));
        }
        PluginRepository own = PluginRepository.beside(ownJar());
        if (own != null) {
            own.complete();
        }
        return own;
    }

    /// `jigress plugin repository`: for the build of the release archive.
    @Command(name = "repository", hidden = true, description = "Completes the Maven repository of this installation.")
    public static final class Repository implements Callable<Integer> {
        private final Shell shell;

        public Repository(Shell shell) {
            this.shell = shell;
        }

        @Override
        public Integer call() throws IOException {
            PluginRepository own = PluginRepository.beside(ownJar());
            if (own == null) {
                shell.complain("this installation has no folder repository");
                return ExitCode.FAILED;
            }
            own.complete();
            return ExitCode.DONE;
        }
    }

    /// The jar that `java -jar` runs; null when the class path is another. A class from an AOT cache says where its jar was when the cache was made, which is
    /// another place when the installation was moved since.
    static @Nullable Path jar(String classPath) {
        return classPath.endsWith(".jar") && !classPath.contains(File.pathSeparator) ? Path.of(classPath) : null;
    }

    private static Path ownJar() throws IOException {
        Path started = jar(System.getProperty("java.class.path", ""));
        if (started != null) {
            return started;
        }
        try {
            return Path.of(NewCommand.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }
}
