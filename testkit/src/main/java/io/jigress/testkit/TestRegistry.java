package io.jigress.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPOutputStream;

/// A registry of images with the API of the OCI distribution specification, on loopback. It has one repository, `plugins/auth`, and asks for a token, which
/// it gives to `user:secret`. It also serves files.
public final class TestRegistry implements AutoCloseable {
    private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";

    private final HttpServer server;
    private final Map<String, byte[]> documents = new ConcurrentHashMap<>();
    private volatile boolean open;

    /// @throws IOException when it cannot listen
    public TestRegistry() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/token", exchange -> {
            String expected = "Basic " + Base64.getEncoder().encodeToString("user:secret".getBytes(StandardCharsets.UTF_8));
            boolean known = expected.equals(exchange.getRequestHeaders().getFirst("authorization"));
            boolean scoped = String.valueOf(exchange.getRequestURI().getQuery()).contains("scope=repository:plugins/auth:pull");
            answer(exchange, known && scoped ? 200 : 403, "{\"token\": \"t-1\"}".getBytes(StandardCharsets.UTF_8));
        });
        server.createContext("/v2/", exchange -> {
            byte[] found = documents.get(exchange.getRequestURI().getPath().substring("/v2/".length()));
            if (!open && !"Bearer t-1".equals(exchange.getRequestHeaders().getFirst("authorization"))) {
                exchange.getResponseHeaders().add("www-authenticate", "Bearer realm=\"http://" + address()
                        + "/token\",service=\"test\",scope=\"repository:plugins/auth:pull\"");
                answer(exchange, 401, new byte[0]);
            } else {
                answer(exchange, found == null ? 404 : 200, found == null ? new byte[0] : found);
            }
        });
        server.createContext("/files/", exchange -> {
            byte[] found = documents.get(exchange.getRequestURI().getPath().substring(1));
            answer(exchange, found == null ? 404 : 200, found == null ? new byte[0] : found);
        });
        server.createContext("/moved/", exchange -> {
            exchange.getResponseHeaders().add("location",
                    "/files/" + exchange.getRequestURI().getPath().substring("/moved/".length()));
            answer(exchange, 302, new byte[0]);
        });
        server.start();
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    /// From now on no token is needed.
    public TestRegistry open() {
        open = true;
        return this;
    }

    /// `localhost:PORT`.
    public String address() {
        return "localhost:" + server.getAddress().getPort();
    }

    /// The URL of an image.
    public String image(String tag) {
        return "oci://" + address() + "/plugins/auth:" + tag;
    }

    /// Serves a file under `/files/NAME`; `/moved/NAME` redirects there.
    public void file(String name, byte[] bytes) {
        documents.put("files/" + name, bytes);
    }

    /// Stores an image with one layer.
    ///
    /// @param annotations of the layer, as members of a JSON object; may be empty
    /// @return the digest of its manifest, in hexadecimal
    public String push(String tag, String mediaType, byte[] layer, String annotations) {
        String digest = blob(layer);
        return manifest(tag,
                "{\"mediaType\": \"" + MANIFEST + "\", \"layers\": [{\"mediaType\": \"" + mediaType + "\", \"digest\": \"sha256:"
                        + digest + "\", \"size\": " + layer.length + ", \"annotations\": {" + annotations + "}}]}");
    }

    /// Stores a layer or a configuration.
    ///
    /// @return its digest, in hexadecimal
    public String blob(byte[] bytes) {
        String digest = sha256(bytes);
        documents.put("plugins/auth/blobs/sha256:" + digest, bytes);
        return digest;
    }

    /// Stores a manifest.
    ///
    /// @return its digest, in hexadecimal
    public String manifest(String tag, String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        String digest = sha256(bytes);
        documents.put("plugins/auth/manifests/" + tag, bytes);
        documents.put("plugins/auth/manifests/sha256:" + digest, bytes);
        return digest;
    }

    /// Replaces a layer by other bytes.
    public void corrupt(byte[] layer) {
        byte[] other = Arrays.copyOf(layer, layer.length + 1);
        documents.put("plugins/auth/blobs/sha256:" + sha256(layer), other);
    }

    /// Signs an image as cosign does.
    ///
    /// @param digest of its manifest
    /// @param about the digest that the signature names
    public void sign(String digest, String about, KeyPair key) throws GeneralSecurityException {
        byte[] payload = ("{\"critical\": {\"identity\": {\"docker-reference\": \"\"}, \"image\": {\"docker-manifest-digest\": \"sha256:"
                + about
                + "\"}, \"type\": \"cosign container image signature\"}, \"optional\": null}").getBytes(StandardCharsets.UTF_8);
        Signature signer = Signature.getInstance("SHA256withECDSA");
        signer.initSign(key.getPrivate());
        signer.update(payload);
        push("sha256-" + digest + ".sig", "application/vnd.dev.cosign.simplesigning.v1+json", payload,
                "\"dev.cosignproject.cosign/signature\": \"" + Base64.getEncoder().encodeToString(signer.sign()) + "\"");
    }

    /// A tar.gz file with one file in it.
    public static byte[] tarGz(String name, byte[] content) throws IOException {
        byte[] head = new byte[512];
        put(head, 0, name);
        put(head, 100, "0000644");
        put(head, 124, String.format("%011o", content.length));
        head[156] = '0';
        put(head, 257, "ustar");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(head);
            gzip.write(content);
            gzip.write(new byte[(512 - content.length % 512) % 512 + 1024]);
        }
        return out.toByteArray();
    }

    /// In hexadecimal.
    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void put(byte[] head, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, head, at, bytes.length);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
