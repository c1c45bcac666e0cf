package io.jigress.sources.registry;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The certificates and the key for TLS as PEM files, for libraries that read them from files only: in a temporary folder that only this user can
/// read, until it is closed. The libraries read them for each connection.
public final class TlsFiles implements AutoCloseable {
    private final Path folder;
    private final Path authorities;
    private final @Nullable Path certificate;
    private final @Nullable Path key;
    private final @Nullable Path identity;
    private final List<Path> files = new ArrayList<>();

    /// @param pems the certificates and the key by the keys of a Secret, of which each can be read; without `ca.crt` those that Java trusts are written
    /// @throws IllegalArgumentException with a readable message when they cannot be written
    public TlsFiles(Map<String, String> pems) {
        try {
            folder = Files.createTempDirectory("jigress-tls" + ProcessHandle.current().pid() + "-");
            try {
                String trusted = pems.getOrDefault(RegistryTls.AUTHORITIES, "");
                authorities = write("ca.pem", trusted.isEmpty() ? pem(RegistryTls.usualAuthorities()) : trusted);
                String own = pems.getOrDefault(RegistryTls.CERTIFICATE, "");
                String secret = pems.getOrDefault(RegistryTls.KEY, "");
                boolean has = !own.isEmpty() && !secret.isEmpty();
                certificate = has ? write("certificate.pem", own) : null;
                key = has ? write("key.pem", secret) : null;
                identity = has ? write("identity.pem", secret.strip() + "\n" + own) : null;
            } catch (IOException | GeneralSecurityException | RuntimeException e) {
                close();
                throw e;
            }
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException("TLS cannot be set up: a temporary file cannot be written: " + e, e);
        }
    }

    private Path write(String name, String text) throws IOException {
        // The folder is accessible for this user only already.
        Path file = Files.createFile(folder.resolve(name),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        files.add(file);
        return Files.writeString(file, text);
    }

    private static String pem(List<X509Certificate> certificates) throws GeneralSecurityException {
        StringBuilder out = new StringBuilder();
        for (X509Certificate certificate : certificates) {
            out.append("-----BEGIN CERTIFICATE-----\n")
                    .append(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded()))
                    .append("\n-----END CERTIFICATE-----\n");
        }
        return out.toString();
    }

    /// The certificates of the authorities that the server's certificate is verified by.
    public Path authorities() {
        return authorities;
    }

    /// The chain that this client presents; null for none, as the others are.
    public @Nullable Path certificate() {
        return certificate;
    }

    public @Nullable Path key() {
        return key;
    }

    /// The key and the chain in one file.
    public @Nullable Path identity() {
        return identity;
    }

    /// Deletes the files.
    @Override
    public void close() {
        try {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
