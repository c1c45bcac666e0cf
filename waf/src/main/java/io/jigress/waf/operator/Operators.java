package io.jigress.waf.operator;

import io.jigress.waf.geo.GeoDatabase;
import io.jigress.waf.model.Macro;
import io.jigress.waf.operator.OperatorResult.Created;
import io.jigress.waf.operator.OperatorResult.Refused;
import io.jigress.waf.regex.DfaBudget;
import io.jigress.waf.regex.Regex;
import io.jigress.waf.regex.RegexRefusal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Creates operators from their names and arguments.
public final class Operators {
    /// A `@pm` or `@pmFromFile` with more phrases is refused.
    static final int MAX_PHRASES = 100_000;
    /// The limit of the bytes of all phrases of one operator together.
    static final int MAX_PHRASE_BYTES = 4 * 1024 * 1024;

    private final DataFiles files;
    private final DfaBudget budget;
    private final @Nullable GeoDatabase places;

    /// @param places the database of `@geoLookup`; null when there is none
    public Operators(DataFiles files, DfaBudget budget, @Nullable GeoDatabase places) {
        this.files = files;
        this.budget = budget;
        this.places = places;
    }

    public Operators(DataFiles files, DfaBudget budget) {
        this(files, budget, null);
    }

    /// The operator of a name, ignoring case, with its argument.
    public OperatorResult create(String name, String argument) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "rx" -> expression(argument);
            case "pm" -> phrases(PhraseLists.words(argument), name);
            case "pmf", "pmfromfile" -> phrasesFromFiles(name, argument);
            case "streq" -> withMacro(argument, TextOperators::equal);
            case "contains", "strmatch" -> withMacro(argument, TextOperators::contains);
            case "containsword" -> withMacro(argument, TextOperators::containsWord);
            case "beginswith" -> withMacro(argument, TextOperators::beginsWith);
            case "endswith" -> withMacro(argument, TextOperators::endsWith);
            case "within" -> withMacro(argument, TextOperators::within);
            case "eq" -> withMacro(argument, text -> NumberOperators.compare(text, (value, limit) -> value == limit));
            case "ge" -> withMacro(argument, text -> NumberOperators.compare(text, (value, limit) -> value >= limit));
            case "gt" -> withMacro(argument, text -> NumberOperators.compare(text, (value, limit) -> value > limit));
            case "le" -> withMacro(argument, text -> NumberOperators.compare(text, (value, limit) -> value <= limit));
            case "lt" -> withMacro(argument, text -> NumberOperators.compare(text, (value, limit) -> value < limit));
            case "unconditionalmatch" -> new Created((_, _, _, _) -> true);
            case "nomatch" -> new Created((_, _, _, _) -> false);
            case "validatebyterange" -> byteRange(argument);
            case "validateurlencoding" -> new Created(Validators::badUrlEncoding);
            case "validateutf8encoding" -> new Created(Validators::badUtf8);
            case "ipmatch" -> addresses(List.of(argument.split(",")));
            case "ipmatchf", "ipmatchfromfile" -> addressesFromFile(name, argument);
            case "verifycc" -> checked(argument, Checksums::isCardNumber);
            case "verifyssn" -> checked(argument, Checksums::isSocialSecurityNumber);
            case "verifycpf" -> checked(argument, Checksums::isCpf);
            case "detectsqli" -> new Created(new InjectionOperators.Sqli());
            case "detectxss" -> new Created(new InjectionOperators.Xss());
            case "geolookup" -> places == null
                    ? new Refused("@geoLookup without SecGeoLookupDb",
                            "SecGeoLookupDb with a file in the format of MaxMind (.mmdb)")
                    : new Created(new GeoLookup(places));
            case "fuzzyhash", "gsblookup", "inspectfile", "rbl", "rsub", "rxglobal", "validatedtd", "validatehash",
                    "validateschema", "verifysvnr", "ipmatchfromdataset", "pmfromdataset", "restpath", "validatenid" ->
                new Refused("the operator @" + name + " is not supported", "another operator, such as @rx");
            default -> new Refused("unknown operator @" + name, "an operator of SecLang, such as @rx");
        };
    }

    private OperatorResult expression(String pattern) {
        Optional<String> macro = macroIn(pattern);
        if (macro.isPresent()) {
            return new Refused("the macro %{" + macro.get() + "} in @rx is not supported", "an expression without macros");
        }
        return switch (Regex.compile(pattern, budget)) {
            case Regex regex -> new Created(new RxOperator(regex));
            case RegexRefusal refusal -> new Refused(
                    "the expression has " + refusal.what() + " at offset " + refusal.offset(), "an expression without it");
        };
    }

    /// `%{` may occur in an expression; followed by a variable it was meant as a macro.
    private static Optional<String> macroIn(String pattern) {
        int open = pattern.indexOf("%{");
        int close = open < 0 ? -1 : pattern.indexOf('}', open);
        if (close < 0) {
            return Optional.empty();
        }
        String name = pattern.substring(open + 2, close);
        return Macro.unknownIn("%{" + name + "}").isEmpty() ? Optional.of(name) : Optional.empty();
    }

    private static OperatorResult withMacro(String argument, Function<Macro, Operator> make) {
        Optional<String> unknown = Macro.unknownIn(argument);
        if (unknown.isPresent()) {
            return new Refused("unknown variable in the macro %{" + unknown.get() + "}", "a variable that the engine knows");
        }
        return new Created(make.apply(Macro.of(argument)));
    }

    private OperatorResult phrasesFromFiles(String name, String argument) {
        List<String> phrases = new ArrayList<>();
        for (String file : argument.strip().split("\\s+")) {
            Optional<byte[]> content = files.read(file);
            if (content.isEmpty()) {
                return new Refused("the file " + file + " cannot be read", "a file beside the rules");
            }
            phrases.addAll(PhraseLists.lines(new String(content.get(), StandardCharsets.ISO_8859_1)));
        }
        return phrases(phrases, name);
    }

    private static OperatorResult phrases(List<String> phrases, String name) {
        long bytes = phrases.stream().mapToLong(String::length).sum();
        if (phrases.isEmpty() || phrases.size() > MAX_PHRASES || bytes > MAX_PHRASE_BYTES) {
            return new Refused("@" + name + " with " + phrases.size() + " phrases of " + bytes + " bytes",
                    "1 to " + MAX_PHRASES + " phrases of at most " + MAX_PHRASE_BYTES + " bytes");
        }
        return new Created(new PmOperator(phrases));
    }

    private static OperatorResult byteRange(String argument) {
        boolean[] allowed = new boolean[256];
        for (String part : argument.split(",")) {
            String range = part.strip();
            int dash = range.indexOf('-');
            int first = byteValue(dash < 0 ? range : range.substring(0, dash));
            int last = dash < 0 ? first : byteValue(range.substring(dash + 1));
            if (first < 0 || last < first) {
                return new Refused("the range \"" + range + "\" of @validateByteRange", "numbers of 0 to 255, such as 9,32-126");
            }
            for (int value = first; value <= last; value++) {
                allowed[value] = true;
            }
        }
        return new Created(Validators.outsideOf(allowed));
    }

    private static int byteValue(String text) {
        String digits = text.strip();
        if (digits.isEmpty() || digits.length() > 3 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        int value = Integer.parseInt(digits);
        return value > 255 ? -1 : value;
    }

    private OperatorResult addressesFromFile(String name, String argument) {
        Optional<byte[]> content = files.read(argument.strip());
        if (content.isEmpty()) {
            return new Refused("the file " + argument.strip() + " of @" + name + " cannot be read", "a file beside the rules");
        }
        return addresses(PhraseLists.lines(new String(content.get(), StandardCharsets.ISO_8859_1)));
    }

    private static OperatorResult addresses(List<String> texts) {
        AddressSet.Builder addresses = new AddressSet.Builder();
        for (String text : texts) {
            if (!addresses.add(text.strip())) {
                return new Refused("\"" + text.strip() + "\" is not an address", "an IP address or a network such as 10.0.0.0/8");
            }
        }
        return new Created(addresses.build());
    }

    private OperatorResult checked(String pattern, Checksums.Check check) {
        return switch (Regex.compile(pattern, budget)) {
            case Regex regex -> new Created(new CheckedOperator(regex, check));
            case RegexRefusal refusal -> new Refused(
                    "the expression has " + refusal.what() + " at offset " + refusal.offset(), "an expression without it");
        };
    }
}
