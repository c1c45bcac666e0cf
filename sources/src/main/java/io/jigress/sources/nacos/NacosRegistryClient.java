package io.jigress.sources.nacos;

import com.alibaba.nacos.api.config.remote.response.ConfigQueryResponse;
import com.alibaba.nacos.api.exception.NacosException;
import com.alibaba.nacos.api.naming.pojo.ServiceInfo;
import com.alibaba.nacos.api.naming.remote.request.NotifySubscriberRequest;
import com.alibaba.nacos.api.naming.remote.request.SubscribeServiceRequest;
import com.alibaba.nacos.api.naming.remote.response.NotifySubscriberResponse;
import com.alibaba.nacos.api.naming.remote.response.SubscribeServiceResponse;
import com.alibaba.nacos.api.remote.request.Request;
import com.alibaba.nacos.api.remote.response.Response;
import io.jigress.control.RegistryService;
import io.jigress.control.RegistrySettings;
import io.jigress.sources.registry.Instance;
import io.jigress.sources.registry.RegistryClient;
import io.jigress.sources.registry.RegistryText;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Follows services of a Nacos server.
///
/// One thread subscribes and unsubscribes, and subscribes every service again on a new connection; lists that the server pushes are passed to
/// the listeners on the library's thread. Of a list only the server's timestamp is kept.
public final class NacosRegistryClient implements RegistryClient {
    private static final Logger log = LoggerFactory.getLogger(NacosRegistryClient.class);

    private static final String GROUP = "DEFAULT_GROUP";
    /// Set for services that a DubboService follows: `interface` or `application`.
    private static final String DUBBO = "dubbo";
    private static final long FIRST_RETRY_MILLIS = 500;
    private static final long LAST_RETRY_MILLIS = 30_000;
    private static final long DIAGNOSIS_MILLIS = 2000;
    private static final int NO_RIGHT = 403;

    private final String namespace;
    private final NacosLogin login;
    private final NacosConnection connection;
    private final NacosTextQuery query;
    private final Thread worker;

    /// By `group@@service`. Guarded by this, as are the following fields.
    private final Map<String, Subscription> subscriptions = new HashMap<>();
    private final Deque<Subscription> ready = new ArrayDeque<>();
    private final PriorityQueue<Subscription> delayed = new PriorityQueue<>(
            Comparator.comparingLong((Subscription s) -> s.retryNanos));
    private final NacosTexts texts = new NacosTexts();
    /// A permit when the worker has something to do.
    private final Semaphore wakeups = new Semaphore(0);
    private volatile boolean closed;
    private volatile String error = "";

    /// The subscription of one service of the server. Fields that are not final are guarded by the client, except `newest`, which is guarded by
    /// the subscription.
    private static final class Subscription {
        final String group;
        final String name;
        /// One service may have several views, by clusters.
        final Map<RegistryService, Listener> listeners = new TreeMap<>(Comparator.comparing(RegistryService::text));
        boolean queued;
        int failures;
        long retryNanos;
        /// The server's timestamp of the newest list that was passed on.
        long newest;

        Subscription(String group, String name) {
            this.group = group;
            this.name = name;
        }

        String key() {
            return group + "@@" + name;
        }
    }

    /// Opens a client; see [RegistryClient.Factory].
    public static RegistryClient open(RegistrySettings settings) {
        NacosRegistryClient client = new NacosRegistryClient(settings, InstantSource.system());
        client.worker.start();
        return client;
    }

    private NacosRegistryClient(RegistrySettings settings, InstantSource clock) {
        List<String> servers = settings.registry().servers();
        String named = settings.registry().option("namespace");
        namespace = named.isEmpty() ? NacosConnection.PUBLIC : named;
        NacosTls tls = NacosTls.of(settings.registry().option("tls"), settings.credentials());
        login = new NacosLogin(servers, settings.credentials(), NacosHttp.of(tls), clock);
        String name = "nacos-" + servers.getFirst();
        connection = new NacosConnection(name, servers, tls, "naming", this::connected, this::pushed);
        query = new NacosTextQuery(connection, login, namespace);
        worker = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
    }

    /// The group in Nacos: for services that a DubboService follows, `group` is Dubbo's group.
    private static String group(RegistryService service) {
        String group = service.parameter(service.parameter(DUBBO).isEmpty() ? "group" : "nacosGroup");
        return group.isEmpty() ? GROUP : group;
    }

