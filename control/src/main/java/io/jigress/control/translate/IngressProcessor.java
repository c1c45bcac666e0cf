package io.jigress.control.translate;

import io.jigress.api.Json;
import io.jigress.api.NearestName;
import io.jigress.config.FilterSpec;
import io.jigress.config.PathMatch;
import io.jigress.config.Route;
import io.jigress.config.RouteAction;
import io.jigress.config.RouteMatch;
import io.jigress.config.RouteOptions;
import io.jigress.config.RouteRank;
import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Canary;
import io.jigress.control.kinds.Document;
import io.jigress.control.kinds.HostPattern;
import io.jigress.control.kinds.Ingress;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.RegexSyntax;
import io.jigress.control.kinds.RequestTags;
import io.jigress.control.kinds.TlsSecret;
import io.jigress.control.kinds.TrafficSettings;
import io.jigress.control.translate.Contribution.Claim;
import io.jigress.control.translate.Contribution.Placement;
import io.jigress.control.translate.Contribution.TlsClaim;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Ingresses: served on the default HTTP port, on hosts of the listener that owns them there.
final class IngressProcessor implements RouteProcessor {
    /// The section of hosts without an owning listener.
    static final String SECTION = "ingress";
    /// The default backend has lower precedence than every rule.
    static final int FALLBACK_RULE = 1_000_000;

    private final TranslationIndex index;
    private final PendingWork pendingWork;
    private final Assembly assembly;
    private final ClusterTable clusters;
    private final Uses uses;
    private final String higressNamespace;
    private final Certificates certificates;
    private final String socket;
    private final String tlsSocket;
    private final int port;
    private final int tlsPort;
    /// Of all served Ingresses of our classes.
    private final Json status;
    /// Those of our classes. The statuses of all others are written by their controllers.
    private final Set<ResourceKey> ours = new HashSet<>();
    /// Those with `tls`.
    private final Set<ResourceKey> withTls = new HashSet<>();
    /// The Secrets of these that are not of the type of certificates.
    private final Map<ResourceKey, Set<ResourceKey>> secrets = new HashMap<>();
    private final RegexSyntax regex;
    private final CanaryIngresses canaries = new CanaryIngresses();
    private int count;

    IngressProcessor(TranslationIndex index, PendingWork pendingWork, Assembly assembly, ClusterTable clusters, Uses uses,
            TranslationSettings settings, Certificates certificates, RegexSyntax regex) {
        this.regex = regex;
        this.certificates = certificates;
        this.index = index;
        this.pendingWork = pendingWork;
        this.assembly = assembly;
        this.clusters = clusters;
        this.uses = uses;
        this.higressNamespace = settings.higressNamespace();
        this.socket = settings.ingressSocket();
        this.tlsSocket = settings.ingressTlsSocket();
        this.port = settings.httpPort();
        this.tlsPort = settings.httpsPort();
        this.status = status(settings);
    }

    private static Json status(TranslationSettings settings) {
        Json port = Json.object().put("port", settings.httpPort()).put("protocol", "TCP").build();
        Json address = Json.object().put("ip", settings.sharedAddress().isEmpty() ? "0.0.0.0" : settings.sharedAddress())
                .put("ports", Json.array(List.of(port))).build();
        return Json.object().put("loadBalancer", Json.object().put("ingress", Json.array(List.of(address))).build()).build();
    }

    /// Whether there are Ingresses.
    boolean any() {
        return count > 0;
    }

    /// Whether there are Ingresses with `tls`.
    boolean anyTls() {
        return !withTls.isEmpty();
    }

    /// The Secrets that Ingresses name and that do not exist, or are not of the type of certificates.
    Set<ResourceKey> references() {
        Set<ResourceKey> all = new HashSet<>();
        secrets.values().forEach(all::addAll);
        return all;
    }

