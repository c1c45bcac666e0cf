package io.jigress.plugins.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.testkit.TestRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class TarFileTest {
    private static final int HEAD = 512;
    private static final byte[] CODE = "code".getBytes(StandardCharsets.US_ASCII);

    private static byte[] head(String name, String size) {
        byte[] head = new byte[HEAD];
        System.arraycopy(name.getBytes(StandardCharsets.US_ASCII), 0, head, 0, name.length());
        System.arraycopy(size.getBytes(StandardCharsets.US_ASCII), 0, head, 124, size.length());
        head[156] = '0';
        return head;
    }

    private static byte[] zipped(byte[] head, int times) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream zip = new GZIPOutputStream(out)) {
            for (int i = 0; i < times; i++) {
                zip.write(head);
            }
        }
        return out.toByteArray();
    }

    @Test
    void findsAFileByItsSuffix() throws Exception {
        assertThat(TarFile.find(TestRegistry.tarGz("a/plugin.wasm", CODE), ".wasm", 1000)).isEqualTo(CODE);
        assertThat(TarFile.find(TestRegistry.tarGz("a/plugin.txt", CODE), ".wasm", 1000)).isNull();
        assertThat(TarFile.find(new byte[0], ".wasm", 1000)).isNull();
    }

    @Test
    void aFileThatIsTooLongIsNotRead() {
        assertThatThrownBy(() -> TarFile.find(head("p.wasm", "00000002000"), ".wasm", 1000)).isInstanceOf(CodeFault.class)
                .hasMessage("has a layer with more than 1000 bytes");
        assertThatThrownBy(() -> TarFile.find(head("p.wasm", "777777777777"), ".wasm", 1000)).isInstanceOf(CodeFault.class)
                .hasMessage("has a layer with more than 1000 bytes");
    }

    /// Half a megabyte that unpacks to half a gigabyte.
    @Test
    @Tag("suite")
    void aLayerOfVeryManyFilesIsGivenUp() throws IOException {
        byte[] layer = zipped(head("empty", "0"), 1_000_000);
        assertThatThrownBy(() -> TarFile.find(layer, ".wasm", 1000)).isInstanceOf(CodeFault.class)
                .hasMessage("has a layer with more than 10000 files");
    }

    @Test
    void whatIsNoTarFileIsRefused() throws IOException {
        assertThatThrownBy(() -> TarFile.find(head("p.wasm", "size"), ".wasm", 1000)).isInstanceOf(CodeFault.class)
                .hasMessageContaining("not a tar file");
        byte[] whole = TestRegistry.tarGz("p.wasm", CODE);
        assertThatThrownBy(() -> TarFile.find(Arrays.copyOf(whole, 20), ".wasm", 1000)).isInstanceOf(CodeFault.class)
                .hasMessageContaining("not a tar file");
    }
}
