package io.jigress.sources.nacos;

import com.alibaba.nacos.api.common.Constants;
import com.alibaba.nacos.api.config.remote.request.ConfigBatchListenRequest;
import com.alibaba.nacos.api.config.remote.request.ConfigFuzzyWatchRequest;
import com.alibaba.nacos.api.config.remote.request.ConfigPublishRequest;
import com.alibaba.nacos.api.config.remote.request.ConfigQueryRequest;
import com.alibaba.nacos.api.config.remote.request.ConfigRemoveRequest;
import com.alibaba.nacos.api.config.remote.response.ConfigChangeBatchListenResponse;
import com.alibaba.nacos.api.config.remote.response.ConfigFuzzyWatchResponse;
import com.alibaba.nacos.api.config.remote.response.ConfigPublishResponse;
import com.alibaba.nacos.api.config.remote.response.ConfigQueryResponse;
import com.alibaba.nacos.api.config.remote.response.ConfigRemoveResponse;
import com.alibaba.nacos.api.exception.NacosException;
import com.alibaba.nacos.api.remote.request.Request;
import com.alibaba.nacos.api.remote.response.Response;
import com.alibaba.nacos.common.utils.FuzzyGroupKeyPattern;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The data ids of one group of a Nacos server, or those of all groups in the layout of Higress. Every method waits for the server. For one thread.
public final class NacosStore implements AutoCloseable {
    /// The data id that lists all others of the group, one per line.
    public static final String INDEX = "jigress.index";

    /// How many data ids one request names.
    private static final int BATCH = 500;
    private static final int NO_RIGHT = 403;

    private final NacosAddress address;
    private final NacosHttp http;
    private final NacosLogin login;
    private final NacosConnection connection;

    /// A data id with its text.
    ///
    /// @param md5 identifies the version, for [#publish]
    public record Content(String text, String md5) {}

    /// Connects and returns when there is a connection.
    ///
    /// @param credentials `username` and `password`, or `accessKey` and `secretKey`, and for TLS `ca.crt`, `tls.crt` and `tls.key`; empty for none
    public static NacosStore open(NacosAddress address, Map<String, String> credentials) throws NacosFault, InterruptedException {
        NacosStore store = new NacosStore(address, credentials, InstantSource.system(), () -> {}, _ -> null);
        try {
            store.connect();
            if (!store.connected()) {
                throw new NacosFault(store.diagnosis());
            }
            store.renewLogin();
            return store;
        } catch (NacosFault | InterruptedException | RuntimeException | Error e) {
            store.close();
            throw e;
        }
    }

    NacosStore(NacosAddress address, Map<String, String> credentials, InstantSource clock, Runnable connected,
            Function<Request, @Nullable Response> pushed) {
        this.address = address;
        NacosTls tls = NacosTls.of(address.tls(), credentials);
        http = NacosHttp.of(tls);
        login = new NacosLogin(address.servers(), credentials, http, clock);
        connection = new NacosConnection("nacos-config-" + address.servers().getFirst(), address.servers(), tls, "config",
                connected, pushed);
    }

    /// Connects, and waits for the first attempt; further attempts are made in the background.
    void connect() throws NacosFault {
        try {
            connection.start();
        } catch (NacosException e) {
            throw fault(e);
        }
    }

    boolean connected() {
        return connection.connected();
    }

    String diagnosis() {
        return connection.diagnosis();
    }

    void renewLogin() throws NacosFault, InterruptedException {
        try {
            login.renew();
        } catch (NacosLogin.Refused e) {
            throw new NacosFault(String.valueOf(e.getMessage()));
        }
    }

    /// A data id with its group.
    private record Key(String group, String dataId) {}

    private Key key(String name) {
        int slash = name.indexOf('/');
        return slash < 0 ? new Key(address.group(), name) : new Key(name.substring(0, slash), name.substring(slash + 1));
    }

