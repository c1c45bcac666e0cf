package io.jigress.proxy.tls;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.util.SimpleKeyManagerFactory;
import java.lang.ref.WeakReference;
import java.net.Socket;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.KeyManager;
import javax.net.ssl.ManagerFactoryParameters;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/// Gives an engine the certificate that was chosen for its connection. The id of the certificate is passed as the engine's peer host, which a server's engine
/// does not use otherwise. For several threads.
final class CertificateKeys extends X509ExtendedKeyManager {
    /// Weak references: a handshake may still need a certificate that was replaced; its connection holds the strong one.
    private final Map<String, WeakReference<ServerCertificate>> byId = new ConcurrentHashMap<>();

    void add(ServerCertificate certificate) {
        byId.put(certificate.id, new WeakReference<>(certificate));
    }

    /// Removes certificates that were collected.
    void sweep() {
        byId.values().removeIf(each -> each.refersTo(null));
    }

    private @Nullable ServerCertificate find(@Nullable String id) {
        WeakReference<ServerCertificate> found = id == null ? null : byId.get(id);
        return found == null ? null : found.get();
    }

    /// The JDK's engine asks for one kind of key after another; BoringSSL has been told what the client can do.
    @Override
    public @Nullable String chooseEngineServerAlias(String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
        ServerCertificate chosen = find(engine.getPeerHost());
        boolean fits = chosen != null && (engine instanceof ReferenceCountedOpenSslEngine
                || keyType.equals(chosen.chain[0].getPublicKey().getAlgorithm())
                || keyType.startsWith("EC_") && !chosen.isOfRsa());
        return chosen != null && fits ? chosen.id : null;
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        ServerCertificate found = find(alias);
        return found == null ? null : found.chain.clone();
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        ServerCertificate found = find(alias);
        return found == null ? null : found.key;
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, Socket socket) {
        return null;
    }

    @Override
    public @Nullable String chooseClientAlias(String[] keyType, Principal @Nullable [] issuers, Socket socket) {
        return null;
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return null;
    }

    SimpleKeyManagerFactory factory() {
        return new SimpleKeyManagerFactory() {
            @Override
            protected void engineInit(KeyStore keyStore, char[] password) {}

            @Override
            protected void engineInit(ManagerFactoryParameters parameters) {}

            @Override
            protected KeyManager[] engineGetKeyManagers() {
                return new KeyManager[] {CertificateKeys.this};
            }
        };
    }
}
