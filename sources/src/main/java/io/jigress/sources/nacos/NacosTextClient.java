package io.jigress.sources.nacos;

import com.alibaba.nacos.api.config.remote.request.ConfigBatchListenRequest;
import com.alibaba.nacos.api.config.remote.request.ConfigChangeNotifyRequest;
import com.alibaba.nacos.api.config.remote.request.ConfigQueryRequest;
import com.alibaba.nacos.api.config.remote.response.ConfigChangeBatchListenResponse;
import com.alibaba.nacos.api.config.remote.response.ConfigChangeNotifyResponse;
import com.alibaba.nacos.api.config.remote.response.ConfigQueryResponse;
import com.alibaba.nacos.api.exception.NacosException;
import com.alibaba.nacos.api.remote.request.Request;
import com.alibaba.nacos.api.remote.response.Response;
import io.jigress.control.RegistrySettings;
import io.jigress.sources.registry.TextClient;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Follows single data ids of a Nacos server: the server pushes the names of changed ones, and the client reads them.
///
/// One thread subscribes (again for every data id when there is a new connection), reads, and calls the listeners.
public final class NacosTextClient implements TextClient {
    private static final Logger log = LoggerFactory.getLogger(NacosTextClient.class);

    private static final long RETRY_MILLIS = 2_000;
    /// How often versions are compared with those on the server, in case a push was lost.
    private static final long COMPARE_MILLIS = 30_000;
    private static final int NO_RIGHT = 403;

    private final String namespace;
    private final NacosLogin login;
    private final NacosConnection connection;
    private final Thread worker;
    /// Guarded by this.
    private final Map<Key, Followed> followed = new HashMap<>();
    private final Semaphore wakeups = new Semaphore(0);
    /// Set when the server has no subscriptions of this client.
    private volatile boolean fresh;
    private volatile boolean closed;

    private record Key(String group, String dataId) {}

    private static final class Followed {
        final Key key;
        final Listener listener;
        /// The version of the text that was passed to the listener; null before the first.
        volatile @Nullable String md5;
        volatile boolean changed = true;
        volatile boolean ended;

        Followed(Key key, Listener listener) {
            this.key = key;
            this.listener = listener;
        }
    }

    /// Returns at once; connects in the background.
    public static NacosTextClient open(RegistrySettings settings) {
        NacosTextClient client = new NacosTextClient(settings);
        client.worker.start();
        return client;
    }

    private NacosTextClient(RegistrySettings settings) {
        List<String> servers = settings.registry().servers();
        String named = settings.registry().option("namespace");
        namespace = named.equals(NacosConnection.PUBLIC) ? "" : named;
        NacosTls tls = NacosTls.of(settings.registry().option("tls"), settings.credentials());
        login = new NacosLogin(servers, settings.credentials(), NacosHttp.of(tls), InstantSource.system());
        String name = "nacos-texts-" + servers.getFirst();
        connection = new NacosConnection(name, servers, tls, "config", this::connected, this::pushed);
        worker = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
    }

    /// Follows a data id; at most once for each.
    @Override
    public void follow(String group, String dataId, Listener listener) {
        synchronized (this) {
            Key key = new Key(group, dataId);
            followed.put(key, new Followed(key, listener));
        }
        fresh = true;
        wakeups.release();
    }

    @Override
    public void unfollow(String group, String dataId) {
        synchronized (this) {
            Followed gone = followed.remove(new Key(group, dataId));
            if (gone != null) {
                gone.ended = true;
            }
        }
    }

    private void connected() {
        fresh = true;
        wakeups.release();
    }

    private @Nullable Response pushed(Request request) {
        if (!(request instanceof ConfigChangeNotifyRequest notice)) {
            return null;
        }
        Followed one;
        synchronized (this) {
            one = followed.get(new Key(notice.getGroup(), notice.getDataId()));
        }
        if (one != null) {
            one.changed = true;
            wakeups.release();
        }
        return new ConfigChangeNotifyResponse();
    }

