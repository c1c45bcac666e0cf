package io.jigress.testkit;

import static io.jigress.testkit.WireScript.OPEN;
import static io.jigress.testkit.WireScript.SHUT;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One run of a [WireScript]: both peers of the gateway, and the step that is being executed.
final class WireRun {
    private static final Pattern PATTERN = Pattern.compile(OPEN + "([^" + SHUT + "]*)" + SHUT);

    private final WireScript script;
    private final ServerSocket upstreamServer;
    private final WireScript.Gateway gateway;
    private @Nullable Peer client;
    private @Nullable Peer upstream;

    WireRun(WireScript script, WireScript.GatewayStarter starter) throws Exception {
        this.script = script;
        this.upstreamServer = new ServerSocket();
        upstreamServer.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        upstreamServer.setSoTimeout((int) Wire.PATIENCE.toMillis());
        this.gateway = starter.start(script, (InetSocketAddress) upstreamServer.getLocalSocketAddress());
    }

    void run() throws IOException {
        List<WireScript.Step> steps = script.steps();
        int i = 0;
        while (i < steps.size()) {
            WireScript.Step step = steps.get(i++);
            if (step.bytes().equals(OPEN + "lines" + SHUT + "\r\n")) {
                WireScript.Step next = i < steps.size() ? steps.get(i++) : step;
                if (!next.sign().equals(step.sign()) || !next.bytes().endsWith("\r\n")) {
                    throw new IllegalArgumentException(
                            script.name() + ".wire:" + step.line() + ": {lines} wants a whole line of the same side behind it");
                }
                receiver(step).expectLater(next);
            } else {
                play(step);
            }
        }
        nothingLeft(steps.getLast());
    }

    private void play(WireScript.Step step) throws IOException {
        switch (step.sign()) {
            case ">" -> client(step).send(literal(step));
            case "<" -> client(step).expect(step);
            case ">>" -> upstream(step).expect(step);
            case "<<" -> upstream(step).send(literal(step));
            case ">connect" -> connect();
            case ">close" -> {
                client(step).close();
                client = null;
            }
            case ">shutdown" -> client(step).shutdown();
            case ">reset" -> {
                client(step).reset();
                client = null;
            }
            case "<!close" -> {
                client(step).expectClosed(step);
                client = null;
            }
            case ">>connect" -> accept(step);
            case ">>!close" -> {
                upstream(step).expectClosed(step);
                upstream = null;
            }
            case "<<close" -> {
                upstream(step).close();
                upstream = null;
            }
            case "<<shutdown" -> upstream(step).shutdown();
            case "<<reset" -> {
                upstream(step).reset();
                upstream = null;
            }
            case "<<nothing" -> nothingForwarded(step);
            default -> throw new AssertionError(step);
        }
    }

    private Peer receiver(WireScript.Step step) throws IOException {
        return step.sign().equals("<") ? client(step) : upstream(step);
    }

    private Peer client(WireScript.Step step) throws IOException {
        if (client != null) {
            return client;
        }
        if (step.sign().startsWith("<")) {
            throw new IllegalArgumentException(script.name() + ".wire:" + step.line() + ": the client has no connection here");
        }
        return connect();
    }

    private Peer connect() throws IOException {
        Socket socket = new Socket();
        socket.connect(gateway.address(), (int) Wire.PATIENCE.toMillis());
        client = new Peer("client", socket);
        return client;
    }

    private Peer upstream(WireScript.Step step) throws IOException {
        return upstream == null ? accept(step) : upstream;
    }

    private Peer accept(WireScript.Step step) throws IOException {
        try {
            upstream = new Peer("upstream", upstreamServer.accept());
            return upstream;
        } catch (SocketTimeoutException e) {
            throw failure(step, "the gateway connects to the upstream", "no connection within " + Wire.PATIENCE + clientSide(),
                    e);
        }
    }

    /// What the client has received when nothing arrived at the upstream: usually this shows the reason.
    private String clientSide() {
        return client == null ? "" : "; the client has received:\n" + Wire.show(client.available());
    }

    private void nothingForwarded(WireScript.Step step) throws IOException {
        if (upstream != null) {
            upstream.expectNothing(step);
        }
        upstreamServer.setSoTimeout(1);
        try (Socket unexpected = upstreamServer.accept()) {
            unexpected.setSoTimeout((int) Wire.PATIENCE.toMillis());
            Peer peer = new Peer("upstream", unexpected);
            int first = peer.in();
            // A connection that was opened in advance carries no bytes yet.
            if (first >= 0) {
                throw failure(step, "nothing forwarded", Wire.show((char) first + peer.available()), null);
            }
        } catch (SocketTimeoutException _) {
            // As expected: nothing was forwarded.
        } finally {
            upstreamServer.setSoTimeout((int) Wire.PATIENCE.toMillis());
        }
    }

    private void nothingLeft(WireScript.Step last) throws IOException {
        if (client != null) {
            client.expectNothing(last);
        }
        nothingForwarded(last);
    }

    void close() throws Exception {
        if (client != null) {
            client.close();
        }
        if (upstream != null) {
            upstream.close();
        }
        upstreamServer.close();
        gateway.closing().close();
    }

    /// The bytes of a line that is sent: braces stand for themselves, settings are replaced by their values.
    private String literal(WireScript.Step step) {
        String bytes = step.bytes();
        for (var setting : script.settings().entrySet()) {
            bytes = bytes.replace(OPEN + setting.getKey() + SHUT, setting.getValue());
        }
        return bytes.replace(OPEN, '{').replace(SHUT, '}');
    }

