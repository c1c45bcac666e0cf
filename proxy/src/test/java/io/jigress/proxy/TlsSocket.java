package io.jigress.proxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/// A client's TLS connection with the JDK's engine, which sends HTTP/1.1 byte by byte as the test orders.
final class TlsSocket implements AutoCloseable {
    final SSLSocket socket;

    private TlsSocket(SSLSocket socket) {
        this.socket = socket;
    }

    /// Connects and completes the handshake.
    ///
    /// @param serverName empty for none
    /// @param versions empty for those of the JDK
    static TlsSocket connect(SSLContext context, int port, String serverName, String... versions) throws IOException {
        return handshake((SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port), serverName,
                versions);
    }

    /// Completes the handshake on a connection.
    static TlsSocket over(Socket connected, SSLContext context, String serverName) throws IOException {
        return handshake((SSLSocket) context.getSocketFactory().createSocket(connected, serverName, connected.getPort(), true),
                serverName);
    }

    private static TlsSocket handshake(SSLSocket socket, String serverName, String... versions) throws IOException {
        socket.setSoTimeout(10_000);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(serverName.isEmpty() ? List.of() : List.of(new SNIHostName(serverName)));
        socket.setSSLParameters(parameters);
        if (versions.length > 0) {
            socket.setEnabledProtocols(versions);
        }
        try {
            socket.startHandshake();
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        return new TlsSocket(socket);
    }

    void send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    /// The response to a GET: its head and a body with Content-Length.
    String get(String host, String... fields) throws IOException {
        StringBuilder request = new StringBuilder("GET / HTTP/1.1\r\nhost: ").append(host).append("\r\n");
        for (String field : fields) {
            request.append(field).append("\r\n");
        }
        send(request.append("\r\n").toString());
        return response();
    }

    String response() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("ended after: " + head);
            }
            head.append((char) next);
        }
        String lower = head.toString().toLowerCase(Locale.ROOT);
        int at = lower.indexOf("content-length: ");
        int length = at < 0 ? 0 : Integer.parseInt(lower.substring(at + 16, lower.indexOf('\r', at)));
        return head + new String(socket.getInputStream().readNBytes(length), StandardCharsets.ISO_8859_1);
    }

    /// The common name of the certificate that the gateway sent.
    String shown() throws IOException {
        return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSubjectX500Principal().getName();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
