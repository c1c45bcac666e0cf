package io.jigress.testkit;

import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One request at a [TestUpstream], with full control over the answer: its bytes, its timing, and how the connection ends.
public final class ServerCall {
    private final TestUpstream upstream;
    private final Socket socket;
    private final WireReader reader;
    private final int connection;
    private final WireReader.Head head;
    private final String[] start;
    private @Nullable ReceivedRequest request;

    ServerCall(TestUpstream upstream, Socket socket, WireReader reader, int connection, WireReader.Head head) {
        this.upstream = upstream;
        this.socket = socket;
        this.reader = reader;
        this.connection = connection;
        this.head = head;
        this.start = head.startLine().split(" ", -1);
    }

    public String method() {
        return start[0];
    }

    public String target() {
        return start.length > 1 ? start[1] : "";
    }

    public Fields headers() {
        return head.fields();
    }

    /// Which connection this came on, counted from 1.
    public int connection() {
        return connection;
    }

    /// The whole request: waits for the rest of its body. It counts as received from then on.
    public ReceivedRequest request() throws IOException {
        if (request == null) {
            WireReader.Content content = reader.content(WireReader.requestFraming(head.fields()));
            String version = start.length > 2 ? start[2] : "";
            request = new ReceivedRequest(connection, method(), target(), version, head.fields(), content.bytes(),
                    content.trailers(), reader.takeRaw());
            upstream.received(request);
        }
        return request;
    }

    /// Reads exactly this many bytes of what follows the head, framing included: for answers in the middle of a body. After it
    /// [#request] cannot be used; end with [#close].
    public String readRaw(int bytes) throws IOException {
        return Wire.latin1(reader.exactly(bytes));
    }

    /// Sends these bytes now, one per character (Latin-1). See [Reply] for whole responses.
    public ServerCall write(String bytes) throws IOException {
        return write(Wire.bytes(bytes));
    }

    public ServerCall write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /// Waits until the test opens the latch.
    public ServerCall await(CountDownLatch latch) throws InterruptedException {
        if (!latch.await(Wire.PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("the latch was not opened within " + Wire.PATIENCE);
        }
        return this;
    }

    /// Ends the sending side only (FIN).
    public void shutdownOutput() throws IOException {
        socket.shutdownOutput();
    }

    /// Closes the connection.
    public void close() throws IOException {
        socket.close();
    }

    /// Closes the connection with a RST.
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /// Waits until the peer closes the connection; returns what it sent before that.
    public String awaitClosedByPeer() throws IOException {
        return Wire.latin1(reader.rest());
    }
}
