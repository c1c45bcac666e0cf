package io.jigress.waf.crs;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Answers like albedo, the backend of the regression tests: `/reflect` sends the response that the request's body describes.
final class CrsBackend implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    private final ServerSocket socket = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());

    record Answer(int status, List<String[]> fields, byte[] body) {
    }

    /// Listens on a free port of the loopback interface.
    CrsBackend() throws IOException {
        Thread.ofVirtual().start(this::accept);
    }

    static Answer answer(String target, byte[] body) {
        int status = 200;
        byte[] answer = new byte[0];
        List<String[]> fields = new ArrayList<>();
        if (target.startsWith("/reflect")) {
            try {
                JsonNode spec = JSON.readTree(body);
                status = spec.get("status") == null ? 200 : spec.get("status").asInt();
                if (spec.get("headers") != null) {
                    spec.get("headers").properties()
                            .forEach(entry -> fields.add(new String[] {entry.getKey(), entry.getValue().asString()}));
                }
                if (spec.get("body") != null) {
                    answer = spec.get("body").asString().getBytes(StandardCharsets.UTF_8);
                } else if (spec.get("encodedBody") != null) {
                    answer = Base64.getDecoder().decode(spec.get("encodedBody").asString());
                }
            } catch (JacksonException _) {
                status = 400;
                answer = "Invalid JSON in request body".getBytes(StandardCharsets.UTF_8);
            }
        }
        if (fields.stream().noneMatch(field -> field[0].equalsIgnoreCase("content-type"))) {
            fields.add(new String[] {"Content-Type", "text/plain; charset=utf-8"});
        }
        fields.add(new String[] {"Content-Length", Integer.toString(answer.length)});
        return new Answer(status, fields, answer);
    }

    int port() {
        return socket.getLocalPort();
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                Thread.ofVirtual().start(() -> serve(connection));
            } catch (IOException _) {
                return;
            }
        }
    }

    /// One request for each connection.
    private static void serve(Socket connection) {
        try (connection) {
            connection.setSoTimeout(10_000);
            InputStream in = new BufferedInputStream(connection.getInputStream());
            String request = line(in);
            int length = 0;
            boolean chunked = false;
            for (String field = line(in); !field.isEmpty(); field = line(in)) {
                String lower = field.toLowerCase(Locale.ROOT);
                if (lower.startsWith("content-length:")) {
                    length = Integer.parseInt(lower.substring(15).strip());
                } else if (lower.startsWith("transfer-encoding:")) {
                    chunked = lower.contains("chunked");
                }
            }
            byte[] body = chunked ? chunks(in) : in.readNBytes(length);
            int from = request.indexOf(' ') + 1;
            Answer answer = answer(request.substring(from, Math.max(from, request.lastIndexOf(' '))), body);
            StringBuilder head = new StringBuilder("HTTP/1.1 ").append(answer.status()).append(" X\r\n");
            answer.fields().forEach(field -> head.append(field[0]).append(": ").append(field[1]).append("\r\n"));
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.writeBytes(head.append("Connection: close\r\n\r\n").toString().getBytes(StandardCharsets.UTF_8));
            if (!request.startsWith("HEAD ") && answer.status() != 204 && answer.status() != 304) {
                out.writeBytes(answer.body());
            }
            connection.getOutputStream().write(out.toByteArray());
        } catch (IOException | NumberFormatException _) {
            // The connection was closed, or the request cannot be read: there is no response.
        }
    }

    private static byte[] chunks(InputStream in) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = Integer.parseInt(line(in).strip(), 16); size > 0; size = Integer.parseInt(line(in).strip(), 16)) {
            body.writeBytes(in.readNBytes(size));
            line(in);
        }
        return body.toByteArray();
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("the connection ended within a line");
            }
            line.write(c);
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
