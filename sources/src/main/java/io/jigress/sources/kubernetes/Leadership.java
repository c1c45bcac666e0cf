package io.jigress.sources.kubernetes;

import io.jigress.api.Json;
import io.jigress.control.JsonParser;
import io.jigress.sources.kubernetes.ClusterApi.Reply;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/// Decides which of several processes writes statuses: the one that holds a Lease (coordination.k8s.io). For one thread.
///
/// As in other controllers, a Lease is taken over when it was not renewed for its duration, measured by the local clock since the last
/// observed change: the clocks of two machines are never compared.
final class Leadership {
    private static final String JSON = "application/json";
    /// With six fractional digits, as the API server requires.
    private static final DateTimeFormatter MICROS = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final String PATH = "/apis/coordination.k8s.io/v1/namespaces/";

    private final KubernetesSettings.Statuses settings;
    private final ClusterApi api;
    private final InstantSource clock;
    private final String namespace;
    private final String path;

    private String seenVersion = "";
    private long seenNanos;
    private long renewedNanos;
    private boolean leading;
    private String holder = "";

    /// Why this process cannot take part.
    ///
    /// @param why as readable text
    record Obstacle(String why, String expected) {}

    /// A response by which the Lease cannot be used, now or later.
    static final class Refused extends Exception {
        private final transient Obstacle obstacle;

        Refused(Obstacle obstacle) {
            super(obstacle.why);
            this.obstacle = obstacle;
        }

        Obstacle obstacle() {
            return obstacle;
        }
    }

    Leadership(KubernetesSettings.Statuses settings, ClusterApi api, InstantSource clock) {
        this.settings = settings;
        this.api = api;
        this.clock = clock;
        namespace = settings.leaseNamespace().isEmpty() ? api.namespace() : settings.leaseNamespace();
        path = PATH + namespace + "/leases";
    }

    boolean isLeading() { return leading; }

    /// The holder of the Lease; empty when there is none, or it is not known.
    String holder() {
        return holder;
    }

    /// The interval at which [#attempt] must be called.
    Duration period() {
        return settings.leaseDuration().dividedBy(5);
    }

    /// Takes or renews the Lease.
    ///
    /// @return whether this process may write until the next attempt
    boolean attempt() throws IOException, InterruptedException, Refused {
        // Not when the response arrives: another process may count the Lease's duration from any time after the request.
        long began = System.nanoTime();
        try {
            leading = tryOnce();
        } catch (IOException e) {
            // After a failed renewal this process writes for two thirds of the Lease's duration; others can take the Lease only after the whole.
            leading &= System.nanoTime() - renewedNanos < settings.leaseDuration().toNanos() * 2 / 3;
            throw e;
        } catch (Refused e) {
            leading = false;
            throw e;
        }
        if (leading) {
            renewedNanos = began;
        }
        return leading;
    }

    private boolean tryOnce() throws IOException, InterruptedException, Refused {
        Reply reply = api.get(path + "/" + settings.leaseName());
        if (reply.code() == 404) {
            return write("POST", path, lease("", 0, clock.instant(), settings.identity()));
        }
        check(reply, "get");
        Json.Obj lease = parse(reply);
        Json.Obj spec = object(lease, "spec");
        String version = text(object(lease, "metadata"), "resourceVersion");
        holder = text(spec, "holderIdentity");
        if (!version.equals(seenVersion)) {
            seenVersion = version;
            seenNanos = System.nanoTime();
        }
        boolean mine = holder.equals(settings.identity());
        boolean over = holder.isEmpty() || System.nanoTime() - seenNanos > seconds(spec).toNanos();
        if (!mine && !over) {
            return false;
        }
        Instant acquired = mine ? acquired(spec) : clock.instant();
        return write("PUT", path + "/" + settings.leaseName(),
                lease(version, transitions(spec) + (mine ? 0 : 1), acquired, settings.identity()));
    }