    private Pattern pattern(WireScript.Step step) {
        StringBuilder regex = new StringBuilder();
        int from = 0;
        var matcher = PATTERN.matcher(step.bytes());
        while (matcher.find()) {
            regex.append(Pattern.quote(step.bytes().substring(from, matcher.start())));
            regex.append(switch (matcher.group(1)) {
                case "any" -> "[^\r\n]*";
                case "hex" -> "[0-9a-fA-F]+";
                case "number" -> "[0-9]+";
                case "uuid" -> "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
                case "date" -> "(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT";
                default -> {
                    String value = script.settings().get(matcher.group(1));
                    if (value == null) {
                        throw new IllegalArgumentException(script.name() + ".wire:" + step.line() + ": unknown pattern {"
                                + matcher.group(1)
                                + "} (expected: any, date, uuid, hex, number, lines or a setting of this script; \\{ for a brace)");
                    }
                    yield Pattern.quote(value);
                }
            });
            from = matcher.end();
        }
        return Pattern.compile(regex.append(Pattern.quote(step.bytes().substring(from))).toString(), Pattern.DOTALL);
    }

    private AssertionError failure(WireScript.Step step, String expected, String got, @Nullable Throwable cause) {
        return new AssertionError(
                "%s.wire:%d%n  expected: %s%n  got:      %s".formatted(script.name(), step.line(), expected, got), cause);
    }

    private static String expected(WireScript.Step step) {
        return Wire.show(step.bytes().replace(OPEN, '{').replace(SHUT, '}')).strip();
    }

    /// One end of a connection with the gateway.
    private final class Peer {
        private final String who;
        private final Socket socket;
        private final InputStream in;

        Peer(String who, Socket socket) throws IOException {
            this.who = who;
            this.socket = socket;
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) Wire.PATIENCE.toMillis());
            this.in = new BufferedInputStream(socket.getInputStream());
        }

        /// A gateway may refuse a message by its first line, and close while the next is on its way: the lines that expect something
        /// check whether it should have.
        void send(String bytes) throws IOException {
            try {
                socket.getOutputStream().write(Wire.bytes(bytes));
                socket.getOutputStream().flush();
            } catch (SocketException e) {
                if (socket.isClosed()) {
                    throw e;
                }
            }
        }

        void expect(WireScript.Step step) {
            if (step.bytes().indexOf(OPEN) >= 0) {
                if (!step.bytes().endsWith("\n")) {
                    throw new IllegalArgumentException(
                            script.name() + ".wire:" + step.line() + ": a line with a pattern must end in LF");
                }
                String line = line(step);
                if (!pattern(step).matcher(line).matches()) {
                    throw failure(step, expected(step), got(line), null);
                }
                return;
            }
            String wanted = step.bytes();
            StringBuilder got = new StringBuilder();
            while (got.length() < wanted.length()) {
                int b = next(step, got);
                got.append((char) b);
                if (b != wanted.charAt(got.length() - 1)) {
                    throw failure(step, expected(step), got(got.toString()), null);
                }
            }
        }

        /// Skips whole lines up to one that matches.
        void expectLater(WireScript.Step step) {
            Pattern pattern = pattern(step);
            StringBuilder skipped = new StringBuilder();
            while (true) {
                String line = line(step);
                if (pattern.matcher(line).matches()) {
                    return;
                }
                skipped.append(line);
                if (line.equals("\r\n")) {
                    throw failure(step, "sooner or later in the head: " + expected(step), Wire.show(skipped.toString()), null);
                }
            }
        }

        void expectClosed(WireScript.Step step) {
            int b;
            try {
                b = in.read();
            } catch (SocketTimeoutException e) {
                throw failure(step, "the gateway closes the connection to the " + who, "it is still open after " + Wire.PATIENCE,
                        e);
            } catch (IOException _) {
                return; // a reset closes too
            }
            if (b >= 0) {
                throw failure(step, "the gateway closes the connection to the " + who, got("" + (char) b), null);
            }
            closeQuietly();
        }

        void expectNothing(WireScript.Step step) {
            String left = available();
            if (!left.isEmpty()) {
                throw failure(step, "nothing more at the " + who, Wire.show(left), null);
            }
        }

        /// All that has arrived by now.
        String available() {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try {
                socket.setSoTimeout(20);
                for (int b = in.read(); b >= 0; b = in.read()) {
                    bytes.write(b);
                }
            } catch (IOException _) {
                // Nothing more for now, or never.
            } finally {
                try {
                    socket.setSoTimeout((int) Wire.PATIENCE.toMillis());
                } catch (IOException _) {
                    // closed
                }
            }
            return Wire.latin1(bytes.toByteArray());
        }

        int in() {
            try {
                return in.read();
            } catch (IOException _) {
                return -1;
            }
        }

        private String line(WireScript.Step step) {
            StringBuilder line = new StringBuilder();
            while (true) {
                int b = next(step, line);
                line.append((char) b);
                if (b == '\n') {
                    return line.toString();
                }
            }
        }

        private int next(WireScript.Step step, StringBuilder before) {
            int b;
            try {
                b = in.read();
            } catch (SocketTimeoutException e) {
                String side = who.equals("upstream") ? clientSide() : "";
                throw failure(step, expected(step),
                        Wire.show(before.toString()) + " and then nothing for " + Wire.PATIENCE + side, e);
            } catch (IOException e) {
                throw failure(step, expected(step), Wire.show(before.toString()) + " and then: " + e.getMessage(), e);
            }
            if (b < 0) {
                throw failure(step, expected(step), Wire.show(before.toString()) + " and then the connection was closed", null);
            }
            return b;
        }

        private String got(String begun) {
            return Wire.show(begun + available());
        }

        void shutdown() throws IOException {
            socket.shutdownOutput();
        }

        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        void close() throws IOException {
            socket.close();
        }

        private void closeQuietly() {
            try {
                socket.close();
            } catch (IOException _) {
                // The socket is closed in either case.
            }
        }
    }
}