    @Override
    public void changed(ResourceKey key, @Nullable Resource before, @Nullable Resource after) {
        boolean had = any();
        count += (after == null ? 0 : 1) - (before == null ? 0 : 1);
        boolean hadTls = anyTls();
        if (after != null && Ingress.mayHaveTls(after)) {
            withTls.add(key);
        } else {
            withTls.remove(key);
        }
        if (had != any() || hadTls != anyTls()) {
            pendingWork.gateways();
        }
        pendingWork.route(key);
        canaries.changed(key, after, this::retranslate);
        if (after == null) {
            canaries.merged(key, Set.of()).forEach(pendingWork::report);
        }
    }

    /// Ingresses whose canaries have changed.
    private void retranslate(CanaryIngresses.Place place) {
        assembly.overlapping(socket, place.host(), claim -> {
            ResourceKey owner = claim.owner();
            if (owner.kind().equals("Ingress") && owner.namespace().equals(place.namespace())
                    && claim.route().match().path().equals(place.path())) {
                pendingWork.route(owner);
            }
        });
    }

    @Override
    public Contribution translate(Resource resource, Reports reports) {
        Document document = Document.open(resource);
        Ingress ingress = Ingress.read(document);
        RouteBuild build = new RouteBuild(resource, uses, document.problems());
        build.use(TranslationIndex.INGRESS_SOCKET);
        if (index.isOurIngressClass(resource.key(), ingress.className())) {
            ours.add(resource.key());
        } else {
            ours.remove(resource.key());
        }
        SocketPlan plan = index.plan.sockets().get(socket);
        Map<String, List<Claim>> byHost = new LinkedHashMap<>();
        IngressBackends backends = new IngressBackends(build, ingress, index, clusters, higressNamespace);
        Canary canary = ingress.canary();
        if (canary != null) {
            return canary(build, ingress, canary, backends);
        }
        Set<ResourceKey> merged = new HashSet<>();
        for (Ingress.Rule rule : ingress.rules()) {
            for (Ingress.Path path : rule.paths()) {
                byHost.computeIfAbsent(rule.host(), _ -> new ArrayList<>())
                        .addAll(claims(build, plan, ingress, backends, rule, path, merged));
            }
        }
        canaries.merged(build.key(), merged).forEach(pendingWork::report);
        Ingress.Backend fallback = ingress.fallback();
        if (fallback != null) {
            Ingress.Rule rule = new Ingress.Rule(HostPattern.ANY, FALLBACK_RULE, List.of());
            byHost.computeIfAbsent(HostPattern.ANY, _ -> new ArrayList<>())
                    .add(claim(build, plan, ingress, backends, rule, new Ingress.Path(PathMatch.ALL, 0, fallback)));
        }
        String collision = index.plan.ingressCollision();
        if (collision != null) {
            build.findings().error("spec", "is not served, since port " + port + " is not opened for Ingresses: " + collision,
                    "another port in the setting ports.http, or a Gateway's listener with the same port and addresses");
            byHost.clear();
        }
        byHost.forEach((host, claims) -> build
                .place(new Placement(socket, List.of(assembly.shareHost(socket, host)), List.copyOf(claims))));
        tls(build, ingress, byHost, backends.secret());
        return build.finish();
    }

