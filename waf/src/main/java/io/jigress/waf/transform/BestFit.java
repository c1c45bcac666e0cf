package io.jigress.waf.transform;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The best-fit mapping of code points to ASCII as in old versions of IIS: `%u2019` is read as an apostrophe.
final class BestFit {
    private static final char[] CODES;
    private static final byte[] FITS;

    static {
        char[] codes = new char[1024];
        byte[] fits = new byte[1024];
        int count = 0;
        InputStream stream = BestFit.class.getResourceAsStream("best-fit.txt");
        if (stream == null) {
            throw new IllegalStateException("the resource best-fit.txt is missing");
        }
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.US_ASCII))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.startsWith("#")) {
                    continue;
                }
                for (String pair : line.split(" ")) {
                    codes[count] = (char) Integer.parseInt(pair.substring(0, 4), 16);
                    fits[count++] = (byte) Integer.parseInt(pair.substring(5), 16);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        CODES = Arrays.copyOf(codes, count);
        FITS = Arrays.copyOf(fits, count);
    }

    private BestFit() {
    }

    /// The best-fit byte; the low byte where there is none.
    static byte of(int code) {
        int index = code < 0x80 ? -1 : Arrays.binarySearch(CODES, (char) code);
        return index < 0 ? Bytes.narrow(code) : FITS[index];
    }
}
