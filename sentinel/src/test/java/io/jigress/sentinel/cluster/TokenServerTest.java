package io.jigress.sentinel.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.sentinel.rule.ClusterLimit;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What clients of the embedded token server may send.
class TokenServerTest {
    private final TokenRules rules = new TokenRules("jigress");
    private TokenServer server;

    @BeforeEach
    void start() throws IOException {
        server = TokenServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), rules);
        rules.add(new TokenRules.Rule(new ClusterLimit(7, false, true, 60_000, 10), 3, null));
        rules.add(new TokenRules.Rule(new ClusterLimit(8, false, true, 60_000, 10), 3, Map.of()));
    }

    @AfterEach
    void close() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "00000005 01 0000000000000007 00000001 00, 00000005 01 00 00000002 00000000",
        "00000005 01 0000000000000007 00000001, 00000005 01 00 00000002 00000000",
        "00000005 01 0000000000000007 00000004 00, 00000005 01 01 00000000 00000000",
        "00000005 01 0000000000000007 00000000 00, 00000005 01 fc 00000000 00000000",
        "00000005 01 0000000000000007 ffffffff 00, 00000005 01 fc 00000000 00000000",
        "00000005 01 8000000000000007 00000001 00, 00000005 01 fc 00000000 00000000",
        "00000005 01 0000000000000009 00000001 00, 00000005 01 03 00000000 00000000",
        "00000005 01 00000000000007, 00000005 01 ff",
        "00000005 02 0000000000000008 00000001 00000001 00 00000001, 00000005 02 00 00000002 00000000",
        "00000005 02 0000000000000008 00000001 00000002 06 01 07 00000001 61, 00000005 02 00 ffffffff 00000000",
        "00000005 02 0000000000000008 00000001 00000000, 00000005 02 ff",
        "00000005 02 0000000000000008 00000001 7fffffff 00 00000001, 00000005 02 ff",
        "00000005 02 0000000000000008 00000001 00000001 07 7fffffff 61, 00000005 02 ff",
        "00000005 02 0000000000000008 00000001 00000001 09 00000001, 00000005 02 ff",
        "00000005 00 00000007 6a696772657373, 00000005 00 00 00000002",
        "00000005 00 00000007 6a, 00000005 00 ff",
        "00000005 00 00000001 20, 00000005 00 ff",
        "00000005 00, 00000005 00 ff",
        "00000005 03 0000000000000007 00000001, 00000005 03 ff"})
    void eachMessageGetsAnAnswer(String request, String answer) throws IOException {
        try (Socket socket = connect()) {
            send(socket, bytes(request));
            assertThat(HexFormat.of().formatHex(receive(socket))).isEqualTo(answer.replace(" ", ""));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0000", "0004 00000005", "0400 00000005", "ffff 00000005", "474554202f20485454502f312e310d0a"})
    void bytesThatAreNoMessagesEndThatConnection(String bytes) throws IOException {
        try (Socket socket = connect(); Socket other = connect()) {
            socket.getOutputStream().write(bytes(bytes));
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            send(other, bytes("00000005 01 0000000000000007 00000001"));
            assertThat(receive(other)).hasSize(14);
        }
    }

    @Test
    void randomMessagesDoNoHarm() throws IOException {
        Random random = new Random(20);
        try (Socket socket = connect()) {
            for (int i = 0; i < 5_000; i++) {
                byte[] message = new byte[5 + random.nextInt(80)];
                random.nextBytes(message);
                message[4] = (byte) random.nextInt(4);
                send(socket, message);
                assertThat(receive(socket)).hasSizeGreaterThanOrEqualTo(6);
            }
        }
    }

    @Test
    void aMessageMayComeInPartsAndManyAtOnce() throws IOException {
        byte[] one = bytes("0011 00000005 01 0000000000000007 00000001");
        try (Socket socket = connect()) {
            for (byte part : one) {
                socket.getOutputStream().write(part);
            }
            assertThat(receive(socket)).hasSize(14);
            byte[] many = new byte[one.length * 2_000];
            for (int i = 0; i < 2_000; i++) {
                System.arraycopy(one, 0, many, i * one.length, one.length);
            }
            Thread.ofVirtual().start(() -> {
                try {
                    socket.getOutputStream().write(many);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            for (int i = 0; i < 2_000; i++) {
                assertThat(receive(socket)).hasSize(14);
            }
        }
    }

    @Test
    void aClientThatLeavesIsNoMemberAnyMore() throws IOException {
        try (Socket first = connect(); Socket other = connect()) {
            assertThat(members(first, "jigress")).isEqualTo(2);
            assertThat(members(first, "jigress")).as("once for each connection").isEqualTo(2);
            assertThat(members(other, "another")).isZero();
            assertThat(members(other, "jigress")).isEqualTo(3);
        }
        int members;
        do {
            try (Socket again = connect()) {
                members = members(again, "jigress");
            }
        } while (members > 2);
        assertThat(members).isEqualTo(2);
    }

    @Test
    void connectionsAreBounded() throws IOException {
        List<Socket> open = new ArrayList<>();
        try {
            for (int i = 0; i < 1_000; i++) {
                open.add(connect());
            }
            send(open.getLast(), bytes("00000005 01 0000000000000007 00000001"));
            receive(open.getLast());
            try (Socket more = connect()) {
                assertThat(more.getInputStream().read()).isEqualTo(-1);
            }
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
        }
    }

    @Test
    void theRuleWithTheFewestTokensDecidesAndCountersStay() {
        ClusterLimit limit = new ClusterLimit(7, false, true, 60_000, 10);
        TokenRules.Rule two = new TokenRules.Rule(limit, 2, null);
        assertThat(rules.answerNow(new TokenRequest(7, null))).isEqualTo(TokenAnswer.PASS);
        rules.add(two);
        assertThat(rules.answerNow(new TokenRequest(7, null))).isEqualTo(TokenAnswer.PASS);
        assertThat(rules.answerNow(new TokenRequest(7, null))).isEqualTo(TokenAnswer.REFUSED);
        rules.remove(two);
        assertThat(rules.answerNow(new TokenRequest(7, null))).isEqualTo(TokenAnswer.PASS);
        assertThat(rules.answerNow(new TokenRequest(7, null))).isEqualTo(TokenAnswer.REFUSED);
    }

    private static int members(Socket socket, String namespace) throws IOException {
        byte[] name = namespace.getBytes(StandardCharsets.UTF_8);
        send(socket, bytes("00000001 00 " + HexFormat.of().toHexDigits(name.length) + HexFormat.of().formatHex(name)));
        byte[] answer = receive(socket);
        return answer[answer.length - 1];
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.address().getPort());
        socket.setSoTimeout(30_000);
        socket.setTcpNoDelay(true);
        return socket;
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private static void send(Socket socket, byte[] message) throws IOException {
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.writeShort(message.length);
        out.write(message);
    }

    private static byte[] receive(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] message = new byte[in.readUnsignedShort()];
        in.readFully(message);
        return message;
    }
}