    private static String name(RegistryService service) {
        return service.parameter(DUBBO).equals("interface")
                ? "providers:" + service.name() + ":" + service.parameter("version") + ":" + service.parameter("group")
                : service.name();
    }

    @Override
    public synchronized void follow(RegistryService service, Listener listener) {
        Subscription subscription = subscriptions.computeIfAbsent(group(service) + "@@" + name(service),
                _ -> new Subscription(group(service), name(service)));
        subscription.listeners.put(service, listener);
        // Also when others follow it already: the response contains the list, which is not kept here.
        queue(subscription);
    }

    @Override
    public synchronized void unfollow(RegistryService service) {
        Subscription subscription = subscriptions.get(group(service) + "@@" + name(service));
        if (subscription != null && subscription.listeners.remove(service) != null && subscription.listeners.isEmpty()) {
            queue(subscription);
        }
    }

    @Override
    public void followText(RegistryText text, Consumer<String> listener) {
        texts.follow(text, listener);
        wakeups.release();
    }

    @Override
    public void unfollowText(RegistryText text) {
        texts.unfollow(text);
    }

    private void queue(Subscription subscription) {
        delayed.remove(subscription);
        if (!subscription.queued) {
            subscription.queued = true;
            ready.add(subscription);
            wakeups.release();
        }
    }

    /// A new connection has no subscriptions.
    private synchronized void connected() {
        error = "";
        subscriptions.values().forEach(subscription -> {
            subscription.failures = 0;
            forgetTime(subscription);
            queue(subscription);
        });
        wakeups.release();
    }

    private static void forgetTime(Subscription subscription) {
        synchronized (subscription) {
            subscription.newest = 0;
        }
    }

    @Override
    public State state() {
        return new State(connection.connected(), error);
    }

    /// Does not wait: the worker closes the connection.
    @Override
    public void close() {
        closed = true;
        worker.interrupt();
    }

    // ---- the worker

    private void run() {
        try {
            begin();
            while (!closed) {
                round();
            }
        } catch (InterruptedException _) {
            // Closed.
        } catch (RuntimeException | LinkageError e) {
            log.error("internal error: registry {} is no longer followed", worker.getName(), e);
            error = "internal error, see the log: " + e;
        } finally {
            // An interrupt must not keep the connection from being closed.
            Thread.interrupted();
            connection.close();
        }
    }

    private void begin() throws InterruptedException {
        try {
            connection.start();
        } catch (NacosException e) {
            error = words(e);
        }
    }

    private void round() throws InterruptedException {
        if (!connection.connected()) {
            String diagnosis = connection.diagnosis();
            if (!connection.connected()) {
                error = diagnosis;
                pause(DIAGNOSIS_MILLIS);
            }
            return;
        }
        try {
            login.renew();
        } catch (NacosLogin.Refused e) {
            error = String.valueOf(e.getMessage());
            pause(DIAGNOSIS_MILLIS);
            return;
        }
        Subscription next = next();
        NacosTexts.Followed text = next == null ? texts.due() : null;
        if (next != null) {
            settle(next);
        } else if (text != null) {
            ask(text);
        } else {
            pause(Math.min(restMillis(), texts.restMillis()));
        }
    }

    private void ask(NacosTexts.Followed text) throws InterruptedException {
        try {
            text.answered(query.read(text));
        } catch (NacosException e) {
            if (closed) {
                throw new InterruptedException();
            }
            log.debug("the text {} of {}", text.dataId(), worker.getName(), e);
            text.failed(e.getErrCode() == ConfigQueryResponse.CONFIG_NOT_FOUND);
        }
    }

    /// Waits until there is something to do, or for the given time.
    private void pause(long millis) throws InterruptedException {
        if (wakeups.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
            wakeups.drainPermits();
        }
    }

    /// The next subscription to start or end; null when there is nothing to do now.
    private synchronized @Nullable Subscription next() {
        long now = System.nanoTime();
        while (!delayed.isEmpty() && delayed.peek().retryNanos - now <= 0) {
            queue(delayed.remove());
        }
        Subscription next = ready.poll();
        if (next != null) {
            next.queued = false;
        }
        return next;
    }

    /// The time until a subscription is retried, or the connection and the login are checked.
    private synchronized long restMillis() {
        if (delayed.isEmpty()) {
            error = "";
            return DIAGNOSIS_MILLIS;
        }
        return Math.clamp(Duration.ofNanos(delayed.peek().retryNanos - System.nanoTime()).toMillis() + 1, 1, DIAGNOSIS_MILLIS);
    }

