package io.jigress.sources.nacos;

import com.alibaba.nacos.api.common.Constants;
import com.alibaba.nacos.api.config.remote.request.ConfigChangeNotifyRequest;
import com.alibaba.nacos.api.config.remote.request.ConfigFuzzyWatchChangeNotifyRequest;
import com.alibaba.nacos.api.config.remote.request.ConfigFuzzyWatchSyncRequest;
import com.alibaba.nacos.api.config.remote.response.ConfigChangeNotifyResponse;
import com.alibaba.nacos.api.config.remote.response.ConfigFuzzyWatchChangeNotifyResponse;
import com.alibaba.nacos.api.config.remote.response.ConfigFuzzyWatchSyncResponse;
import com.alibaba.nacos.api.remote.request.Request;
import com.alibaba.nacos.api.remote.response.Response;
import com.alibaba.nacos.client.config.common.GroupKey;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The pushes of a Nacos server that the source has not processed yet. They arrive on threads of the library; the source waits for them on its own thread.
final class NacosPushes {
    /// The number of changed data ids that are remembered; beyond it all data ids are checked.
    private static final int MOST = 20_000;

    /// @param connected whether there is a new connection, which has no subscriptions
    /// @param changed the data ids whose text has changed or was deleted
    /// @param present, gone the data ids that a watch reported as existing and as deleted
    /// @param whole whether the watch has reported all existing data ids
    record Heard(boolean connected, Set<String> changed, Set<String> present, Set<String> gone, boolean whole) {}

    private final NacosAddress address;
    private final Semaphore wakeups = new Semaphore(0);
    /// Guarded by this, as are the following fields.
    private Set<String> changed = new HashSet<>();
    private Set<String> present = new HashSet<>();
    private Set<String> gone = new HashSet<>();
    private boolean whole;
    private boolean connected;

    NacosPushes(NacosAddress address) {
        this.address = address;
    }

    void connected() {
        synchronized (this) {
            connected = true;
        }
        wakeups.release();
    }

    /// @return the response to the server; null for an unknown message
    @Nullable Response pushed(Request request) {
        Response answer = switch (request) {
            case ConfigChangeNotifyRequest change -> {
                if (change.getGroup() != null && change.getDataId() != null) {
                    heard(address.nameOf(change.getGroup(), change.getDataId()), Constants.ConfigChangedType.CONFIG_CHANGED);
                }
                yield new ConfigChangeNotifyResponse();
            }
            case ConfigFuzzyWatchChangeNotifyRequest change -> {
                // The server reports a new data id as a changed one.
                boolean deleted = Constants.ConfigChangedType.DELETE_CONFIG.equals(change.getChangeType());
                heard(dataId(change.getGroupKey()), deleted
                        ? Constants.ConfigChangedType.DELETE_CONFIG
                        : Constants.ConfigChangedType.ADD_CONFIG);
                yield new ConfigFuzzyWatchChangeNotifyResponse();
            }
            case ConfigFuzzyWatchSyncRequest sync -> {
                if (sync.getContexts() != null) {
                    sync.getContexts().forEach(
                            context -> heard(dataId(context.getGroupKey()), String.valueOf(context.getChangedType())));
                }
                if (Constants.FINISH_FUZZY_WATCH_INIT_NOTIFY.equals(sync.getSyncType())) {
                    synchronized (this) {
                        whole = true;
                    }
                }
                yield new ConfigFuzzyWatchSyncResponse();
            }
            default -> null;
        };
        if (answer != null) {
            wakeups.release();
        }
        return answer;
    }

    private static @Nullable String dataId(@Nullable String groupKey) {
        try {
            return groupKey == null ? null : GroupKey.parseKey(groupKey)[0];
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    private synchronized void heard(@Nullable String dataId, String type) {
        if (dataId == null || dataId.isEmpty()) {
            return;
        }
        switch (type) {
            case Constants.ConfigChangedType.DELETE_CONFIG -> {
                present.remove(dataId);
                gone.add(dataId);
            }
            case Constants.ConfigChangedType.ADD_CONFIG -> {
                gone.remove(dataId);
                present.add(dataId);
            }
            default -> changed.add(dataId);
        }
        if (changed.size() + present.size() + gone.size() > MOST) {
            changed = new HashSet<>();
            present = new HashSet<>();
            gone = new HashSet<>();
            connected = true;
        }
    }

    /// Waits for a push, at most the given time.
    void await(long millis) throws InterruptedException {
        if (wakeups.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
            wakeups.drainPermits();
        }
    }

    synchronized Heard take() {
        Heard heard = new Heard(connected, changed, present, gone, whole);
        connected = false;
        whole = false;
        changed = new HashSet<>();
        present = new HashSet<>();
        gone = new HashSet<>();
        return heard;
    }
}
