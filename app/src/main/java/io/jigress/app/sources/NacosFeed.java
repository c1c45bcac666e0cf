package io.jigress.app.sources;

import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Setting;
import io.jigress.app.settings.Settings;
import io.jigress.sources.manifest.LastGood;
import io.jigress.sources.nacos.HigressCipher;
import io.jigress.sources.nacos.NacosAddress;
import io.jigress.sources.nacos.NacosSource;
import io.jigress.sources.registry.RegistryTls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Creates the source of a Nacos server. A gateway without such a source does not load the classes of Nacos.
public final class NacosFeed {
    private static final Set<Set<String>> LOGINS = Set.of(Set.of("username", "password"), Set.of("accessKey", "secretKey"));

    private NacosFeed() {}

    /// @param prefix what the places of its data ids begin with
    static NacosSource of(Settings settings, Path folder, NacosAddress address, String prefix, LastGood lastGood)
            throws CannotStart {
        Map<String, String> credentials = credentials(settings, folder, address);
        try {
            return new NacosSource(address, credentials, prefix, lastGood, settings.value(KnownSettings.CONFIG_FILE_BYTES),
                    SecretKeys.read(settings, folder, System.getenv()),
                    higressKey(settings, folder), InstantSource.system());
        } catch (IllegalArgumentException e) {
            throw new CannotStart("the source " + prefix + ": " + e.getMessage());
        }
    }

    /// The login to a Nacos server that holds configuration, and the certificates and the key for TLS; empty for none.
    public static Map<String, String> credentials(Settings settings, Path folder, NacosAddress address) throws CannotStart {
        Map<String, String> credentials = new HashMap<>(login(settings, folder));
        if (address.tls().isEmpty()) {
            return credentials;
        }
        Map<String, Setting<String>> files = Map.of(RegistryTls.AUTHORITIES, KnownSettings.NACOS_TLS_CA, RegistryTls.CERTIFICATE,
                KnownSettings.NACOS_TLS_CERTIFICATE, RegistryTls.KEY, KnownSettings.NACOS_TLS_KEY);
        for (Map.Entry<String, Setting<String>> file : files.entrySet()) {
            String named = settings.value(file.getValue());
            if (!named.isEmpty()) {
                try {
                    credentials.put(file.getKey(), Files.readString(folder.resolve(named)));
                } catch (IOException e) {
                    throw new CannotStart(file.getValue().name() + ": " + folder.resolve(named) + " cannot be read: " + e);
                }
            }
        }
        if (credentials.containsKey(RegistryTls.CERTIFICATE) != credentials.containsKey(RegistryTls.KEY)) {
            throw new CannotStart("nacos.tls.certificate and nacos.tls.key: only one of them is set (expected: both or neither)");
        }
        try {
            RegistryTls.context(address.tls(), credentials);
        } catch (IllegalArgumentException e) {
            throw new CannotStart("nacos.tls.ca, nacos.tls.certificate, nacos.tls.key: " + e.getMessage());
        }
        return credentials;
    }

    private static HigressCipher higressKey(Settings settings, Path folder) throws CannotStart {
        String named = settings.value(KnownSettings.NACOS_HIGRESS_KEY);
        if (named.isEmpty()) {
            return HigressCipher.NONE;
        }
        Path file = folder.resolve(named);
        try {
            HigressCipher cipher = HigressCipher.of(Files.readString(file).strip());
            if (cipher == null) {
                throw new CannotStart("nacos.higress.key: " + file + " has no key (expected: 16, 24 or 32 bytes)");
            }
            return cipher;
        } catch (IOException e) {
            throw new CannotStart("nacos.higress.key: " + file + " cannot be read: " + e);
        }
    }

    private static Map<String, String> login(Settings settings, Path folder) throws CannotStart {
        String named = settings.value(KnownSettings.NACOS_CREDENTIALS);
        if (named.isEmpty()) {
            return Map.of();
        }
        Path file = folder.resolve(named);
        Map<String, String> credentials = new HashMap<>();
        try {
            for (String line : Files.readAllLines(file)) {
                int equals = line.indexOf('=');
                if (equals > 0 && !line.startsWith("#")) {
                    credentials.put(line.substring(0, equals).strip(), line.substring(equals + 1).strip());
                }
            }
        } catch (IOException e) {
            throw new CannotStart("nacos.credentials: " + file + " cannot be read: " + e.getMessage());
        }
        if (!LOGINS.contains(credentials.keySet())) {
            throw new CannotStart("nacos.credentials: " + file
                    + " does not have the lines of a login (expected: username=... and password=..., or accessKey=... and secretKey=...)");
        }
        return credentials;
    }
}
