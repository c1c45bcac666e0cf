package io.jigress.app.translate;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting;
import io.jigress.app.settings.Settings;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.PathRules;
import io.jigress.control.kinds.RegexSyntax;
import io.jigress.control.translate.JoinedServices;
import io.jigress.control.translate.ObjectCheck;
import io.jigress.control.translate.ResourceTranslator;
import io.jigress.control.translate.TranslationSettings.Reserved;
import io.jigress.control.translate.TranslationSettings;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/// Creates translators: the same for a running gateway and for `check`.
public final class Translators {
    private static final RegexSyntax RE2 = expression -> {
        try {
            Pattern.compile(expression);
            return null;
        } catch (PatternSyntaxException e) {
            return e.getDescription();
        }
    };

    private Translators() {}

    public static ResourceTranslator of(Settings settings) {
        return of(settings, Path.of(""));
    }

    /// @param folder the base of relative paths in the settings
    public static ResourceTranslator of(Settings settings, Path folder) {
        return new ResourceTranslator(translation(settings), new FactoryCatalog(Filters.ofChecks(settings, folder)), RE2,
                DubboMappings.SYNTAX);
    }

    /// Checks single objects.
    ///
    /// @param folder relative paths in the settings start here
    public static ObjectCheck objectCheck(Settings settings, Path folder) {
        return new ObjectCheck(new FactoryCatalog(Filters.ofChecks(settings, folder)), RE2, DubboMappings.SYNTAX);
    }

    /// The name of the listener that serves Ingresses and exists without a Gateway.
    public static String ingressListener(Settings settings) {
        return translation(settings).ingressSocket();
    }

    private static TranslationSettings translation(Settings settings) {
        return new TranslationSettings(settings.value(KnownSettings.PORTS_HTTP), settings.value(KnownSettings.PORTS_HTTPS),
                settings.value(KnownSettings.GATEWAY_ADDRESS), settings.value(KnownSettings.GATEWAY_ADDRESSES),
                new ConnectionLimits(settings.value(KnownSettings.TIMEOUTS_CONNECT),
                        settings.value(KnownSettings.TIMEOUTS_UPSTREAM_IDLE),
                        settings.value(KnownSettings.LIMITS_UPSTREAM_CONNECTIONS),
                        settings.value(KnownSettings.LIMITS_UPSTREAM_PENDING)),
                new PathRules(settings.value(KnownSettings.PATHS_DOT_SEGMENTS),
                        settings.value(KnownSettings.PATHS_REPEATED_SLASHES), settings.value(KnownSettings.PATHS_ESCAPES),
                        settings.value(KnownSettings.PATHS_ENCODED_SLASHES),
                        settings.value(KnownSettings.PATHS_BACKSLASHES), settings.value(KnownSettings.PATHS_PARAMETERS)),
                reserved(settings), InstantSource.system()).of(settings.value(KnownSettings.HIGRESS_NAMESPACE),
                        settings.value(KnownSettings.GATEWAY_ZONE))
                .joining(new JoinedServices(settings.value(KnownSettings.KUBERNETES_JOINED),
                        settings.value(KnownSettings.KUBERNETES_OWN_FIRST)))
                .serving(settings.value(KnownSettings.KUBERNETES_GATEWAY_SERVICES).type(),
                        settings.value(KnownSettings.KUBERNETES_GATEWAY_PORTS))
                .accepting(settings.value(KnownSettings.PORTS_PROXY_PROTOCOL));
    }

    private static List<Reserved> reserved(Settings settings) {
        List<Reserved> reserved = new ArrayList<>();
        for (Setting<ListenAddress> setting : List.of(KnownSettings.ADMIN_ADDRESS, KnownSettings.HEALTH_ADDRESS)) {
            ListenAddress address = settings.value(setting);
            if (!address.equals(ListenAddress.OFF) && address.port() > 0) {
                reserved.add(new Reserved(setting.name(), address.host(), address.port()));
            }
        }
        return reserved;
    }
}
