package io.jigress.control.kinds;

import io.jigress.api.FilterPhase;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.config.FilterSpec.OnFailure;
import io.jigress.control.kinds.Plugin.Hosted;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A WasmPlugin (`extensions.higress.io/v1alpha1`): a plugin of Higress for all traffic, with configurations for some Ingresses, hosts and services.
///
/// ```yaml
/// apiVersion: extensions.higress.io/v1alpha1
/// kind: WasmPlugin
/// metadata: {name: limit, namespace: higress-system}
/// spec:
///   url: oci://higress-registry.cn-hangzhou.cr.aliyuncs.com/plugins/key-rate-limit:1.0.0
///   phase: AUTHN             # AUTHN, AUTHZ, STATS; by default last
///   priority: 10
///   defaultConfig: {…}
///   matchRules: [{ingress: [default/shop], config: {…}}]
/// ```
///
/// One that Higress ships, as an image of its registry or a file below `/opt/plugins`, and whose name is that of a built-in filter runs that filter; any other
/// runs as the Wasm module that it is.
final class WasmPlugin {
    private static final Pattern SHIPPED = Pattern.compile(
            "(?:oci://)?[a-z0-9.-]*higress-registry[a-z0-9.-]*/plugins/([a-z0-9-]+)(?:[:@].*)?"
                    + "|file:///opt/plugins/(?:[A-Za-z0-9._-]+/)*([a-z0-9-]+)/(?:plugin|main)\\.wasm");
    private static final int STATS_FIRST = 2_000_000;
    private static final String CONFIG = "pluginConfig";
    private static final String DEFAULTS = "defaultConfig";
    private static final String DEFAULTS_OFF = "defaultConfigDisable";
    private static final String BROKEN = "the plugin is not valid";

    private WasmPlugin() {}

    /// @param builtin the names of the built-in filters
    static Plugin read(Document document, Set<String> builtin) {
        JsonReader spec = document.spec();
        String url = spec.requiredText("url");
        Matcher shipped = SHIPPED.matcher(url);
        String name = shipped.matches() ? shipped.group(1) == null ? shipped.group(2) : shipped.group(1) : "";
        boolean ours = builtin.contains(name);
        Phase phase = spec.choice("phase", Phase.UNSPECIFIED_PHASE, WasmPlugin::phase,
                "AUTHN, AUTHZ, STATS or UNSPECIFIED_PHASE");
        int priority = (int) spec.integer("priority", 0, -1_000_000, 1_000_000) + (phase == Phase.STATS ? STATS_FIRST : 0);
        OnFailure onFailure = spec.choice("failStrategy", OnFailure.CLOSE, PluginHost::onFailure, "FAIL_CLOSE or FAIL_OPEN");
        Json config = config(document, spec, ours);
        Map<String, Json> module = new LinkedHashMap<>();
        module.put("url", Json.of(url.contains("://") ? url : "oci://" + url));
        copy(spec, "sha256", "sha256", module);
        copy(spec, "verificationKey", "cosignKey", module);
        env(spec.object("vmConfig"), module);
        String plugin = spec.text("pluginName", document.resource().key().name());
        spec.ignore("imagePullPolicy", "targetRefs", "selector");
        String image = url.contains("://") ? url : "oci://" + url;
        PullSecret pullSecret = !ours && spec.has("imagePullSecret") && !spec.text("imagePullSecret", "").isEmpty()
                ? PluginHost.pullSecret(document, spec, image)
                : null;
        spec.ignore("imagePullSecret");
        if (pullSecret != null) {
            PluginHost.login(module);
        }
        String field = spec.any(CONFIG) instanceof Json.Obj ? CONFIG : DEFAULTS;
        List<SecretRef> secrets = new ArrayList<>(SecretRef.in(document, spec, field, config));
        Json env = module.get("env");
        if (env != null) {
            secrets.addAll(SecretRef.in(document, spec, "vmConfig.env", env));
        }
        boolean valid = !document.failedSince(0);
        valid &= spec.finish(Map.of("url", BROKEN, DEFAULTS, BROKEN, MatchRules.FIELD, BROKEN)).isEmpty();
        // What its filter is called where two are equal otherwise: Higress orders by name and namespace.
        String identity = plugin + "." + document.namespace();
        List<ServiceHost> hosts = ours ? List.of() : ServiceHost.in(spec, field, config);
        List<TargetRef> targets = List.of(new TargetRef(Plugin.ALL_TRAFFIC, "", "spec", true));
        if (ours) {
            return new Plugin(name, name, phase.to, priority, config, Map.of(), null, secrets, targets, valid);
        }
        module.put("config", config);
        module.put("name", Json.of(document.namespace() + "/" + plugin));
        module.put("failStrategy", Json.of(onFailure == OnFailure.OPEN ? "FAIL_OPEN" : "FAIL_CLOSE"));
        return new Plugin("wasm", "wasm/" + identity, phase.to, priority, new Json.Obj(module),
                Map.of(), new Hosted(Map.of(), hosts, false, pullSecret, onFailure), secrets, targets, valid);
    }

    private enum Phase {
        AUTHN(FilterPhase.AUTHN), AUTHZ(FilterPhase.AUTHZ), STATS(FilterPhase.TRANSFORM),
        UNSPECIFIED_PHASE(FilterPhase.TRANSFORM);

        private final FilterPhase to;

        Phase(FilterPhase to) {
            this.to = to;
        }
    }

    private static @Nullable Phase phase(String word) {
        for (Phase phase : Phase.values()) {
            if (phase.name().equals(word)) {
                return phase;
            }
        }
        return null;
    }

    private static void copy(JsonReader spec, String field, String as, Map<String, Json> to) {
        String text = spec.text(field, "");
        if (!text.isEmpty()) {
            to.put(as, Json.of(text));
        }
    }

    private static void env(JsonReader vm, Map<String, Json> module) {
        Json.Builder env = Json.object();
        boolean any = false;
        for (JsonReader variable : vm.objects("env")) {
            String name = variable.requiredText("name");
            if (variable.text("valueFrom", "INLINE").equals("INLINE")) {
                env.put(name, variable.text("value", ""));
                any = true;
            } else {
                variable.error("valueFrom", "is \"" + variable.text("valueFrom", "") + "\"",
                        "INLINE: the process's own are not shown to plugins");
            }
            variable.finish();
        }
        vm.finish();
        if (any) {
            module.put("env", env.build());
        }
    }

    /// With `pluginConfig` the other fields have no effect.
    private static Json config(Document document, JsonReader spec, boolean ours) {
        Json whole = spec.any(CONFIG);
        Json defaults = spec.any(DEFAULTS);
        boolean off = spec.bool(DEFAULTS_OFF, false);
        Json ruled = MatchRules.into(document, spec, !off && defaults instanceof Json.Obj known ? known : Json.Obj.EMPTY,
                ours ? MatchRules.Form.WASM_PLUGIN : MatchRules.Form.MODULE, off);
        return whole instanceof Json.Obj ? whole : ruled;
    }
}
