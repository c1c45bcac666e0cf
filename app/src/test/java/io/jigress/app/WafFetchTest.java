package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `jigress waf fetch`.
class WafFetchTest {
    private static final String RULES = "coreruleset-4.25.0/rules/REQUEST-901-INITIALIZATION.conf";
    private static final String SETUP = "coreruleset-4.25.0/crs-setup.conf.example";

    @TempDir private Path folder;
    private ProcessRun process;
    private HttpServer server;
    private byte[] archive = {};

    @BeforeEach
    void begin() throws IOException {
        process = new ProcessRun(folder);
        archive = archive(RULES, SETUP);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/crs.tar.gz", exchange -> {
            exchange.sendResponseHeaders(200, archive.length);
            exchange.getResponseBody().write(archive);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/crs.tar.gz";
    }

    private String checksum() throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(archive));
    }

    private static byte[] archive(String... names) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            for (String name : names) {
                byte[] header = new byte[512];
                put(header, 0, name);
                put(header, 124, "00000000004");
                header[156] = '0';
                put(header, 257, "ustar");
                gzip.write(header);
                gzip.write("# a\n".getBytes(StandardCharsets.US_ASCII));
                gzip.write(new byte[508]);
            }
            gzip.write(new byte[1024]);
        }
        return out.toByteArray();
    }

    private static void put(byte[] header, int at, String text) {
        System.arraycopy(text.getBytes(StandardCharsets.US_ASCII), 0, header, at, text.length());
    }

    @Test
    void anArchiveWithTheRightChecksumIsUnpacked() throws Exception {
        assertThat(process.run("waf", "fetch", url(), "--sha256", checksum(), "--to", "crs")).isZero();

        assertThat(process.out()).contains("waf.crs: " + folder.resolve("crs"));
        assertThat(Files.readString(folder.resolve("crs").resolve(RULES))).isEqualTo("# a\n");
        assertThat(folder.resolve("crs").toFile().list()).containsExactly("coreruleset-4.25.0");
        process = new ProcessRun(folder);
        assertThat(process.run("waf", "fetch", url(), "--sha256", checksum(), "--to", "crs")).isOne();
        assertThat(process.err()).contains("is there already");
    }

    @Test
    void aWrongOrMissingChecksumUnpacksNothing() throws Exception {
        assertThat(process.run("waf", "fetch", url(), "--sha256", "00", "--to", "crs")).isOne();
        assertThat(process.err()).contains("the checksum of", checksum(), "expected: 00");
        process = new ProcessRun(folder);
        assertThat(process.run("waf", "fetch", url(), "--to", "crs")).isEqualTo(2);
        assertThat(process.out()).contains("sha256 " + checksum());
        assertThat(folder.resolve("crs")).doesNotExist();
    }

    @Test
    void aFileThatDoesNotExistIsNamed() {
        assertThat(process.run("waf", "fetch", "none.tar.gz", "--to", "crs")).isOne();
        assertThat(process.err()).contains("there is no file none.tar.gz (expected: a .tar.gz archive");
    }

    @Test
    void anArchiveThatLeadsOutOrIsSomethingElseLeavesNothingBehind() throws Exception {
        archive = archive(RULES, SETUP, "../outside.conf");
        assertThat(process.run("waf", "fetch", url(), "--sha256", checksum(), "--to", "crs")).isOne();
        assertThat(process.err()).contains("leads out of its folder");
        archive = archive("readme.txt");
        process = new ProcessRun(folder);
        assertThat(process.run("waf", "fetch", url(), "--sha256", checksum(), "--to", "crs")).isOne();
        assertThat(process.err()).contains("contains no Core Rule Set");
        assertThat(folder.resolve("crs").toFile().list()).isEmpty();
        assertThat(folder.resolve("outside.conf")).doesNotExist();
    }
}