    /// Serves the hosts that have a certificate over TLS too.
    ///
    /// @param upstream the Secret for connections to the backends; null for none
    private void tls(RouteBuild build, Ingress ingress, Map<String, List<Claim>> byHost, @Nullable ResourceKey upstream) {
        Set<ResourceKey> named = new HashSet<>();
        if (upstream != null && !isTyped(certificates.of(upstream))) {
            named.add(upstream);
        }
        Set<String> hosts = new LinkedHashSet<>();
        String collision = index.plan.ingressTlsCollision();
        if (collision != null && !ingress.tls().isEmpty()) {
            build.findings().error("spec.tls",
                    "is not served, since port " + tlsPort + " is not opened for Ingresses: " + collision,
                    "another port in the setting ports.https");
        }
        for (Ingress.Tls tls : ingress.tls()) {
            ResourceKey key = Kinds.secret(build.key(), tls.secret());
            build.use(key);
            TlsSecret secret = certificates.of(key);
            if (!isTyped(secret)) {
                named.add(key);
            }
            if (secret == null || secret.isBroken()) {
                build.findings().add(tls.path() + ".secretName", "is \"" + tls.secret() + "\", and "
                        + (secret == null ? "there is no " + key : key + " holds no certificate that can be used")
                        + ", so that the hosts are not served over TLS", "the name of a Secret of type " + TlsSecret.TYPE,
                        Severity.ERROR, secret == null ? key : null);
            }
            unserved(build, tls, secret, byHost.keySet());
            if (secret == null || collision != null) {
                continue;
            }
            for (String host : tls.hosts()) {
                build.tls(new TlsClaim(tlsSocket, host, build.created(), build.key(), secret.certificate()));
                byHost.keySet().stream().filter(each -> HostPattern.covers(host, each)).forEach(hosts::add);
            }
        }
        if (named.isEmpty()) {
            secrets.remove(build.key());
        } else {
            secrets.put(build.key(), named);
        }
        hosts.forEach(host -> build.place(new Placement(tlsSocket, List.of(assembly.shareHost(tlsSocket, host)),
                List.copyOf(byHost.getOrDefault(host, List.of())))));
    }

    private static boolean isTyped(@Nullable TlsSecret secret) {
        return secret != null && secret.typed();
    }

    /// Hosts of a certificate that are probably misspelled, or for which clients do not accept it.
    private static void unserved(RouteBuild build, Ingress.Tls tls, @Nullable TlsSecret secret, Set<String> hosts) {
        for (int i = 0; i < tls.hosts().size(); i++) {
            String host = tls.hosts().get(i);
            String path = tls.path() + ".hosts[" + i + "]";
            boolean served = hosts.stream().anyMatch(each -> HostPattern.covers(host, each) || HostPattern.covers(each, host));
            String hint = served ? "" : NearestName.hint(host, hosts);
            if (!hint.isEmpty()) {
                build.findings().warning(path, "is \"" + host + "\", a host that no rule of this Ingress has" + hint,
                        "a host of the rules");
            } else if (secret != null && !secret.covers(host)) {
                build.findings().warning(path, "is \"" + host + "\", and the certificate of Secret " + tls.secret() + " is for "
                        + String.join(", ", secret.names()) + ", which clients do not accept", "a host of the certificate");
            }
        }
    }

    /// The problems of a canary; its requests are those of other Ingresses, to which its backends are added.
    private Contribution canary(RouteBuild build, Ingress ingress, Canary canary, IngressBackends backends) {
        canaries.merged(build.key(), Set.of()).forEach(pendingWork::report);
        String fault = canary.fault(regex);
        if (fault != null) {
            build.findings().error(canary.path(), "has a pattern for its header that is not valid: " + fault
                    + ", so that the Ingress gets no requests", "an RE2 expression");
        }
        if (!ingress.tls().isEmpty()) {
            build.findings().warning("spec.tls", "has no effect, since this Ingress is a canary", "tls of the other Ingress");
        }
        if (ingress.fallback() != null) {
            build.findings().warning("spec.defaultBackend", "has no effect, since this Ingress is a canary", "rules");
        }
        for (Ingress.Rule rule : ingress.rules()) {
            for (Ingress.Path path : rule.paths()) {
                backends.forward(path.backend(), TrafficSettings.NONE, TrafficSettings.NONE);
            }
        }
        return build.finish();
    }

