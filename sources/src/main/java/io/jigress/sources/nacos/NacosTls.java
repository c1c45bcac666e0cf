package io.jigress.sources.nacos;

import com.alibaba.nacos.common.remote.client.RpcClientTlsConfig;
import io.jigress.sources.registry.RegistryTls;
import io.jigress.sources.registry.TlsFiles;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/// TLS to a Nacos server, for gRPC and for HTTP.
final class NacosTls implements AutoCloseable {
    private final SSLContext context;
    private final boolean insecure;
    private final TlsFiles files;

    private NacosTls(SSLContext context, boolean insecure, TlsFiles files) {
        this.context = context;
        this.insecure = insecure;
        this.files = files;
    }

    /// Null when the mode is empty: without TLS.
    ///
    /// @param mode `verify` or `insecure`
    /// @param credentials of which `ca.crt`, `tls.crt` and `tls.key` are used
    /// @throws IllegalArgumentException with a readable message when one of them cannot be read
    static @Nullable NacosTls of(String mode, Map<String, String> credentials) {
        SSLContext context = RegistryTls.context(mode, credentials);
        return context == null
                ? null
                : new NacosTls(context, mode.equals(RegistryTls.INSECURE), new TlsFiles(credentials));
    }

    /// For the JDK's HTTP client.
    SSLContext context() {
        return context;
    }

    /// For the library's gRPC.
    RpcClientTlsConfig config() {
        RpcClientTlsConfig config = new RpcClientTlsConfig();
        config.setEnableTls(true);
        config.setTrustAll(insecure);
        // The library looks for a path without a scheme among the classes.
        config.setTrustCollectionCertFile(files.authorities().toUri().toString());
        Path certificate = files.certificate();
        Path key = files.key();
        if (certificate != null && key != null) {
            config.setMutualAuthEnable(true);
            config.setCertChainFile(certificate.toUri().toString());
            config.setCertPrivateKey(key.toUri().toString());
        }
        return config;
    }

    /// Does a handshake on a connection.
    ///
    /// @throws IOException with the reason when it fails
    void handshake(Socket socket, String host, int port, int timeoutMillis) throws IOException {
        try (SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(socket, host, port, true)) {
            tls.setSoTimeout(timeoutMillis);
            if (!insecure) {
                SSLParameters parameters = tls.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                tls.setSSLParameters(parameters);
            }
            tls.startHandshake();
        } catch (SSLException e) {
            throw new IOException("the TLS handshake fails: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        files.close();
    }
}
