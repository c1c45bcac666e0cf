package io.jigress.app.waf;

import io.jigress.app.cli.ExitCode;
import io.jigress.app.cli.Shell;
import io.jigress.waf.filter.CoreRuleSet;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `jigress waf fetch URL`: puts a release of the Core Rule Set into a folder.
@Command(name = "fetch", description = "Downloads a release of the Core Rule Set (.tar.gz), compares its checksum, and unpacks it.")
public final class WafFetch implements Callable<Integer> {
    /// The limit of an archive's bytes.
    private static final int MAX_BYTES = 64 * 1024 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Shell shell;

    @Parameters(paramLabel = "URL", description = "Of the archive (http or https), or a file.") private String url = "";

    @Option(names = "--sha256", paramLabel = "HEX", description = "The checksum of the archive. Without it, the checksum is printed, and nothing is unpacked.") private String checksum = "";

    @Option(names = "--to", paramLabel = "DIR", required = true, description = "The folder, for the setting waf.crs.") private String folder = "";

    public WafFetch(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() throws InterruptedException {
        try {
            byte[] archive = archive();
            String actual = sha256(archive);
            if (checksum.isEmpty()) {
                shell.out().println("sha256 " + actual);
                shell.complain(
                        "nothing was unpacked: compare this checksum with the one that is published, and give it as --sha256");
                return ExitCode.REFUSED;
            }
            if (!checksum.equalsIgnoreCase(actual)) {
                shell.complain(
                        "the checksum of " + url + " is " + actual + " (expected: " + checksum + "); nothing was unpacked");
                return ExitCode.FAILED;
            }
            return unpack(archive);
        } catch (NoSuchFileException _) {
            shell.complain("there is no file " + url + " (expected: a .tar.gz archive, or a URL with http or https)");
            return ExitCode.FAILED;
        } catch (IOException | IllegalArgumentException e) {
            String why = e.getMessage();
            shell.complain(url + ": " + (why == null ? e.toString() : why));
            return ExitCode.FAILED;
        }
    }

    private byte[] archive() throws IOException, InterruptedException {
        if (!url.startsWith("http://") && !url.startsWith("https://")) {
            try (InputStream in = Files.newInputStream(shell.path(url))) {
                return limited(in);
            }
        }
        HttpRequest request = HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE).build();
        try (HttpClient client = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).connectTimeout(PATIENCE)
                .build()) {
            HttpResponse<InputStream> response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                if (response.statusCode() != 200) {
                    throw new IOException("answered " + response.statusCode() + " (expected: 200)");
                }
                return limited(body);
            }
        }
    }

    private static byte[] limited(InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
            throw new IOException("is longer than " + MAX_BYTES + " bytes");
        }
        return bytes;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("each JDK has SHA-256", e);
        }
    }

    /// Unpacks beside the target, so that a broken archive leaves nothing behind.
    private int unpack(byte[] archive) throws IOException {
        Path target = shell.path(folder).toAbsolutePath().normalize();
        Files.createDirectories(target);
        Path fresh = Files.createTempDirectory(target, ".new-");
        try {
            TarGzip.unpack(new ByteArrayInputStream(archive), fresh);
            if (CoreRuleSet.in(fresh).isEmpty()) {
                shell.complain(url
                        + " contains no Core Rule Set (expected: rules/REQUEST-901-INITIALIZATION.conf and crs-setup.conf.example)");
                return ExitCode.FAILED;
            }
            List<Path> entries = entries(fresh);
            for (Path entry : entries) {
                if (Files.exists(target.resolve(entry.getFileName()))) {
                    shell.complain(target.resolve(entry.getFileName()) + " is there already; nothing was unpacked");
                    return ExitCode.FAILED;
                }
            }
            for (Path entry : entries) {
                Files.move(entry, target.resolve(entry.getFileName()));
            }
        } finally {
            delete(fresh);
        }
        CoreRuleSet.in(target).ifPresent(
                set -> shell.out().println("The Core Rule Set is in " + set.folder() + ". Settings:\n\nwaf.crs: " + target));
        return ExitCode.DONE;
    }

    private static List<Path> entries(Path folder) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> below = Files.newDirectoryStream(folder)) {
            below.forEach(entries::add);
        }
        return entries;
    }

    private static void delete(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
