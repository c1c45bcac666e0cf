package io.jigress.waf;

import io.jigress.waf.seclang.Directive;
import io.jigress.waf.seclang.SecLangProblem;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Reads the directives that are neither rules nor change rules.
final class RuleSettingsReader {
    private final List<SecLangProblem> problems;
    private final List<SecLangProblem> notices = new ArrayList<>();

    private EngineMode mode = RuleSettings.DEFAULT.mode();
    private boolean requestBodyAccess = RuleSettings.DEFAULT.requestBodyAccess();
    private int requestBodyLimit = RuleSettings.DEFAULT.requestBodyLimit();
    private boolean requestBodyPartial = RuleSettings.DEFAULT.requestBodyPartial();
    private boolean responseBodyAccess = RuleSettings.DEFAULT.responseBodyAccess();
    private int responseBodyLimit = RuleSettings.DEFAULT.responseBodyLimit();
    private boolean responseBodyPartial = RuleSettings.DEFAULT.responseBodyPartial();
    private Set<String> responseMimeTypes = RuleSettings.DEFAULT.responseMimeTypes();
    private int jsonDepth = RuleSettings.DEFAULT.jsonDepth();
    private int argumentsLimit = RuleSettings.DEFAULT.argumentsLimit();
    private int collectionTimeout = RuleSettings.DEFAULT.collectionTimeout();

    RuleSettingsReader(List<SecLangProblem> problems) {
        this.problems = problems;
    }

    List<SecLangProblem> notices() {
        return notices;
    }

    RuleSettings settings() {
        return new RuleSettings(mode, requestBodyAccess, requestBodyLimit, requestBodyPartial, responseBodyAccess,
                responseBodyLimit,
                responseBodyPartial, responseMimeTypes, jsonDepth, argumentsLimit, collectionTimeout);
    }

    void read(Directive.Setting setting) {
        List<String> arguments = setting.arguments();
        String value = arguments.isEmpty() ? "" : arguments.get(0);
        switch (setting.name().toLowerCase(Locale.ROOT)) {
            case "secruleengine" -> mode = switch (value.toLowerCase(Locale.ROOT)) {
                case "on" -> EngineMode.ON;
                case "off" -> EngineMode.OFF;
                case "detectiononly" -> EngineMode.DETECTION_ONLY;
                default -> {
                    problem(setting, "On, Off or DetectionOnly");
                    yield mode;
                }
            };
            case "secrequestbodyaccess" -> requestBodyAccess = onOff(setting, value);
            case "secresponsebodyaccess" -> responseBodyAccess = onOff(setting, value);
            case "secrequestbodylimit" -> requestBodyLimit = number(setting, value, 1, 1 << 30);
            case "secresponsebodylimit" -> responseBodyLimit = number(setting, value, 1, 1 << 30);
            case "secrequestbodylimitaction" -> requestBodyPartial = partial(setting, value);
            case "secresponsebodylimitaction" -> responseBodyPartial = partial(setting, value);
            case "secrequestbodyjsondepthlimit" -> jsonDepth = number(setting, value, 1, 2000);
            case "secargumentslimit" -> argumentsLimit = number(setting, value, 1, 100_000);
            case "seccollectiontimeout" -> collectionTimeout = number(setting, value, 1, 31_536_000);
            case "secresponsebodymimetype" -> {
                Set<String> types = new HashSet<>();
                arguments.forEach(type -> types.add(type.toLowerCase(Locale.ROOT)));
                responseMimeTypes = Set.copyOf(types);
            }
            case "secresponsebodymimetypesclear" -> responseMimeTypes = Set.of();
            case "secargumentseparator" -> only(setting, value, "&");
            case "seccookieformat" -> only(setting, value, "0");
            case "secstatusengine" -> only(setting, value.toLowerCase(Locale.ROOT), "off");
            case "seccomponentsignature", RuleSetLoader.PLACES -> {
            }
            case "secauditengine", "secauditlog", "secauditlog2", "secauditlogparts", "secauditlogrelevantstatus",
                    "secauditlogtype",
                    "secauditlogformat", "secauditlogstoragedir", "secauditlogdirmode", "secauditlogfilemode", "secdebuglog",
                    "secdebugloglevel" ->
                notice(setting, "the gateway's own logs carry what the rules decide");
            case "secdatadir", "sectmpdir", "secuploaddir", "secuploadkeepfiles", "secuploadfilelimit", "secuploadfilemode",
                    "secrequestbodyinmemorylimit", "secrequestbodynofileslimit", "sectmpsaveuploadedfiles" ->
                notice(setting, "bodies are kept in memory, within SecRequestBodyLimit, and never written to a file");
            case "secpcrematchlimit", "secpcrematchlimitrecursion" -> notice(setting, "expressions are matched in linear time");
            case "secserversignature", "secwebappid", "secsensorid", "secunicodemapfile", "secunicodecodepage" ->
                notice(setting, "it has no counterpart here");
            default -> problems.add(new SecLangProblem(setting.place(), "the directive " + setting.name() + " is not supported",
                    "a directive that the engine knows"));
        }
    }

    private void notice(Directive.Setting setting, String reason) {
        notices.add(new SecLangProblem(setting.place(), setting.name() + " has no effect: " + reason, "no such line"));
    }

    private void problem(Directive.Setting setting, String expected) {
        problems.add(new SecLangProblem(setting.place(), setting.name() + " " + String.join(" ", setting.arguments()), expected));
    }

    private void only(Directive.Setting setting, String value, String expected) {
        if (!value.equals(expected)) {
            problem(setting, expected + ", the only value that is supported");
        }
    }

    private boolean onOff(Directive.Setting setting, String value) {
        boolean on = value.equalsIgnoreCase("on");
        if (!on && !value.equalsIgnoreCase("off")) {
            problem(setting, "On or Off");
        }
        return on;
    }

    private boolean partial(Directive.Setting setting, String value) {
        boolean partial = value.equalsIgnoreCase("processpartial");
        if (!partial && !value.equalsIgnoreCase("reject")) {
            problem(setting, "Reject or ProcessPartial");
        }
        return partial;
    }

    private int number(Directive.Setting setting, String value, int min, int max) {
        if (value.isEmpty() || value.length() > 10 || !value.chars().allMatch(c -> c >= '0' && c <= '9')
                || Long.parseLong(value) < min || Long.parseLong(value) > max) {
            problem(setting, "a number of " + min + " to " + max);
            return min;
        }
        return Integer.parseInt(value);
    }
}
