package io.jigress.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.proxy.tls.ClientHello.Signatures;
import io.jigress.proxy.tls.ClientHello.State;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;

class ClientHelloTest {
    private static final long SEED = 4711;

    /// The first bytes that the JDK's engine sends.
    private static byte[] hello(String name, String[] versions, String... schemes) throws Exception {
        SSLEngine engine = SSLContext.getDefault().createSSLEngine();
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setServerNames(name.isEmpty() ? List.<SNIServerName>of() : List.of(new SNIHostName(name)));
        parameters.setProtocols(versions);
        if (schemes.length > 0) {
            parameters.setSignatureSchemes(schemes);
        }
        engine.setSSLParameters(parameters);
        ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), out);
        return Arrays.copyOf(out.array(), out.position());
    }

    private static byte[] hello(String name) throws Exception {
        return hello(name, new String[] {"TLSv1.3", "TLSv1.2"});
    }

    private static ClientHello read(byte[] bytes) {
        // After bytes that were read already.
        ByteBuf in = Unpooled.wrappedBuffer(new byte[3], bytes).skipBytes(3);
        ClientHello read = ClientHello.read(in);
        assertThat(in.readerIndex()).isEqualTo(3);
        return read;
    }

    @Test
    void theServerNameIsReadInLowerCase() throws Exception {
        assertThat(read(hello("Shop.Example")).serverName()).isEqualTo("shop.example");
        assertThat(read(hello("")).serverName()).isEmpty();
        assertThat(read(hello("")).state()).isEqualTo(State.COMPLETE);
    }

    @Test
    void thePartsOfAMessageAreIncomplete() throws Exception {
        byte[] hello = hello("shop.example");
        for (int length = 0; length < hello.length; length++) {
            assertThat(read(Arrays.copyOf(hello, length)).state()).as("%s bytes", length).isEqualTo(State.INCOMPLETE);
        }
        assertThat(read(Arrays.copyOf(hello, hello.length + 10)).state()).isEqualTo(State.COMPLETE);
    }

    @Test
    void aMessageInManyRecordsReadsTheSame() throws Exception {
        byte[] hello = hello("shop.example");
        for (int size : new int[] {1, 2, 3, 5, 100}) {
            ByteArrayOutputStream records = new ByteArrayOutputStream();
            for (int at = 5; at < hello.length; at += size) {
                int length = Math.min(size, hello.length - at);
                records.writeBytes(new byte[] {22, 3, 1, 0, (byte) length});
                records.write(hello, at, length);
            }
            byte[] split = records.toByteArray();
            assertThat(read(split)).isEqualTo(read(hello));
            assertThat(read(Arrays.copyOf(split, split.length - 1)).state()).isEqualTo(State.INCOMPLETE);
        }
    }

    @Test
    void theAlgorithmsSayWhichKeysAClientVerifies() throws Exception {
        assertThat(read(hello("a", new String[] {"TLSv1.3"}, "ecdsa_secp256r1_sha256")).signatures())
                .isEqualTo(new Signatures(false, true, false, false, false));
        assertThat(read(hello("a", new String[] {"TLSv1.3"}, "rsa_pss_rsae_sha256", "ed25519")).signatures())
                .isEqualTo(new Signatures(true, false, false, false, true));
        assertThat(read(hello("a", new String[] {"TLSv1.2"}, "rsa_pkcs1_sha256")).signatures())
                .isEqualTo(new Signatures(true, false, false, false, false));
        assertThat(read(hello("a")).signatures()).isEqualTo(new Signatures(true, true, true, true, true));
    }

    @Test
    void whatIsNoClientHelloIsMalformed() throws Exception {
        assertThat(read(new byte[] {22, 3, 1, 0, 5, 2}).state()).isEqualTo(State.MALFORMED);
        assertThat(read(new byte[] {22, 3, 1, 0, 0}).state()).isEqualTo(State.MALFORMED);
        assertThat(read(new byte[] {22, 4, 1, 0, 5}).state()).isEqualTo(State.MALFORMED);
        assertThat(read(new byte[] {21, 3, 1, 0, 2, 1, 0}).state()).isEqualTo(State.MALFORMED);
        byte[] hello = hello("shop.example");
        // The first length after the header: that of the session id.
        hello[5 + 4 + 34] = (byte) 0xff;
        assertThat(read(hello).state()).isEqualTo(State.MALFORMED);
    }

    @Test
    void noBytesMakeItThrow() throws Exception {
        Random random = new Random(SEED);
        byte[] good = hello("shop.example");
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = good.clone();
            for (int changes = random.nextInt(4) + 1; changes > 0; changes--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            read(bytes);
        }
    }
}