    /// Releases the Lease, so that another process takes over at once.
    void release() throws IOException, InterruptedException, Refused {
        if (leading) {
            leading = false;
            Reply reply = api.get(path + "/" + settings.leaseName());
            Json.Obj lease = parse(reply);
            Json.Obj spec = object(lease, "spec");
            if (reply.isSuccess() && text(spec, "holderIdentity").equals(settings.identity())) {
                write("PUT", path + "/" + settings.leaseName(),
                        lease(text(object(lease, "metadata"), "resourceVersion"), transitions(spec), clock.instant(), ""));
            }
        }
    }

    private boolean write(String method, String to, Json lease) throws IOException, InterruptedException, Refused {
        Reply reply = api.send(method, to, JSON, lease.toString());
        if (reply.code() == 409) {
            // Another process took it first.
            return false;
        }
        check(reply, method.equals("POST") ? "create" : "update");
        Json.Obj written = parse(reply);
        seenVersion = text(object(written, "metadata"), "resourceVersion");
        seenNanos = System.nanoTime();
        holder = text(object(written, "spec"), "holderIdentity");
        return !holder.isEmpty();
    }

    private void check(Reply reply, String verb) throws IOException, Refused {
        if (reply.code() == 403) {
            throw new Refused(new Obstacle("does not let this gateway " + verb + " leases.coordination.k8s.io in namespace "
                    + namespace + ", so that it writes no statuses", "a Role with the verbs get, create and update for Leases"));
        }
        if (isFinal(reply.code())) {
            throw new Refused(new Obstacle("refuses the Lease " + namespace + "/" + settings.leaseName() + ": "
                    + StatusText.message(reply.body()) + ", so that this gateway writes no statuses",
                    "a namespace that exists, and an API server that stores Leases"));
        }
        if (!reply.isSuccess()) {
            throw new IOException(StatusText.message(reply.body()));
        }
    }

    /// Whether the same request would be refused again: a namespace that does not exist, an object that is not accepted. A server that is busy, or a
    /// token that is being replaced, is not a refusal.
    private static boolean isFinal(int code) {
        return code >= 400 && code < 500 && code != 401 && code != 408 && code != 409 && code != 429;
    }

    private Json lease(String version, long transitions, Instant acquired, String identity) {
        Json.Builder metadata = Json.object().put("name", settings.leaseName()).put("namespace", namespace);
        if (!version.isEmpty()) {
            metadata.put("resourceVersion", version);
        }
        Json.Builder spec = Json.object().put("holderIdentity", identity)
                .put("leaseDurationSeconds", Math.max(1, settings.leaseDuration().toSeconds()))
                .put("acquireTime", MICROS.format(acquired)).put("renewTime", MICROS.format(clock.instant()))
                .put("leaseTransitions", transitions);
        return Json.object().put("apiVersion", "coordination.k8s.io/v1").put("kind", "Lease").put("metadata", metadata.build())
                .put("spec", spec.build()).build();
    }

    /// How often the Lease changed its holder.
    private static long transitions(Json.Obj spec) {
        return spec.members().get("leaseTransitions") instanceof Json.Num(String literal) ? Long.parseLong(literal) : 0;
    }

    private Instant acquired(Json.Obj spec) {
        try {
            return Instant.parse(text(spec, "acquireTime"));
        } catch (DateTimeException _) {
            return clock.instant();
        }
    }

    private Duration seconds(Json.Obj spec) {
        return spec.members().get("leaseDurationSeconds") instanceof Json.Num(String literal)
                ? Duration.ofSeconds(Long.parseLong(literal))
                : settings.leaseDuration();
    }

    private static Json.Obj parse(Reply reply) {
        return JsonParser.parse(reply.body()) instanceof JsonParser.Result.Parsed(Json.Obj object) ? object : Json.Obj.EMPTY;
    }

    private static Json.Obj object(Json.Obj holder, String name) {
        return holder.members().get(name) instanceof Json.Obj object ? object : Json.Obj.EMPTY;
    }

    private static String text(Json.Obj holder, String name) {
        Map<String, Json> members = holder.members();
        return members.get(name) instanceof Json.Str(String text) ? text : "";
    }
}
