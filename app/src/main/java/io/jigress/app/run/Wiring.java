package io.jigress.app.run;

import io.jigress.admin.HealthEndpoints.Readiness;
import io.jigress.api.FilterFactory;
import io.jigress.api.Json;
import io.jigress.app.admin.AdminPort;
import io.jigress.app.admin.ConfigMetrics;
import io.jigress.app.admin.MarketView;
import io.jigress.app.admin.MemoryView;
import io.jigress.app.admin.RegistryMetrics;
import io.jigress.app.explain.Explanation;
import io.jigress.app.explain.Question;
import io.jigress.app.explain.StreamQuestion;
import io.jigress.app.log.ProgramLog;
import io.jigress.app.sentinel.SentinelCluster;
import io.jigress.app.sentinel.SentinelPort;
import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ProxyMapping;
import io.jigress.app.settings.Setting;
import io.jigress.app.settings.Settings;
import io.jigress.app.sources.Directories;
import io.jigress.app.sources.RegistryClients;
import io.jigress.app.sources.RuleTexts;
import io.jigress.app.sources.Sources;
import io.jigress.app.translate.DubboMappings;
import io.jigress.app.translate.Filters;
import io.jigress.app.translate.PluginHosts;
import io.jigress.app.translate.Translators;
import io.jigress.app.webhook.WebhookServer;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.GatewayConfig;
import io.jigress.control.BrokenPlugins;
import io.jigress.control.ClosedListeners;
import io.jigress.control.Problem;
import io.jigress.control.Reconciler;
import io.jigress.control.Reconciler.Live;
import io.jigress.control.RegistryFeed;
import io.jigress.control.RegistryService;
import io.jigress.control.ServiceDirectory;
import io.jigress.control.Translation;
import io.jigress.control.translate.ResourceTranslator;
import io.jigress.proxy.ApplyReport;
import io.jigress.proxy.Gateway;
import io.jigress.proxy.ProxySettings;
import io.jigress.sources.dubbo.DubboDirectory;
import io.jigress.sources.registry.RegistryDirectory;
import io.jigress.sources.registry.SavedEndpoints;
import io.jigress.sources.state.HeldAddresses;
import io.jigress.sources.state.LastGoodState;
import io.jigress.waf.filter.AuditLog;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A complete gateway in this process: the sources of its objects, the parts that make them live, and the admin port.
///
/// source → [Reconciler] (store, translator) → [Gateway], and the admin port. Only this class knows all of them.
public final class Wiring implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Wiring.class);

    private final Settings settings;
    /// The base of relative paths in the settings.
    private final Path folder;
    private final Ground ground;
    private final RegistryDirectory registries;
    private final DubboMappings dubbo = new DubboMappings();
    private final RuleTexts ruleTexts = new RuleTexts();
    private final SentinelCluster sentinel;
    private @Nullable SentinelPort sentinelPort;
    private final @Nullable AuditFile auditFile;
    private final PluginHosts plugins;
    private final Gateway gateway;
    private final Reconciler reconciler;
    private final Feeds feeds;
    private @Nullable AdminPort admin;
    private @Nullable WebhookServer webhook;

    private volatile Readiness readiness = new Readiness(false, "starting");
    private final Warmup warmup;
    /// Why a listener is not open, by name.
    private volatile Map<String, ClosedListeners.Closed> closedListeners = Map.of();
    /// The number of consecutive failures to make a configuration live. On the reconciler's thread.
    private int failures;
    private final ResourceTranslator translator;
    private final @Nullable HeldAddresses heldAddresses;
    private final LostListeners lostListeners;
    /// On the reconciler's thread.
    private final ProblemLog problemLog;
    private final ConfigMetrics configMetrics = new ConfigMetrics();

    /// Starts a gateway and returns when its first configuration is live.
    ///
    /// @param folder the base of relative paths in the settings
    public static Wiring start(Settings settings, Path folder) throws CannotStart {
        return start(settings, folder, Ground.of(settings, folder));
    }

    public static Wiring start(Settings settings, Path folder, Ground ground) throws CannotStart {
        ProgramLog.format(settings.value(KnownSettings.LOG_FORMAT));
        ProgramLog.level("", settings.value(KnownSettings.LOG_LEVEL));
        Wiring wiring;
        try {
            wiring = new Wiring(settings, folder, ground);
        } catch (CannotStart | RuntimeException | Error e) {
            ground.close();
            throw e;
        }
        try {
            wiring.serve();
            return wiring;
        } catch (CannotStart | RuntimeException | Error e) {
            wiring.close();
            throw e;
        }
    }

    private Wiring(Settings settings, Path folder, Ground ground) throws CannotStart {
        this.settings = settings;
        this.folder = folder;
        this.ground = ground;
        this.problemLog = new ProblemLog(ground.places());
        lostListeners = new LostListeners(Translators.ingressListener(settings));
        ServiceDirectory services = new ServiceDirectory();
        registries = new RegistryDirectory(RegistryClients.all(), settings.value(KnownSettings.REGISTRY_EMPTY_KEEP),
                savedEndpoints(settings, folder));
        String auditLog = settings.value(KnownSettings.WAF_AUDIT_LOG);
        auditFile = auditLog.isEmpty() ? null : new AuditFile(folder.resolve(auditLog));
        plugins = PluginHosts.start(settings, folder);
        sentinel = SentinelCluster.start(settings);
        translator = Translators.of(settings, folder);
        heldAddresses = ground.state() == null || settings.value(KnownSettings.GATEWAY_ADDRESSES).isEmpty()
                ? null
                : new HeldAddresses(folder.resolve(settings.value(KnownSettings.STATE_FOLDER)));
        if (heldAddresses != null) {
            translator.holdAddresses(heldAddresses.load());
        }
        gateway = gateway(services);
        if (auditFile != null) {
            gateway.refusals(auditFile::refused);
        }
        warmup = new Warmup(gateway::waiting, settings.value(KnownSettings.WARM_TIMEOUT), System::nanoTime);
        reconciler = new Reconciler(ground.feeds().stream().map(Sources.Feed::name).toList(), translator,
                List.of(services, new RegistryFeed(settings.value(KnownSettings.HIGRESS_NAMESPACE), registries::configure),
                        new RegistryFeed(settings.value(KnownSettings.HIGRESS_NAMESPACE), ruleTexts::configure), dubbo.feed()),
                this::apply, List.of(this::changed));
        feeds = new Feeds(reconciler, ground.feeds(), ground.clusters());
    }

    private static SavedEndpoints savedEndpoints(Settings settings, Path folder) {
        String stateFolder = settings.value(KnownSettings.STATE_FOLDER);
        return stateFolder.isEmpty() ? SavedEndpoints.NONE : SavedEndpoints.in(folder.resolve(stateFolder));
    }

    private Gateway gateway(ServiceDirectory services) throws CannotStart {
        EndpointDirectory directory = new Directories(
                Map.of(ServiceDirectory.NAME, services, RegistryService.DIRECTORY, registries,
                        RegistryService.DUBBO, new DubboDirectory(registries, dubbo::published)));
        try {
            return gateway(ProxyMapping.of(settings, folder), dubbo, Filters.all(settings, folder,
                    auditFile == null ? AuditLog.NONE : auditFile, sentinel.engine(), ruleTexts, plugins), directory);
        } catch (CannotStart | RuntimeException | Error e) {
            registries.close();
            ruleTexts.close();
            plugins.close();
            sentinel.close();
            if (auditFile != null) {
                auditFile.close();
            }
            throw e;
        }
    }

    private static Gateway gateway(ProxySettings settings, DubboMappings dubbo, List<FilterFactory<?>> filters,
            EndpointDirectory directory) throws CannotStart {
        try {
            return Gateway.start(settings, filters, dubbo.protocols(settings), directory);
        } catch (IllegalArgumentException e) {
            throw new CannotStart(String.valueOf(e.getMessage()));
        }
    }

    private AdminPort admin() throws CannotStart {
        return AdminPort.start(settings,
                new AdminPort.Facts(this::readiness, this::live, ground.places(), this::explain, this::explain,
                        () -> MemoryView.of(gateway, live(), ground.state()), registries::json, dubbo,
                        MarketView.of(settings, folder), () -> Json.array(gateway.unhealthyEndpoints()), this::metrics));
    }

    private Iterator<String> metrics() {
        List<String> pieces = new ArrayList<>(gateway.metricPieces());
        pieces.add(configMetrics.text(live().problems()));
        pieces.add(RegistryMetrics.text(registries.json(), settings.value(KnownSettings.METRICS_CLUSTERS)));
        return pieces.iterator();
    }

    private void serve() throws CannotStart {
        admin = admin();
        webhook = WebhookServer.start(settings, folder);
        reconciler.start();
        try {
            feeds.start();
            reconciler.settled().toCompletableFuture().get();
        } catch (ExecutionException e) {
            throw new CannotStart("the configuration could not be made live: " + e.getCause());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new CannotStart("interrupted");
        }
        // A port in use is a problem of the object that names it. A gateway that can open no listener does not start, unless it reads a
        // cluster: the authors of its objects then see why in the statuses.
        boolean nothingOpen = !closedListeners.isEmpty()
                && closedListeners.size() == reconciler.live().translation().config().listeners().size();
        if (nothingOpen && ground.clusters() == null && ground.feeds().stream().noneMatch(Sources.Feed::isCluster)) {
            throw new CannotStart(closedListeners.values().iterator().next().why());
        }
        sentinelPort = SentinelPort.start(settings, folder, sentinel, ruleTexts);
        // Not on the thread that tells it, which may hold what a round needs.
        gateway.onFaultsChanged(() -> CompletableFuture.runAsync(reconciler::settled));
        warmup.begin();
        readiness = new Readiness(true, "ready");
    }

    /// Whether some of the first routes still wait for endpoints or filters.
    public boolean isWarming() { return !warmup.over(); }

    private Readiness readiness() {
        Readiness now = readiness;
        return now.ready() && !warmup.over() ? new Readiness(false, "warming") : now;
    }

    /// On the reconciler's thread.
    private void apply(Translation translation) {
        GatewayConfig config = ground.sockets().apply(translation.config());
        ApplyReport report;
        try {
            report = gateway.apply(config);
            failures = 0;
        } catch (RuntimeException | Error e) {
            tryAgainLater();
            throw e;
        }
        Map<String, ClosedListeners.Closed> closed = new TreeMap<>();
        // A report contains only the sockets that were tried; one that could not be opened stays closed until its listener changes.
        closedListeners.forEach((listener, why) -> {
            if (config.listeners().contains(listener) && gateway.boundPort(listener) < 0) {
                closed.put(listener, why);
            }
        });
        report.problems().forEach(problem -> closed.put(problem.listener(),
                new ClosedListeners.Closed(problem.what(), problem.addressMissing())));
        closedListeners = Collections.unmodifiableMap(closed);
        lostListeners.now(translation.config().listeners());
        report.faults().forEach(fault -> log.error("revision {}: {}", translation.revision(), fault));
    }

    /// Retries a configuration that a bug has kept from going live: after 1 s, 2 s, 4 s and so on, at most every minute.
    private void tryAgainLater() {
        long seconds = Math.min(60, 1L << Math.min(failures, 6));
        failures++;
        CompletableFuture.delayedExecutor(seconds, TimeUnit.SECONDS).execute(reconciler::settled);
    }

    /// Called on the reconciler's thread when a round is live.
    private void changed(Live now) {
        LastGoodState state = ground.state();
        if (state != null) {
            state.changed(now.resources());
        }
        if (heldAddresses != null) {
            heldAddresses.keep(translator.heldAddresses());
        }
        Live told = live(now);
        feeds.changed(told, translator.references());
        problemLog.now(told);
        if (problemLog.errors() == 0) {
            configMetrics.succeeded(System.currentTimeMillis());
        }
        problemLog.live(now);
    }

    /// The live state, with the problems of the gateway itself and of the last good state on disk.
    public Live live() {
        return live(reconciler.live());
    }

    private Live live(Live now) {
        List<Problem> faults = gateway.faults().stream().map(fault -> GatewayFaults.problem(fault, now.resources().resources()))
                .toList();
        Live told = BrokenPlugins.in(ClosedListeners.in(now, closedListeners), faults);
        List<Problem> failures = new ArrayList<>(told.failures());
        failures.addAll(faults);
        lostListeners.problem(GatewayFaults.PROCESS).ifPresent(failures::add);
        failures.addAll(registries.problems());
        failures.addAll(dubbo.problems());
        failures.addAll(ruleTexts.problems());
        LastGoodState state = ground.state();
        if (state != null) {
            failures.addAll(state.problems());
        }
        return new Live(told.resources(), told.translation(), told.sourceProblems(), failures, told.timing());
    }

    public Json explain(Question question) {
        Json explanation = gateway.explain("", question.method(), question.scheme(), question.authority(), question.target(),
                question.headers());
        return placed(explanation);
    }

    public Json explain(StreamQuestion question) {
        Json explanation = gateway.explain(question.protocol(), question.address(), question.port(), question.serverName());
        return placed(explanation);
    }

    private Json placed(Json explanation) {
        Live now = reconciler.live();
        return Explanation.placed(explanation, now.resources(), now.problems(), ground.places(), registries::json, dubbo);
    }

    /// Applies the settings that may change at run time, and reopens log files.
    public void reload(Settings now) {
        for (Setting<?> setting : KnownSettings.ALL) {
            if (!KnownSettings.RELOADED.contains(setting) && !now.text(setting).equals(settings.text(setting))) {
                log.warn("{} is now {} and takes effect at the next start; until then it stays {}", setting.name(),
                        quoted(now.text(setting)), quoted(settings.text(setting)));
            }
        }
        ProgramLog.format(now.value(KnownSettings.LOG_FORMAT));
        ProgramLog.level("", now.value(KnownSettings.LOG_LEVEL));
        gateway.reopenAccessLog();
        try {
            gateway.errorPage(ProxyMapping.errorPage(now, folder));
            log.info("settings were read again, log files opened again");
        } catch (CannotStart e) {
            log.error("{}; the error page stays as it was", e.why());
        }
    }

    private static String quoted(String value) {
        return value.isEmpty() ? "empty" : value;
    }

    public Reconciler reconciler() {
        return reconciler;
    }

    public Gateway gateway() {
        return gateway;
    }

    /// Where Sentinel's command port listens; empty when it is off.
    public Optional<InetSocketAddress> sentinelAddress() {
        SentinelPort port = sentinelPort;
        return port == null ? Optional.empty() : port.address();
    }

    /// Cluster flow control.
    public SentinelCluster sentinelCluster() {
        return sentinel;
    }

    public Optional<InetSocketAddress> webhookAddress() {
        return Optional.ofNullable(webhook).map(WebhookServer::address);
    }

    public Optional<InetSocketAddress> adminAddress() {
        return admin == null ? Optional.empty() : admin.address();
    }

    /// Drains: `/readyz` answers 503, requests in flight finish, then the gateway ends.
    public void drain() {
        readiness = new Readiness(false, "draining");
        log.info("draining: accepting connections for {}, then up to {} for requests in flight",
                settings.text(KnownSettings.DRAIN_DELAY),
                settings.text(KnownSettings.DRAIN_TIMEOUT));
        try {
            gateway.drain(settings.value(KnownSettings.DRAIN_DELAY), settings.value(KnownSettings.DRAIN_TIMEOUT));
            log.info("drained");
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            close();
        }
    }

    /// Ends at once.
    @Override
    public void close() {
        feeds.close();
        reconciler.close();
        // Before the clusters stop watching their services, so that the last lists are still there to be written.
        registries.close();
        gateway.close();
        plugins.close();
        ruleTexts.close();
        SentinelPort port = sentinelPort;
        if (port != null) {
            port.close();
        }
        sentinel.close();
        if (admin != null) {
            admin.close();
        }
        if (webhook != null) {
            webhook.close();
        }
        AuditFile audit = auditFile;
        if (audit != null) {
            audit.close();
        }
        LastGoodState state = ground.state();
        if (state != null) {
            state.close();
        }
        if (heldAddresses != null) {
            heldAddresses.close();
        }
    }
}