    /// A request is signed for one group.
    private <T extends Response> T ask(Request request, String group, Class<T> type) throws NacosException {
        request.putAllHeader(login.configFields(address.namespace(), group));
        request.putHeader("app", "jigress");
        // The server reads these headers from every request for configuration.
        request.putHeader("Client-AppName", "jigress");
        request.putHeader("exConfigInfo", "true");
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

    private static NacosFault fault(NacosException e) {
        String words = e.getErrMsg() == null || e.getErrMsg().isEmpty() ? String.valueOf(e.getMessage()) : e.getErrMsg();
        return new NacosFault(e.getErrCode() + ": " + words);
    }

    /// Null when the data id does not exist.
    public @Nullable Content query(String dataId) throws NacosFault {
        try {
            Key key = key(dataId);
            ConfigQueryResponse answer = ask(ConfigQueryRequest.build(key.dataId, key.group, address.namespace()), key.group,
                    ConfigQueryResponse.class);
            return new Content(answer.getContent() == null ? "" : answer.getContent(),
                    answer.getMd5() == null ? "" : answer.getMd5());
        } catch (NacosException e) {
            if (e.getErrCode() == ConfigQueryResponse.CONFIG_NOT_FOUND) {
                return null;
            }
            throw fault(e);
        }
    }

    /// Writes a data id, unless it was changed by another client meanwhile.
    ///
    /// @param before the version to replace; null for a new data id
    public void publish(String dataId, String text, @Nullable Content before) throws NacosFault {
        Key key = key(dataId);
        ConfigPublishRequest request = new ConfigPublishRequest(key.dataId, key.group, address.namespace(), text);
        request.putAdditionalParam("type",
                dataId.endsWith(".json") ? "json" : dataId.endsWith(".yaml") || dataId.endsWith(".yml") ? "yaml" : "text");
        if (before != null) {
            request.setCasMd5(before.md5);
        }
        try {
            ask(request, key.group, ConfigPublishResponse.class);
        } catch (NacosException e) {
            throw fault(e);
        }
    }

    /// Deletes a data id.
    public void remove(String dataId) throws NacosFault {
        try {
            Key key = key(dataId);
            ask(new ConfigRemoveRequest(key.dataId, key.group, address.namespace(), ""), key.group, ConfigRemoveResponse.class);
        } catch (NacosException e) {
            throw fault(e);
        }
    }

    /// Subscribes to changes of these data ids, which the server pushes from now on.
    ///
    /// @param md5s the versions that are known; empty for none
    /// @return those that have another version
    Set<String> listen(Map<String, String> md5s) throws NacosFault {
        Set<String> changed = new HashSet<>();
        for (List<String> batch : batches(md5s.keySet())) {
            ask(listening(batch, md5s, true), batch).getChangedConfigs().forEach(config -> {
                String name = address.nameOf(config.getGroup(), config.getDataId());
                if (name != null) {
                    changed.add(name);
                }
            });
        }
        return changed;
    }

    /// Ends the subscription to these data ids.
    void unlisten(Set<String> dataIds) throws NacosFault {
        for (List<String> batch : batches(dataIds)) {
            ask(listening(batch, Map.of(), false), batch);
        }
    }

    private ConfigBatchListenRequest listening(List<String> batch, Map<String, String> md5s, boolean listen) {
        ConfigBatchListenRequest request = new ConfigBatchListenRequest();
        request.setListen(listen);
        batch.forEach(dataId -> {
            Key key = key(dataId);
            request.addConfigListenContext(key.group, key.dataId, address.namespace(), md5s.getOrDefault(dataId, ""));
        });
        return request;
    }

    private ConfigChangeBatchListenResponse ask(ConfigBatchListenRequest request, List<String> batch) throws NacosFault {
        try {
            return ask(request, key(batch.getFirst()).group, ConfigChangeBatchListenResponse.class);
        } catch (NacosException e) {
            throw fault(e);
        }
    }

    /// Each of one group, since a request is signed for one.
    private List<List<String>> batches(Set<String> dataIds) {
        Map<String, List<String>> groups = new TreeMap<>();
        dataIds.forEach(dataId -> groups.computeIfAbsent(key(dataId).group, _ -> new ArrayList<>()).add(dataId));
        List<List<String>> batches = new ArrayList<>();
        for (List<String> all : groups.values()) {
            for (int i = 0; i < all.size(); i += BATCH) {
                batches.add(all.subList(i, Math.min(all.size(), i + BATCH)));
            }
        }
        return batches;
    }

    /// Subscribes to the names of the existing data ids and of those that are created or deleted, which the server pushes (Nacos 3).
    ///
    /// @param known the data ids that are known
    /// @param first whether the server is to push the names of all other data ids, and then a message that these are all
    /// @return why the server refuses; empty when it agrees
    String watch(Set<String> known, boolean first) {
        ConfigFuzzyWatchRequest request = new ConfigFuzzyWatchRequest();
        request.setGroupKeyPattern(FuzzyGroupKeyPattern.generatePattern("*", address.group(), address.namespace()));
        request.setWatchType(Constants.WATCH_TYPE_WATCH);
        request.setInitializing(first);
        Set<String> keys = new HashSet<>();
        known.forEach(dataId -> keys.add(com.alibaba.nacos.client.config.common.GroupKey.getKeyTenant(dataId, address.group(),
                address.namespace().isEmpty() ? "public" : address.namespace())));
        request.setReceivedGroupKeys(keys);
        try {
            ask(request, address.group(), ConfigFuzzyWatchResponse.class);
            return "";
        } catch (NacosException e) {
            return fault(e).words();
        }
    }

    /// All data ids of the group.
    Set<String> list() throws NacosFault, InterruptedException {
        return new NacosListing(address, login, http).all();
    }

    @Override
    public void close() {
        connection.close();
    }
}
