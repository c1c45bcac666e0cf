package io.jigress.testkit;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/// A raw HTTP/1.1 client: sends given bytes and reads the responses, message by message or byte by byte.
///
/// Not thread-safe. A response that does not arrive within ten seconds, or is malformed, is an AssertionError that shows the bytes
/// received so far.
public final class TestClient implements AutoCloseable {
    private final Socket socket;
    private final WireReader reader;

    private TestClient(Socket socket) throws IOException {
        this.socket = socket;
        this.reader = new WireReader(new BufferedInputStream(socket.getInputStream()));
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) Wire.PATIENCE.toMillis());
    }

    /// Connects to a port of the loopback.
    public static TestClient connect(int port) {
        return connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    public static TestClient connect(InetSocketAddress address) {
        try {
            Socket socket = new Socket();
            socket.connect(address, (int) Wire.PATIENCE.toMillis());
            return new TestClient(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// One request on a connection of its own: `headers` are whole lines (`x-a: 1`); Host is added when there is none.
    public static ReceivedResponse get(int port, String target, String... headers) {
        try (TestClient client = connect(port)) {
            return client.request("GET", target, headers);
        }
    }

    /// Sends a request without a body and reads the response; the connection stays open unless the response ends it.
    public ReceivedResponse request(String method, String target, String... headers) {
        send(head(method, target, headers) + "\r\n");
        return readResponse(method);
    }

    /// Sends a request with a Content-Length body and reads the response.
    public ReceivedResponse request(String method, String target, byte[] body, String... headers) {
        send(head(method, target, headers) + "content-length: " + body.length + "\r\n\r\n");
        send(body);
        return readResponse(method);
    }

    /// A request's head without the empty line that ends it.
    public static String head(String method, String target, String... headers) {
        StringBuilder out = new StringBuilder(method).append(' ').append(target).append(" HTTP/1.1\r\n");
        boolean host = false;
        for (String header : headers) {
            host |= header.regionMatches(true, 0, "host:", 0, 5);
            out.append(header).append("\r\n");
        }
        return host ? out.toString() : out.insert(out.indexOf("\r\n") + 2, "host: localhost\r\n").toString();
    }

    /// Sends these bytes now, one per character (Latin-1).
    public TestClient send(String bytes) {
        return send(Wire.bytes(bytes));
    }

    public TestClient send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Reads one response to a request with a body-bearing method (anything but HEAD), with the 1xx ones before it.
    public ReceivedResponse readResponse() {
        return readResponse("GET");
    }

    /// Reads one response to a request with this method, with the 1xx ones before it. A 101 ends the reading: what follows belongs
    /// to the tunnel.
    public ReceivedResponse readResponse(String method) {
        List<ReceivedResponse> informational = new ArrayList<>();
        return reading("a response", () -> {
            while (true) {
                WireReader.Head head = reader.head();
                if (head == null) {
                    throw new AssertionError("the connection was closed where a response was expected");
                }
                ReceivedResponse response = response(method, head, informational);
                if (response.status() >= 200 || response.status() == 101) {
                    return response;
                }
                informational.add(response);
            }
        });
    }

    /// Reads the next informational (1xx) response only.
    public ReceivedResponse readInformational() {
        return reading("an informational response", () -> {
            WireReader.Head head = reader.head();
            if (head == null) {
                throw new AssertionError("the connection was closed where a 1xx response was expected");
            }
            ReceivedResponse response = response("HEAD", head, List.of());
            if (response.status() >= 200) {
                throw new AssertionError("expected a 1xx response, got:\n" + response);
            }
            return response;
        });
    }

    /// Reads a head only, whatever body follows; the body of the result is empty. Read it with [#readBytes].
    public ReceivedResponse readHead() {
        return reading("a response head", () -> {
            WireReader.Head head = reader.head();
            if (head == null) {
                throw new AssertionError("the connection was closed where a response head was expected");
            }
            return response("HEAD", head, List.of());
        });
    }

    /// Reads exactly this many bytes, as Latin-1.
    public String readBytes(int count) {
        return reading(count + " bytes", () -> {
            byte[] bytes = reader.exactly(count);
            reader.takeRaw();
            return Wire.latin1(bytes);
        });
    }

    /// Reads one line, without its CRLF.
    public String readLine() {
        return reading("a line", () -> {
            String line = reader.line();
            reader.takeRaw();
            return line;
        });
    }

    /// Reads all that comes until the peer closes (or resets) the connection, as Latin-1.
    public String readUntilClose() {
        return reading("the end of the connection", () -> {
            try {
                return Wire.latin1(reader.rest());
            } catch (SocketException _) {
                return Wire.latin1(reader.takeRaw());
            }
        });
    }

    /// The next byte, or -1 when the peer has closed (or reset) the connection.
    int readByte() throws SocketTimeoutException {
        try {
            return reader.in();
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException _) {
            return -1;
        }
    }

    /// Waits until the peer closes, and fails when it sends anything before.
    public void assertClosed() {
        String rest = readUntilClose();
        if (!rest.isEmpty()) {
            throw new AssertionError("expected the connection to close, got:\n" + Wire.show(rest));
        }
    }

    /// Whether the connection is still open, as far as this socket knows: for "after all of this it is still open". Fails on
    /// unexpected bytes.
    public boolean stillOpen() {
        try {
            socket.setSoTimeout(1);
            int b = reader.in();
            if (b >= 0) {
                throw new AssertionError("unexpected bytes from the peer, beginning with " + Wire.show(String.valueOf((char) b)));
            }
            return false;
        } catch (SocketTimeoutException _) {
            return true;
        } catch (IOException _) {
            return false;
        } finally {
            restorePatience();
        }
    }

    public void assertOpen() {
        if (!stillOpen()) {
            throw new AssertionError("the peer has closed the connection");
        }
    }

    /// Ends the sending side only (FIN).
    public void shutdownOutput() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Closes the connection with a RST.
    public void reset() {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The local port, by which the other side knows this connection.
    public int localPort() {
        return socket.getLocalPort();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ReceivedResponse response(String method, WireReader.Head head, List<ReceivedResponse> informational)
            throws IOException {
        String[] start = head.startLine().split(" ", 3);
        if (start.length < 2 || !start[0].startsWith("HTTP/1.") || !start[1].matches("[1-9][0-9]{2}")) {
            throw new AssertionError("\"" + head.startLine() + "\" is no status line");
        }
        int status = Integer.parseInt(start[1]);
        WireReader.Content content = reader.content(WireReader.responseFraming(method, status, head.fields()));
        return new ReceivedResponse(start[0], status, start.length > 2 ? start[2] : "", head.fields(), content.bytes(),
                content.trailers(),
                List.copyOf(informational), reader.takeRaw());
    }

    private interface Reading<T> {
        T read() throws IOException;
    }

    private <T> T reading(String what, Reading<T> reading) {
        try {
            return reading.read();
        } catch (SocketTimeoutException e) {
            throw new AssertionError("waited " + Wire.PATIENCE + " for " + what + ", got so far:\n" + Wire.show(reader.peekRaw()),
                    e);
        } catch (IOException e) {
            throw new AssertionError("expected " + what + ": " + e.getMessage() + "; got so far:\n" + Wire.show(reader.peekRaw()),
                    e);
        }
    }

    private void restorePatience() {
        try {
            socket.setSoTimeout((int) Wire.PATIENCE.toMillis());
        } catch (SocketException _) {
            // closed: nothing waits any more
        }
    }
}
