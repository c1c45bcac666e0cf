package io.jigress.waf.filter;

import io.jigress.waf.EngineMode;
import io.jigress.waf.RuleFiles;
import io.jigress.waf.RuleSet;
import io.jigress.waf.RuleSetLoader;
import io.jigress.waf.RuleSetResult;
import io.jigress.waf.WafLimits;
import io.jigress.waf.geo.GeoDatabase;
import io.jigress.waf.geo.GeoDatabases;
import io.jigress.waf.filter.WafConfig.Bodies;
import io.jigress.waf.filter.WafConfig.CoreRules;
import io.jigress.waf.seclang.SecLangProblem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Creates the rule set of a configuration.
final class WafRules {
    /// The ids of the rules that the filter adds itself.
    static final Set<Long> IDS = Set.of(200_000L, 200_001L, 200_002L, 200_003L, 200_006L, 200_900L);

    /// The body processors, and the refusal of bodies that cannot be parsed: the directives that ModSecurity recommends, with their ids.
    private static final String BODIES = """
            SecRule REQUEST_HEADERS:Content-Type "@rx ^(?:application(?:/soap\\+|/)|text/)xml" \\
                "id:200000,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=XML"
            SecRule REQUEST_HEADERS:Content-Type "@rx ^application/json" \\
                "id:200001,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
            SecRule REQUEST_HEADERS:Content-Type "@rx ^application/[a-z0-9.-]+[+]json" \\
                "id:200006,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
            SecRule REQBODY_ERROR "!@eq 0" \\
                "id:200002,phase:2,t:none,log,deny,status:400,msg:'Failed to parse request body.',\\
                logdata:'%{reqbody_error_msg}',severity:2"
            SecRule MULTIPART_STRICT_ERROR "!@eq 0" \\
                "id:200003,phase:2,t:none,log,deny,status:400,msg:'Multipart request body failed strict validation.',severity:2"
            """;

    /// The directives of a configuration as files named after their fields; these are looked up before the files of the Core Rule Set.
    private record Files(WafConfig config, RuleFiles files) implements RuleFiles {
        @Override
        public Optional<byte[]> read(String path) {
            Optional<byte[]> own = inline(path, "exclusions", config.exclusions())
                    .or(() -> inline(path, "secRules", config.rules()));
            return own.isPresent() ? own : files.read(path);
        }

        private static Optional<byte[]> inline(String path, String field, List<String> directives) {
            for (int i = 0; i < directives.size(); i++) {
                if (path.equals(field + "[" + i + "]")) {
                    return Optional.of(directives.get(i).getBytes(StandardCharsets.UTF_8));
                }
            }
            return Optional.empty();
        }

        @Override
        public @Nullable GeoDatabase places(String path) throws IOException {
            return files.places(path);
        }

        @Override
        public List<String> list(String pattern) {
            return pattern.indexOf('*') < 0 ? List.of(pattern) : files.list(pattern);
        }
    }

    private WafRules() {
    }

    /// Why a rule set cannot be loaded.
    static final class Refused extends RuntimeException {
        Refused(String message) {
            super(message, null, false, false);
        }

        /// The message alone, without the name of the class, as it is shown to users.
        @Override
        @SuppressWarnings("OverrideThrowableToString")
        public String toString() {
            return String.valueOf(getMessage());
        }
    }

    /// Loads and compiles. Takes seconds with the Core Rule Set.
    static RuleSet load(WafConfig config, Optional<CoreRuleSet> coreRuleSet) {
        return load(config, coreRuleSet, new FilesRead(coreRuleSet, new GeoDatabases()));
    }

    /// As above.
    ///
    /// @param files the files of the Core Rule Set, which remember what was read
    static RuleSet load(WafConfig config, Optional<CoreRuleSet> coreRuleSet, FilesRead files) {
        if (config.coreRules() != null && coreRuleSet.isEmpty()) {
            throw new Refused("there is no Core Rule Set in the folder that the setting waf.crs names");
        }
        RuleSetResult result = RuleSetLoader.load("config", text(config, coreRuleSet), new Files(config, files),
                WafLimits.DEFAULT, System::currentTimeMillis);
        return switch (result) {
            case RuleSet rules -> rules;
            case RuleSetResult.Refused refused -> throw new Refused(summary(refused.problems()));
        };
    }

    private static String summary(List<SecLangProblem> problems) {
        String first = problems.getFirst().toString();
        return problems.size() == 1 ? first : first + ", and " + (problems.size() - 1) + " more faults";
    }

    /// The directives of a configuration, one byte per character.
    static String text(WafConfig config, Optional<CoreRuleSet> coreRuleSet) {
        StringBuilder text = new StringBuilder("SecRuleEngine On\n");
        Bodies requests = config.requests();
        text.append("SecRequestBodyAccess ").append(requests.judged() ? "On\n" : "Off\n");
        text.append("SecRequestBodyLimit ").append(requests.limit()).append('\n');
        text.append("SecRequestBodyLimitAction ").append(requests.partial() ? "ProcessPartial\n" : "Reject\n");
        text.append("SecResponseBodyAccess ").append(config.responses() ? "On\n" : "Off\n");
        text.append("SecResponseBodyLimit ").append(Math.min(524_288, requests.limit())).append('\n');
        text.append("SecResponseBodyLimitAction ProcessPartial\n");
        text.append("SecResponseBodyMimeType text/plain text/html text/xml application/json\n");
        text.append(BODIES);
        CoreRules core = config.coreRules();
        if (core != null) {
            CoreRuleSet files = coreRuleSet.orElseThrow();
            text.append(files.includeSetup()).append(settings(core));
            include(text, "exclusions", config.exclusions());
            text.append(files.includeRules());
        }
        include(text, "secRules", config.rules());
        EngineMode mode = config.mode();
        if (mode != null) {
            text.append("SecRuleEngine ").append(switch (mode) {
                case ON -> "On";
                case DETECTION_ONLY -> "DetectionOnly";
                case OFF -> "Off";
            }).append('\n');
        }
        return text.toString();
    }

    private static void include(StringBuilder text, String field, List<String> directives) {
        for (int i = 0; i < directives.size(); i++) {
            text.append("Include ").append(field).append('[').append(i).append("]\n");
        }
    }

    private static String settings(CoreRules core) {
        return "SecAction \"id:200900,phase:1,nolog,pass,t:none,setvar:tx.blocking_paranoia_level=" + core.level()
                + ",setvar:tx.detection_paranoia_level=" + core.detection()
                + ",setvar:tx.inbound_anomaly_score_threshold=" + core.inbound()
                + ",setvar:tx.outbound_anomaly_score_threshold=" + core.outbound()
                + ",setvar:tx.sampling_percentage=" + core.sampling() + "\"\n";
    }

    /// A string of the configuration in the engine's form: each character is one byte of its UTF-8.
    static String latin(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
