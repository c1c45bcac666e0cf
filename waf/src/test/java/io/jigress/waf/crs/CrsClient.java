package io.jigress.waf.crs;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/// Sends the requests of the regression tests over sockets, each from a loopback address of its own, by which it is found in a log.
final class CrsClient {
    /// Requests that are under way at once.
    private static final int AT_ONCE = 4;
    /// How long a connection may be silent before its response counts as complete.
    private static final int SILENCE_MILLIS = 1500;

    private CrsClient() {
    }

    /// The address that the request with an index comes from.
    static String address(int index) {
        return "127." + (1 + index / 62_500) + "." + index / 250 % 250 + "." + (1 + index % 250);
    }

    /// The status of the response to each case; 0 where there was none.
    static Map<String, Integer> send(List<CrsCase> cases, int port) throws InterruptedException {
        Map<String, Integer> statuses = new ConcurrentHashMap<>();
        Semaphore free = new Semaphore(AT_ONCE);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < cases.size(); i++) {
            int index = i;
            free.acquire();
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    statuses.put(cases.get(index).name(), status(bytes(cases.get(index)), address(index), port));
                } finally {
                    free.release();
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        return statuses;
    }

    /// The bytes that go-ftw sends.
    private static byte[] bytes(CrsCase test) {
        if (test.raw() != null) {
            return test.raw();
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        StringBuilder head = new StringBuilder(test.method()).append(' ').append(test.uri()).append(' ').append(test.version())
                .append("\r\n");
        test.headers().forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        out.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
        out.writeBytes(test.body());
        return out.toByteArray();
    }

    private static int status(byte[] request, String address, int port) {
        try (Socket socket = new Socket()) {
            socket.bind(new InetSocketAddress(InetAddress.getByName(address), 0));
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5000);
            socket.setSoTimeout(SILENCE_MILLIS);
            socket.getOutputStream().write(request);
            return status(socket.getInputStream());
        } catch (IOException _) {
            return 0;
        }
    }

    private static int status(InputStream in) {
        ByteArrayOutputStream response = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        try {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                response.write(buffer, 0, read);
            }
        } catch (SocketTimeoutException _) {
            // The connection stays open for another request.
        } catch (IOException _) {
            // A reset after the response: the server did not read all of the request.
        }
        String text = response.toString(StandardCharsets.ISO_8859_1);
        return text.matches("(?s)HTTP/1\\.[01] \\d{3}.*") ? Integer.parseInt(text.substring(9, 12)) : 0;
    }
}