    private void settle(Subscription subscription) throws InterruptedException {
        boolean wanted = wanted(subscription);
        SubscribeServiceRequest request = new SubscribeServiceRequest(namespace, subscription.group, subscription.name, "",
                wanted);
        request.putAllHeader(login.fields(subscription.key()));
        request.putHeader("app", "jigress");
        try {
            ServiceInfo answer = connection.request(request, SubscribeServiceResponse.class).getServiceInfo();
            if (wanted) {
                succeeded(subscription);
                pass(subscription, answer);
            } else {
                forgetUnwanted(subscription);
            }
        } catch (NacosException e) {
            if (closed) {
                throw new InterruptedException();
            }
            failed(subscription, e);
        }
    }

    private synchronized boolean wanted(Subscription subscription) {
        return !subscription.listeners.isEmpty();
    }

    private synchronized void succeeded(Subscription subscription) {
        subscription.failures = 0;
    }

    private synchronized void forgetUnwanted(Subscription subscription) {
        if (subscription.listeners.isEmpty()) {
            subscriptions.remove(subscription.key(), subscription);
            delayed.remove(subscription);
        }
    }

    private void failed(Subscription subscription, NacosException fault) {
        String words = words(fault);
        if (fault.getErrCode() == NO_RIGHT) {
            login.forget();
        }
        if (!connection.connected()) {
            // All are subscribed again once there is a connection.
            words = "the connection broke";
        } else {
            error = words;
        }
        List<Listener> listeners;
        synchronized (this) {
            if (subscription.listeners.isEmpty()) {
                forgetUnwanted(subscription);
                return;
            }
            long delay = Math.min(LAST_RETRY_MILLIS, FIRST_RETRY_MILLIS << Math.min(subscription.failures++, 10));
            long jittered = delay / 2 + ThreadLocalRandom.current().nextLong(delay);
            subscription.retryNanos = System.nanoTime() + Duration.ofMillis(jittered).toNanos();
            delayed.remove(subscription);
            if (!subscription.queued) {
                delayed.add(subscription);
            }
            listeners = List.copyOf(subscription.listeners.values());
        }
        for (Listener listener : listeners) {
            listener.failed(words);
        }
    }

    private static String words(NacosException fault) {
        return fault.getErrCode() + ": " + (fault.getErrMsg().isEmpty() ? String.valueOf(fault.getMessage()) : fault.getErrMsg());
    }

    // ---- the server's messages

    /// On a thread of the library.
    private @Nullable Response pushed(Request request) {
        if (!(request instanceof NotifySubscriberRequest push)) {
            return null;
        }
        ServiceInfo info = push.getServiceInfo();
        Subscription subscription;
        synchronized (this) {
            subscription = subscriptions.get(info.getKeyWithoutClusters());
        }
        if (subscription != null) {
            pass(subscription, info);
        }
        return new NotifySubscriberResponse();
    }

    private void pass(Subscription subscription, @Nullable ServiceInfo info) {
        Map<RegistryService, Listener> listeners;
        synchronized (this) {
            listeners = Map.copyOf(subscription.listeners);
        }
        if (info == null || info.getHosts() == null) {
            listeners.values().forEach(listener -> listener.failed("the server answered without a list of instances"));
            return;
        }
        // The response to a subscription and later pushes arrive on different threads.
        synchronized (subscription) {
            if (info.getLastRefTime() < subscription.newest) {
                return;
            }
            subscription.newest = info.getLastRefTime();
            listeners.forEach((service, listener) -> listener.instances(instances(service, info)));
        }
    }

    private static List<Instance> instances(RegistryService service, ServiceInfo info) {
        String wanted = service.parameter("clusters");
        Set<String> clusters = wanted.isEmpty() ? Set.of() : Set.of(wanted.split(","));
        List<Instance> instances = new ArrayList<>(info.getHosts().size());
        for (com.alibaba.nacos.api.naming.pojo.Instance host : info.getHosts()) {
            if (host != null && (clusters.isEmpty() || clusters.contains(String.valueOf(host.getClusterName())))) {
                Map<String, String> metadata = host.getMetadata() == null ? Map.of() : host.getMetadata();
                instances.add(
                        new Instance(host.getIp() == null ? "" : host.getIp(), host.getPort(), host.getWeight(), host.isEnabled(),
                                host.isHealthy(), metadata.getOrDefault("zone", ""), metadata));
            }
        }
        return instances;
    }
}
