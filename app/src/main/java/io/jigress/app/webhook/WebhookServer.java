package io.jigress.app.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Settings;
import io.jigress.app.translate.Translators;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The HTTPS server that an API server calls before it stores an object (ValidatingWebhookConfiguration): `POST /validate`.
///
/// The certificate is read again when its file has changed, as the file of a mounted Secret does.
public final class WebhookServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(WebhookServer.class);
    /// Kubernetes accepts objects of at most 1.5 MiB, and a review contains two.
    private static final int BODY_BYTES_LIMIT = 4 << 20;
    private static final int REVIEWS_AT_ONCE = 64;
    private static final int RELOAD_SECONDS = 10;

    private final Admission admission;
    private final Path certificate;
    private final Path key;
    private final HttpsServer server;
    private final Semaphore places = new Semaphore(REVIEWS_AT_ONCE);
    private final ScheduledExecutorService reloading = Executors
            .newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("webhook-certificate").factory());
    private @Nullable FileTime loaded;

    private WebhookServer(Admission admission, Path certificate, Path key, InetSocketAddress address)
            throws IOException, GeneralSecurityException {
        this.admission = admission;
        this.certificate = certificate;
        this.key = key;
        FileTime time = Files.getLastModifiedTime(certificate);
        SSLContext context = context();
        loaded = time;
        server = HttpsServer.create(address, 64);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/validate", this::review);
        server.start();
        reloading.scheduleWithFixedDelay(this::reload, RELOAD_SECONDS, RELOAD_SECONDS, TimeUnit.SECONDS);
    }

    /// Null when the settings do not enable it.
    ///
    /// @param folder relative paths start here
    public static @Nullable WebhookServer start(Settings settings, Path folder) throws CannotStart {
        ListenAddress address = settings.value(KnownSettings.WEBHOOK_ADDRESS);
        if (address.isOff()) {
            return null;
        }
        String certificate = settings.value(KnownSettings.WEBHOOK_CERTIFICATE);
        String key = settings.value(KnownSettings.WEBHOOK_KEY);
        if (certificate.isEmpty() || key.isEmpty()) {
            throw new CannotStart("webhook.address is " + address + " and has no certificate (expected: webhook.certificate and "
                    + "webhook.key, files in PEM form)");
        }
        try {
            return new WebhookServer(new Admission(Translators.objectCheck(settings, folder)), folder.resolve(certificate),
                    folder.resolve(key), address.socket());
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new CannotStart("webhook.address: cannot serve " + address + " with " + certificate + " and " + key + ": " + e);
        }
    }

    public InetSocketAddress address() {
        return server.getAddress();
    }

    private void review(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!places.tryAcquire()) {
                answer(exchange, 503, "too many reviews at once".getBytes(UTF_8));
                return;
            }
            try {
                byte[] body = exchange.getRequestBody().readNBytes(BODY_BYTES_LIMIT + 1);
                if (!exchange.getRequestMethod().equals("POST") || body.length > BODY_BYTES_LIMIT) {
                    answer(exchange, body.length > BODY_BYTES_LIMIT ? 413 : 405, new byte[0]);
                    return;
                }
                answer(exchange, 200, admission.answer(body));
            } catch (IllegalArgumentException e) {
                answer(exchange, 400, String.valueOf(e.getMessage()).getBytes(UTF_8));
            } catch (RuntimeException e) {
                log.error("a review failed", e);
                answer(exchange, 500, new byte[0]);
            } finally {
                places.release();
            }
        }
    }

    private static void answer(HttpExchange exchange, int code, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", code == 200 ? "application/json" : "text/plain");
        exchange.sendResponseHeaders(code, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        }
    }

    private void reload() {
        try {
            FileTime time = Files.getLastModifiedTime(certificate);
            if (!Objects.equals(time, loaded)) {
                server.setHttpsConfigurator(new HttpsConfigurator(context()));
                loaded = time;
                log.info("the webhook's certificate was read again");
            }
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            log.warn("{} cannot be read, the webhook keeps its certificate: {}", certificate, e.toString());
        }
    }

    private SSLContext context() throws IOException, GeneralSecurityException {
        Certificate[] chain;
        try (var in = Files.newInputStream(certificate)) {
            chain = CertificateFactory.getInstance("X.509").generateCertificates(in).toArray(Certificate[]::new);
        }
        PrivateKey secret = PrivateKeys.read(Files.readString(key));
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("webhook", secret, new char[0], chain);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    @Override
    public void close() {
        reloading.shutdownNow();
        server.stop(0);
    }
}
