package io.jigress.waf.filter;

import io.jigress.waf.FolderRuleFiles;
import io.jigress.waf.RuleFiles;
import io.jigress.waf.geo.GeoDatabase;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The folder of the OWASP Core Rule Set, in the layout of its releases (`rules/*.conf`) or of Coraza's Go module
/// (`rules/@owasp_crs/*.conf`).
public final class CoreRuleSet implements RuleFiles {
    private static final String FIRST_RULES = "REQUEST-901-INITIALIZATION.conf";
    private static final List<String> RULE_FOLDERS = List.of("rules", "rules/@owasp_crs", "@owasp_crs", "");
    private static final List<String> SETUP_FILES = List.of("crs-setup.conf", "crs-setup.conf.example",
            "rules/@crs-setup.conf.example", "@crs-setup.conf.example");

    /// The names by which rules written for Coraza, such as Higress's plugin, include the setup, whatever the layout.
    private static final List<String> SETUP_NAMES = List.of("@crs-setup-conf", "@crs-setup.conf.example");
    /// The same of the folder of the rules.
    private static final String RULES_NAME = "@owasp_crs/";

    private final FolderRuleFiles files;
    private final Path folder;

    private CoreRuleSet(Path folder) {
        this.folder = folder;
        files = new FolderRuleFiles(folder);
    }

    /// The rule set in a folder or, when the folder holds several, in the last of its subfolders by name. Empty when there is none.
    public static Optional<CoreRuleSet> in(Path folder) {
        CoreRuleSet here = new CoreRuleSet(folder);
        if (here.isThere()) {
            return Optional.of(here);
        }
        CoreRuleSet last = null;
        try (DirectoryStream<Path> below = Files.newDirectoryStream(folder, Files::isDirectory)) {
            for (Path path : below) {
                CoreRuleSet candidate = new CoreRuleSet(path);
                if (candidate.isThere() && (last == null || last.folder.compareTo(path) < 0)) {
                    last = candidate;
                }
            }
        } catch (IOException _) {
            return Optional.empty();
        }
        return Optional.ofNullable(last);
    }

    private boolean isThere() { return rules().isPresent() && setup().isPresent(); }

    private Optional<String> rules() {
        return RULE_FOLDERS.stream().filter(path -> Files.isRegularFile(folder.resolve(path).resolve(FIRST_RULES))).findFirst();
    }

    private Optional<String> setup() {
        return SETUP_FILES.stream().filter(path -> Files.isRegularFile(folder.resolve(path))).findFirst();
    }

    public Path folder() {
        return folder;
    }

    /// The directive that includes the setup file.
    String includeSetup() {
        return "Include " + setup().orElseThrow() + "\n";
    }

    /// The directives that include the rules, between those of plugins, which are optional.
    String includeRules() {
        return plugins("*-config.conf") + plugins("*-before.conf") + "Include " + inRules("*.conf") + "\n"
                + plugins("*-after.conf");
    }

    /// The paths of the files that hold rules: the setup, the rules and the plugins.
    List<String> ruleFiles() {
        return Stream.of(List.of(setup().orElseThrow()), list(inRules("*.conf")), list("plugins/*.conf")).flatMap(List::stream)
                .toList();
    }

    private String plugins(String pattern) {
        return files.list("plugins/" + pattern).isEmpty() ? "" : "Include plugins/" + pattern + "\n";
    }

    private String located(String path) {
        if (path.startsWith(RULES_NAME)) {
            return inRules(path.substring(RULES_NAME.length()));
        }
        return SETUP_NAMES.contains(path) ? setup().orElse(path) : path;
    }

    private String inRules(String name) {
        String rules = rules().orElse("");
        return rules.isEmpty() ? name : rules + "/" + name;
    }

    @Override
    public Optional<byte[]> read(String path) {
        return files.read(located(path));
    }

    @Override
    public Object stamp(String path) {
        return files.stamp(located(path));
    }

    @Override
    public @Nullable GeoDatabase places(String path) throws IOException {
        return files.places(path);
    }

    @Override
    public List<String> list(String pattern) {
        return files.list(located(pattern));
    }
}
