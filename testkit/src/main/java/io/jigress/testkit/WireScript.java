package io.jigress.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/// A transcript of bytes between a client, the gateway under test and an upstream, from a `*.wire` file.
///
/// ```
/// # Content-Length beside Transfer-Encoding is refused           a comment
/// @ max-header 8k                                                a setting for the code that starts the gateway
/// > POST / HTTP/1.1                                              the client sends
/// > Host: a
/// >
/// >> POST / HTTP/1.1                                             the upstream must receive
/// >> {lines}
/// >> x-request-id: {uuid}
/// >>
/// << HTTP/1.1 200 OK                                             the upstream sends
/// << Content-Length: 2
/// <<
/// << ok\
/// < HTTP/1.1 200 OK                                              the client must receive
/// ```
///
/// A line stands for its bytes and a CRLF; one that ends in a single `\` stands for its bytes only. Escapes: `\r \n \t \0 \\ \{ \xHH`.
/// One space behind the sign belongs to the sign. Characters above 0x7f are sent as UTF-8. In expected lines `{any}` is anything within the line,
/// `{date}` an IMF-fixdate, `{uuid}` a UUID, `{hex}` hexadecimal digits, `{number}` decimal digits, `{name}` of a setting its value; `{lines}` alone on a
/// line is any number of whole lines up to the first that fits the next expected line. A line with a pattern must end in LF.
///
/// | sign | meaning |
/// |---|---|
/// | `>connect` `>close` `>shutdown` `>reset` | the client opens another connection, closes, ends its sending side, resets; a `>` line without a connection opens one |
/// | `<!close` | the gateway closes the client's connection and sends nothing before |
/// | `>>connect` | the gateway opens another connection to the upstream; a `>>` line without one waits for it |
/// | `>>!close` | the gateway closes the connection to the upstream and sends nothing before |
/// | `<<close` `<<shutdown` `<<reset` | the upstream closes, ends its sending side, resets |
/// | `<<nothing` | nothing was forwarded that the script does not show, up to here |
///
/// Lines run in order. At the end, neither side may have received anything that the script does not show.
///
/// @param name the file's name without `.wire`
/// @param settings what `@` lines say, in order
public record WireScript(String name, Map<String, String> settings, List<Step> steps) {

    /// A line of the script.
    ///
    /// @param line its number, from 1
    /// @param sign what stands before the text, or the whole word (`<!close`)
    /// @param bytes the bytes it stands for, as Latin-1; an unescaped brace is [#OPEN] or [#SHUT]
    public record Step(int line, String sign, String bytes) {}

    /// A gateway that proxies to the upstream of the script.
    public record Gateway(InetSocketAddress address, AutoCloseable closing) {}

    /// Starts, or finds, the gateway for a script.
    @FunctionalInterface
    public interface GatewayStarter {
        Gateway start(WireScript script, InetSocketAddress upstream) throws Exception;
    }

    public WireScript {
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
        steps = List.copyOf(steps);
    }

    /// A test per `*.wire` file of a folder on the class path (`/io/jigress/…/wire`), by name. A folder without any is an error.
    public static Stream<DynamicTest> tests(Class<?> anchor, String folder, GatewayStarter starter) {
        List<WireScript> scripts = load(anchor, folder);
        return scripts.stream().map(script -> DynamicTest.dynamicTest(script.name(), () -> script.run(starter)));
    }

    /// The scripts of a folder on the class path, by name.
    public static List<WireScript> load(Class<?> anchor, String folder) {
        URL url = anchor.getResource(folder);
        if (url == null) {
            throw new IllegalArgumentException("no folder " + folder + " on the class path of " + anchor);
        }
        try (Stream<Path> files = Files.list(Path.of(url.toURI()))) {
            List<WireScript> scripts = new ArrayList<>();
            for (Path file : files.filter(path -> path.toString().endsWith(".wire")).sorted().toList()) {
                String fileName = String.valueOf(file.getFileName());
                scripts.add(parse(fileName.substring(0, fileName.length() - ".wire".length()), Files.readString(file)));
            }
            if (scripts.isEmpty()) {
                throw new IllegalArgumentException("no *.wire file in " + url);
            }
            return scripts;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("cannot list " + url, e);
        }
    }

    /// @throws IllegalArgumentException with the line, when the text is not a script
    public static WireScript parse(String name, String text) {
        Map<String, String> settings = new LinkedHashMap<>();
        List<Step> steps = new ArrayList<>();
        String[] lines = text.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            String line = lines[i].endsWith("\r") ? lines[i].substring(0, lines[i].length() - 1) : lines[i];
            if (line.startsWith("@")) {
                String[] setting = line.substring(1).strip().split("\\s+", 2);
                settings.put(setting[0], setting.length > 1 ? setting[1] : "");
            } else if (!line.isBlank() && !line.startsWith("#")) {
                steps.add(step(name, i + 1, line));
            }
        }
        return new WireScript(name, settings, steps);
    }

    private static final List<String> WORDS = List.of(">connect", ">close", ">shutdown", ">reset", "<!close", ">>connect",
            ">>!close", "<<close", "<<shutdown",
            "<<reset", "<<nothing");

    private static Step step(String name, int number, String line) {
        if (WORDS.contains(line.strip())) {
            return new Step(number, line.strip(), "");
        }
        for (String sign : List.of(">>", "<<", ">", "<")) {
            if (line.equals(sign) || line.startsWith(sign + " ")) {
                String text = line.equals(sign) ? "" : line.substring(sign.length() + 1);
                return new Step(number, sign, bytes(name, number, text));
            }
        }
        throw new IllegalArgumentException(name + ".wire:" + number + ": \"" + line
                + "\" (expected: '> ', '< ', '>> ', '<< ', '@ ', '#' or one of " + WORDS + ")");
    }

    private static String bytes(String name, int number, String text) {
        String encoded = Wire.latin1(text.getBytes(StandardCharsets.UTF_8));
        StringBuilder out = new StringBuilder();
        int i = 0;
        while (i < encoded.length()) {
            char c = encoded.charAt(i++);
            if (c == '{' || c == '}') {
                out.append(c == '{' ? OPEN : SHUT);
            } else if (c != '\\') {
                out.append(c);
            } else if (i == encoded.length()) {
                return out.toString();
            } else {
                char escape = encoded.charAt(i++);
                switch (escape) {
                    case 'r' -> out.append('\r');
                    case 'n' -> out.append('\n');
                    case 't' -> out.append('\t');
                    case '0' -> out.append('\0');
                    case '\\', '{', '}' -> out.append(escape);
                    case 'x' -> {
                        if (i + 2 > encoded.length() || !encoded.substring(i, i + 2).matches("[0-9a-fA-F]{2}")) {
                            throw new IllegalArgumentException(name + ".wire:" + number + ": \\x wants two hexadecimal digits");
                        }
                        out.append((char) Integer.parseInt(encoded.substring(i, i + 2), 16));
                        i += 2;
                    }
                    default -> throw new IllegalArgumentException(name + ".wire:" + number + ": unknown escape \\" + escape);
                }
            }
        }
        return out.append("\r\n").toString();
    }

    /// Stands for an unescaped brace: not a byte, so that no other text of a line can contain it.
    static final char OPEN = '\u0101';
    static final char SHUT = '\u0102';

    /// Runs the script with an upstream of its own.
    ///
    /// @throws AssertionError with the line, what it expected and what was received instead
    public void run(GatewayStarter starter) throws Exception {
        WireRun run = new WireRun(this, starter);
        try {
            run.run();
        } finally {
            run.close();
        }
    }
}
