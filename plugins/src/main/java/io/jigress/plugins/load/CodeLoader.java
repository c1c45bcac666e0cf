package io.jigress.plugins.load;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Fetches the code of plugins of one kind, or indexes of them, and checks it. Slow; for several threads.
public final class CodeLoader {
    /// How long an answer of a server may take.
    public static final Duration ANSWER = Duration.ofSeconds(40);

    private final CodeKind kind;
    private final @Nullable String mavenRepository;
    private final Fetcher fetcher;

    /// @param mavenRepository the URL under which artifacts are; null for none
    public CodeLoader(CodeKind kind, @Nullable String mavenRepository) {
        this(kind, mavenRepository, ANSWER);
    }

    /// @param answer how long a whole answer of a server may take
    public CodeLoader(CodeKind kind, @Nullable String mavenRepository, Duration answer) {
        this.kind = kind;
        this.mavenRepository = mavenRepository;
        this.fetcher = new Fetcher(answer);
    }

    public byte[] load(CodeReference reference) throws CodeFault {
        String url = reference.url();
        String scheme = url.substring(0, Math.max(0, url.indexOf(':'))).toLowerCase(Locale.ROOT);
        if (scheme.equals("oci")) {
            return new Registry(fetcher, kind, ImageReference.of(url), reference).code(reference.sha256(), reference.cosignKey());
        }
        byte[] bytes = switch (scheme) {
            case "file" -> file(path(url));
            case "maven" -> maven(reference);
            default -> http(url, reference);
        };
        String digest = sha256(bytes);
        if (reference.sha256() != null && !reference.sha256().equals(digest)) {
            throw new CodeFault("has the SHA-256 " + digest + " (expected: " + reference.sha256() + ")");
        }
        return bytes;
    }

    private byte[] maven(CodeReference reference) throws CodeFault {
        String repository = mavenRepository;
        if (repository == null) {
            throw new CodeFault("is a Maven coordinate, and there is no setting plugins.maven.repository");
        }
        MavenCoordinate coordinate = MavenCoordinate.of(reference.url());
        String url = coordinate.in(repository, kind.suffix());
        byte[] bytes = http(url, reference);
        Fetcher.Answer sum = fetcher.get(url + ".sha1", "text/plain, */*", authorization(reference), 1024);
        if (sum.status() == 200) {
            String expected = sum.text().strip().split("\\s", 2)[0].toLowerCase(Locale.ROOT);
            String actual = digest("SHA-1", bytes);
            if (!expected.equals(actual)) {
                throw new CodeFault("has the SHA-1 " + actual + ", and the repository says " + expected);
            }
        }
        return bytes;
    }

    private static @Nullable String authorization(CodeReference reference) {
        String user = reference.user();
        String password = reference.password();
        return user == null || password == null ? null : Fetcher.basic(user, password);
    }

    private byte[] http(String url, CodeReference reference) throws CodeFault {
        Fetcher.Answer answer = fetcher.get(url, kind.mediaType() + ", */*", authorization(reference), kind.maxBytes());
        if (answer.status() != 200) {
            throw new CodeFault(
                    "cannot be fetched" + (url.equals(reference.url()) ? "" : " from " + url) + ": the server answered "
                            + answer.status());
        }
        return answer.body();
    }

    /// The path of a URL `file:///…`.
    public static Path path(String url) throws CodeFault {
        try {
            return Path.of(URI.create(url));
        } catch (IllegalArgumentException e) {
            throw new CodeFault("is no path: " + e.getMessage());
        }
    }

    /// A file of a folder or a URL.
    public byte[] file(Path file) throws CodeFault {
        try {
            if (Files.size(file) > kind.maxBytes()) {
                throw new CodeFault("has " + Files.size(file) + " bytes (expected: at most " + kind.maxBytes() + ")");
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException _) {
            throw new CodeFault("does not exist");
        } catch (IOException | IllegalArgumentException e) {
            throw new CodeFault("cannot be read: " + e);
        }
    }

    public static String sha256(byte[] bytes) {
        return digest("SHA-256", bytes);
    }

    private static String digest(String algorithm, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
