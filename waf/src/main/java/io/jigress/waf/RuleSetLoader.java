package io.jigress.waf;

import io.jigress.waf.geo.GeoDatabase;
import io.jigress.waf.operator.DataFiles;
import io.jigress.waf.operator.Operators;
import io.jigress.waf.regex.DfaBudget;
import io.jigress.waf.seclang.Directive;
import io.jigress.waf.seclang.ParsedRules;
import io.jigress.waf.seclang.SecLangParser;
import io.jigress.waf.seclang.SecLangProblem;
import io.jigress.waf.seclang.SourcePlace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Loads and compiles a rule set. Slow and allocating: not for an event loop.
public final class RuleSetLoader {
    /// The nesting limit of `Include`.
    static final int MAX_INCLUDE_DEPTH = 16;
    /// A rule set with more directives is refused.
    static final int MAX_DIRECTIVES = 100_000;
    /// The directive that names the database of places, in lower case.
    static final String PLACES = "secgeolookupdb";

    private final RuleFiles files;
    private final WafLimits limits;
    private final LongSupplier nowMillis;
    private final List<Directive> directives = new ArrayList<>();
    private final List<SecLangProblem> problems = new ArrayList<>();

    private RuleSetLoader(RuleFiles files, WafLimits limits, LongSupplier nowMillis) {
        this.files = files;
        this.limits = limits;
        this.nowMillis = nowMillis;
    }

    /// Loads directives, which may include files.
    ///
    /// @param name       the name of the text in problems
    /// @param text       SecLang, one byte per character
    /// @param nowMillis  the clock of `TIME`, `DURATION` and of kept collections
    public static RuleSetResult load(String name, String text, RuleFiles files, WafLimits limits, LongSupplier nowMillis) {
        RuleSetLoader loader = new RuleSetLoader(files, limits, nowMillis);
        loader.add(name, text, 0);
        return loader.compile(true);
    }

    /// The problems of the directives themselves, without the files that they include or name: these are read only by [#load].
    public static List<SecLangProblem> check(String name, String text) {
        RuleSetLoader loader = new RuleSetLoader(NAMED_FILES, WafLimits.DEFAULT, () -> 0);
        ParsedRules parsed = SecLangParser.parse(name, text);
        loader.problems.addAll(parsed.problems());
        parsed.directives().stream().filter(directive -> !(directive instanceof Directive.Include)).limit(MAX_DIRECTIVES)
                .forEach(loader.directives::add);
        loader.compile(false);
        return List.copyOf(loader.problems);
    }

    /// Used in place of data files, which are not read.
    private static final RuleFiles NAMED_FILES = new RuleFiles() {
        @Override
        public Optional<byte[]> read(String path) {
            return Optional.of("127.0.0.1".getBytes(StandardCharsets.ISO_8859_1));
        }

        @Override
        public List<String> list(String pattern) {
            return List.of();
        }
    };

    private void add(String file, String text, int depth) {
        ParsedRules parsed = SecLangParser.parse(file, text);
        problems.addAll(parsed.problems());
        for (Directive directive : parsed.directives()) {
            if (directive instanceof Directive.Include include) {
                include(file, include, depth);
            } else if (directives.size() < MAX_DIRECTIVES) {
                directives.add(directive);
            } else {
                problems.add(new SecLangProblem(directive.place(), "more than " + MAX_DIRECTIVES + " directives", "fewer"));
                return;
            }
        }
    }

    private void include(String from, Directive.Include include, int depth) {
        if (depth == MAX_INCLUDE_DEPTH) {
            problems.add(
                    new SecLangProblem(include.place(), "Include nests deeper than " + MAX_INCLUDE_DEPTH, "no cycle of files"));
            return;
        }
        // Relative to the root, as in Apache; then relative to the including file.
        List<String> paths = files.list(include.pattern());
        if (paths.isEmpty()) {
            paths = files.list(folderOf(from) + include.pattern());
        }
        if (paths.isEmpty()) {
            problems.add(new SecLangProblem(include.place(), "no file matches " + include.pattern(), "a file of the rule set"));
        }
        for (String path : paths) {
            Optional<byte[]> content = files.read(path);
            if (content.isEmpty()) {
                content = files.read(folderOf(from) + path);
            }
            if (content.isEmpty()) {
                problems.add(new SecLangProblem(include.place(), "the file " + path + " cannot be read", "a readable file"));
            } else {
                add(path, new String(content.get(), StandardCharsets.ISO_8859_1), depth + 1);
            }
        }
    }

    private static String folderOf(String path) {
        int slash = path.lastIndexOf('/');
        return slash < 0 ? "" : path.substring(0, slash + 1);
    }

    /// @param whole whether all rules are present, so that each jump must have its marker
    private RuleSetResult compile(boolean whole) {
        DfaBudget budget = new DfaBudget(DfaBudget.DEFAULT_TRANSITIONS);
        GeoDatabase places = whole ? places() : GeoDatabase.EMPTY;
        RuleCompiler compiler = new RuleCompiler((place, used) -> operators(place, used, places), budget, problems);
        RuleSettingsReader settings = new RuleSettingsReader(problems);
        for (Directive directive : directives) {
            if (directive instanceof Directive.Setting setting) {
                settings.read(setting);
            } else {
                compiler.add(directive);
            }
        }
        RuleCompiler.Compiled compiled = compiler.finish(whole);
        if (!problems.isEmpty()) {
            return new RuleSetResult.Refused(problems);
        }
        RuleSettings read = settings.settings();
        return new RuleSet(read, limits, compiled, new CollectionMemory(nowMillis, read.collectionTimeout()),
                settings.notices(), nowMillis);
    }

    /// The database that the last directive names; null when there is none. One that cannot be read is a problem, and an empty one takes its place.
    private @Nullable GeoDatabase places() {
        Directive.Setting last = null;
        for (Directive directive : directives) {
            if (directive instanceof Directive.Setting setting && setting.name().toLowerCase(Locale.ROOT).equals(PLACES)) {
                last = setting;
            }
        }
        return last == null ? null : places(last.place(), last.arguments().isEmpty() ? "" : last.arguments().getFirst());
    }

    private GeoDatabase places(SourcePlace place, String name) {
        String what;
        try {
            GeoDatabase beside = files.places(folderOf(place.file()) + name);
            GeoDatabase found = beside == null ? files.places(name) : beside;
            if (found != null) {
                return found;
            }
            what = "cannot be read";
        } catch (IOException e) {
            what = String.valueOf(e.getMessage());
        }
        problems.add(new SecLangProblem(place, "the file " + name + " of SecGeoLookupDb " + what,
                "a file of the rule set in the format of MaxMind (.mmdb)"));
        return GeoDatabase.EMPTY;
    }

    /// Data files are beside the rule file that names them, or at the root.
    private Operators operators(SourcePlace place, DfaBudget budget, @Nullable GeoDatabase places) {
        DataFiles data = name -> {
            Optional<byte[]> beside = files.read(folderOf(place.file()) + name);
            return beside.isPresent() ? beside : files.read(name);
        };
        return new Operators(data, budget, places);
    }
}