    private synchronized List<Followed> all() {
        return List.copyOf(followed.values());
    }

    private void run() {
        boolean started = false;
        long compareAt = System.nanoTime();
        try {
            while (!closed) {
                long rest = COMPARE_MILLIS;
                try {
                    if (!started) {
                        connection.start();
                        started = true;
                    }
                    login.renew();
                    long now = System.nanoTime();
                    if (fresh || now - compareAt >= 0) {
                        fresh = false;
                        listen(all());
                        compareAt = now + TimeUnit.MILLISECONDS.toNanos(COMPARE_MILLIS);
                    }
                    for (Followed one : all()) {
                        if (one.changed) {
                            read(one);
                        }
                    }
                } catch (NacosException | NacosLogin.Refused e) {
                    fresh = true;
                    rest = RETRY_MILLIS;
                    failed(e);
                }
                if (wakeups.tryAcquire(rest, TimeUnit.MILLISECONDS)) {
                    wakeups.drainPermits();
                }
            }
        } catch (InterruptedException _) {
            log.debug("{} ends", worker.getName());
        } finally {
            connection.close();
        }
    }

    private void failed(Exception e) {
        String why = connection.connected() || e instanceof NacosLogin.Refused
                ? String.valueOf(e.getMessage())
                : connection.diagnosis();
        log.debug("{}: {}", worker.getName(), why);
        if (!closed) {
            all().forEach(one -> one.listener.failed(why));
        }
    }

    /// Subscribes to changes, and marks the data ids whose versions differ from those passed to the listeners.
    private void listen(List<Followed> all) throws NacosException {
        Map<String, List<Followed>> groups = new TreeMap<>();
        all.forEach(one -> groups.computeIfAbsent(one.key.group, _ -> new ArrayList<>()).add(one));
        // A request is signed for one group.
        for (Map.Entry<String, List<Followed>> group : groups.entrySet()) {
            ConfigBatchListenRequest request = new ConfigBatchListenRequest();
            request.setListen(true);
            Map<String, Followed> byDataId = new HashMap<>();
            for (Followed one : group.getValue()) {
                byDataId.put(one.key.dataId, one);
                String md5 = one.md5;
                request.addConfigListenContext(one.key.group, one.key.dataId, namespace, md5 == null ? "" : md5);
            }
            ask(request, group.getKey(), ConfigChangeBatchListenResponse.class).getChangedConfigs().forEach(context -> {
                Followed one = byDataId.get(context.getDataId());
                if (one != null) {
                    one.changed = true;
                }
            });
        }
    }

    private void read(Followed one) throws NacosException {
        one.changed = false;
        String text = "";
        String md5 = "";
        try {
            ConfigQueryResponse answer = ask(ConfigQueryRequest.build(one.key.dataId, one.key.group, namespace), one.key.group,
                    ConfigQueryResponse.class);
            text = answer.getContent() == null ? "" : answer.getContent();
            md5 = answer.getMd5() == null ? "" : answer.getMd5();
        } catch (NacosException e) {
            if (e.getErrCode() != ConfigQueryResponse.CONFIG_NOT_FOUND) {
                one.changed = true;
                throw e;
            }
        }
        String heard = one.md5;
        one.md5 = md5;
        if (!one.ended && !closed && (heard == null || !heard.equals(md5))) {
            one.listener.text(text);
        }
    }

    private <T extends Response> T ask(Request request, String group, Class<T> type) throws NacosException {
        request.putAllHeader(login.configFields(namespace, group));
        request.putHeader("app", "jigress");
        request.putHeader("charset", "UTF-8");
        try {
            return connection.request(request, type);
        } catch (NacosException e) {
            if (e.getErrCode() == NO_RIGHT) {
                login.forget();
            }
            throw e;
        }
    }

    /// Ends the connection and the thread; listeners are no longer called.
    @Override
    public void close() {
        closed = true;
        worker.interrupt();
    }
}