    /// The claim of a path, and those of its canaries.
    ///
    /// @param merged gets these canaries
    private List<Claim> claims(RouteBuild build, @Nullable SocketPlan plan, Ingress ingress, IngressBackends backends,
            Ingress.Rule rule, Ingress.Path path, Set<ResourceKey> merged) {
        Claim base = claim(build, plan, ingress, backends, rule, path);
        if (!(base.route().action() instanceof RouteAction.Forward forward)) {
            return List.of(base);
        }
        List<CanaryRoutes.Part> parts = new ArrayList<>();
        SocketPlan.Owner owner = plan == null ? SocketPlan.Owner.of(SECTION) : plan.owner(rule.host());
        for (CanaryIngresses.Member member : canaries.at(build.key(), rule.host(), path.match())) {
            if (member.canary().fault(regex) != null) {
                continue;
            }
            RouteBuild part = new RouteBuild(member.resource(), uses, new ArrayList<>());
            RouteAction action = member.ingress().closed()
                    ? RouteBuild.MISCONFIGURED
                    : new IngressBackends(part, member.ingress(), index, clusters, higressNamespace).forward(
                            member.path().backend(),
                            index.settings(build.key(), ""), owner.settings());
            build.adopt(part);
            merged.add(member.resource().key());
            parts.add(new CanaryRoutes.Part(member.resource().key().name(), member.canary(), action));
        }
        List<Claim> all = parts.isEmpty() ? List.of(base) : CanaryRoutes.of(base, forward, parts);
        RequestTags tags = index.settings(build.key(), "").over(owner.settings()).tags();
        if (tags == null) {
            return all;
        }
        TagRoutes routes = new TagRoutes(tags, clusters, build::cluster, build::cluster);
        return all.stream().flatMap(claim -> routes.of(claim).stream()).toList();
    }

    private Claim claim(RouteBuild build, @Nullable SocketPlan plan, Ingress ingress, IngressBackends backends, Ingress.Rule rule,
            Ingress.Path path) {
        boolean fallback = rule.index() == FALLBACK_RULE;
        FilterStack stack = new FilterStack().add(index.filters.at(build.key(), ""));
        List<FilterSpec> filters = stack.specs();
        TrafficSettings near = index.settings(build.key(), "");
        SocketPlan.Owner owner = plan == null ? SocketPlan.Owner.of(SECTION) : plan.owner(rule.host());
        RouteOptions options = RouteBuild.options(near.over(owner.settings()), null, null, TrafficSettings.Retry.NONE);
        stack.explain(build.findings(), "spec");
        boolean closed = stack.closed() || owner.closed() || ingress.closed();
        RouteAction forward = backends.forward(path.backend(), near, owner.settings());
        // In an Ingress the wildcard stands for one label (Ingress API, "Hostname wildcards"), in an HTTPRoute for one or more.
        RouteMatch match = RouteMatch.path(path.match()).withOneLabel(rule.host().startsWith("*."));
        String id = "ingress/" + build.key().path() + "/" + (fallback ? "default" : rule.index() + "/" + path.index());
        String origin = build.key() + (fallback ? " default backend" : " rule " + rule.index());
        RouteRank rank = RouteRank.of(match, build.created(), build.owner(), rule.index(), path.index());
        return new Claim(build.key(),
                new Route(id, origin, rank, match, closed ? RouteBuild.MISCONFIGURED : forward, filters, options));
    }

    @Override
    public void report(ResourceKey key, Reports reports) {
        Contribution contribution = assembly.contribution(key);
        Resource resource = index.resources.get(key);
        if (resource == null) {
            ours.remove(key);
            secrets.remove(key);
            reports.problems(key, List.of());
            reports.status(key, null);
        } else {
            boolean shown = contribution != null && !contribution.placements().isEmpty() || canaries.hasBase(key);
            reports.status(key, shown && ours.contains(key) ? status : null);
            List<Problem> problems = HttpRouteProcessor.withDuplicates(assembly, resource,
                    contribution == null ? Contribution.NOTHING : contribution);
            if (canaries.lacksBase(key)) {
                Findings findings = new Findings(resource, problems);
                findings.warning("spec.rules",
                        "has no host and path of another Ingress of this namespace, so that this canary gets no requests",
                        "the host, path and pathType of the Ingress whose requests it is to get");
                problems = findings.list();
            }
            reports.problems(key, problems);
        }
    }
}
