package io.jigress.waf;

import io.jigress.waf.geo.GeoPlace;
import io.jigress.waf.geo.GeoScope;
import io.jigress.waf.model.ByteString;
import io.jigress.waf.model.FieldName;
import io.jigress.waf.model.MacroScope;
import io.jigress.waf.model.Variable;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The variables of a transaction.
final class Values implements MacroScope, GeoScope {
    private static final RuleTarget[] NO_EXCLUSIONS = {};
    private static final FieldName XML_TEXT = FieldName.of("/*");
    private static final FieldName XML_ATTRIBUTES = FieldName.of("//@*");

    final Store store;
    final Table argsGet = new Table();
    final Table argsPost = new Table();
    final Table requestHeaders = new Table();
    final Table requestCookies = new Table();
    final Table responseHeaders = new Table();
    final Table files = new Table();
    final Table fileSizes = new Table();
    final Table partHeaders = new Table();
    /// The matches of the current chain.
    final Candidates matched = new Candidates();
    final Table xmlAttributes = new Table();
    final FieldTable tx;
    /// IP, SESSION, GLOBAL, USER, RESOURCE once opened, and GEO once an address was looked up.
    final FieldTable[] kept = new FieldTable[Variable.count()];
    int xmlText = -1;
    private final ByteString scratch = new ByteString();
    private @Nullable FieldTable geo;

    private final WafLimits limits;
    private final int[] scalars = new int[Variable.count()];

    Variable matchedVariable = Variable.MATCHED_VAR;
    int matchedName = -1;
    @Nullable FieldName matchedField;
    int matchedValue = -1;
    @Nullable Rule rule;
    long startMillis;
    long nowMillis;

    Values(WafLimits limits) {
        this.limits = limits;
        store = new Store(limits);
        tx = new FieldTable(limits);
        Arrays.fill(scalars, -1);
    }

    void reset() {
        store.reset();
        argsGet.clear();
        argsPost.clear();
        requestHeaders.clear();
        requestCookies.clear();
        responseHeaders.clear();
        files.clear();
        fileSizes.clear();
        partHeaders.clear();
        matched.clear();
        xmlAttributes.clear();
        tx.clear();
        Arrays.fill(kept, null);
        xmlText = -1;
        Arrays.fill(scalars, -1);
        matchedName = -1;
        matchedField = null;
        matchedValue = -1;
        rule = null;
    }

    void set(Variable variable, int value) {
        scalars[variable.index()] = value;
    }

    void set(Variable variable, String text) {
        set(variable, store.add(text));
    }

    void setNumber(Variable variable, long number) {
        set(variable, store.addNumber(number));
    }

    /// The value of a scalar, or -1.
    int scalar(Variable variable) {
        int value = scalars[variable.index()];
        return value >= 0 ? value : computed(variable);
    }

    /// Values that are computed when a rule needs them.
    private int computed(Variable variable) {
        return switch (variable) {
            case MATCHED_VAR -> matchedValue;
            case MATCHED_VAR_NAME -> matchedValue < 0 ? -1 : addName(matchedVariable, matchedName, matchedField);
            case ARGS_COMBINED_SIZE -> store.addNumber(size(argsGet) + size(argsPost));
            case DURATION -> store.addNumber(nowMillis - startMillis);
            case TIME_EPOCH -> store.addNumber(nowMillis / 1000);
            case TIME, TIME_DAY, TIME_HOUR, TIME_MIN, TIME_MON, TIME_SEC, TIME_WDAY, TIME_YEAR ->
                store.add(TimeVariables.text(variable, nowMillis));
            case FULL_REQUEST -> store.add(fullRequest().toBytes());
            case FULL_REQUEST_LENGTH -> store.addNumber(fullRequest().length());
            default -> -1;
        };
    }

    private ByteString fullRequest() {
        ByteString out = new ByteString();
        append(scalar(Variable.REQUEST_LINE), out);
        out.append("\r\n");
        for (int i = 0; i < requestHeaders.size; i++) {
            append(requestHeaders.names[i], out);
            out.append(": ");
            append(requestHeaders.values[i], out);
            out.append("\r\n");
        }
        out.append("\r\n");
        append(scalar(Variable.REQUEST_BODY), out);
        return out;
    }

    private long size(Table table) {
        long size = 0;
        for (int i = 0; i < table.size; i++) {
            size += store.length(table.names[i]) + store.length(table.values[i]);
        }
        return size;
    }

    private void append(int value, ByteString out) {
        if (value >= 0) {
            out.append(store.bytes, store.from[value], store.to[value]);
        }
    }

    String matchedVariableName() {
        ByteString out = scratch();
        appendName(matchedVariable, matchedName, matchedField, out);
        return out.toString();
    }

    private int addName(Variable variable, int name, @Nullable FieldName field) {
        ByteString out = scratch();
        appendName(variable, name, field, out);
        return store.add(out.array(), 0, out.length());
    }

    private void appendName(Variable variable, int name, @Nullable FieldName field, ByteString out) {
        out.append(variable.name());
        if (field != null) {
            out.append(':');
            out.append(field.bytes());
        } else if (name >= 0) {
            out.append(':');
            append(name, out);
        }
    }

    void matched(Variable variable, int name, @Nullable FieldName field, int value) {
        matchedVariable = variable;
        matchedName = name;
        matchedField = field;
        matchedValue = value;
        if (matched.size < limits.arguments()) {
            matched.add(variable, name, field, value);
        }
    }

    @Override
    public void place(@Nullable GeoPlace place) {
        FieldTable fields = geo == null ? new FieldTable(limits) : geo;
        geo = fields;
        kept[Variable.GEO.index()] = fields;
        fields.clear();
        for (int i = 0; place != null && i < place.size(); i++) {
            fields.set(place.name(i), store.add(place.value(i)));
        }
    }

    private @Nullable Table table(Variable variable) {
        return switch (variable) {
            case ARGS_GET, ARGS_GET_NAMES -> argsGet;
            case ARGS_POST, ARGS_POST_NAMES -> argsPost;
            case REQUEST_HEADERS, REQUEST_HEADERS_NAMES -> requestHeaders;
            case REQUEST_COOKIES, REQUEST_COOKIES_NAMES -> requestCookies;
            case RESPONSE_HEADERS, RESPONSE_HEADERS_NAMES -> responseHeaders;
            case FILES, FILES_NAMES, MULTIPART_FILENAME, MULTIPART_NAME -> files;
            case FILES_SIZES -> fileSizes;
            case MULTIPART_PART_HEADERS -> partHeaders;
            default -> null;
        };
    }

    private static boolean isNames(Variable variable) {
        return switch (variable) {
            case ARGS_NAMES, ARGS_GET_NAMES, ARGS_POST_NAMES, REQUEST_HEADERS_NAMES, REQUEST_COOKIES_NAMES,
                    RESPONSE_HEADERS_NAMES,
                    FILES_NAMES, MULTIPART_NAME, MATCHED_VARS_NAMES ->
                true;
            default -> false;
        };
    }

    private @Nullable FieldTable fields(Variable variable) {
        return variable == Variable.TX ? tx : kept[variable.index()];
    }

    /// Adds the values of a target that are not excluded.
    void collect(RuleTarget target, RuleTarget[] exclusions, @Nullable RuleTarget[] removed, int removedCount, Candidates out) {
        int before = out.size;
        Variable variable = target.variable;
        switch (variable) {
            case ARGS, ARGS_NAMES -> {
                members(target, argsGet, exclusions, removed, removedCount, out);
                members(target, argsPost, exclusions, removed, removedCount, out);
            }
            case TX, GEO, IP, SESSION, GLOBAL, USER, RESOURCE -> {
                FieldTable fields = fields(variable);
                if (fields != null) {
                    fieldsOf(target, fields, exclusions, removed, removedCount, out);
                }
            }
            case XML -> {
                if (target.field != null && target.field.equals(XML_TEXT)) {
                    if (xmlText >= 0 && !isExcluded(variable, -1, XML_TEXT, exclusions, removed, removedCount)) {
                        out.add(variable, -1, null, xmlText);
                    }
                } else if (!isExcluded(variable, -1, XML_ATTRIBUTES, exclusions, removed, removedCount)) {
                    for (int i = 0; i < xmlAttributes.size; i++) {
                        out.add(variable, -1, null, xmlAttributes.values[i]);
                    }
                }
            }
            case MATCHED_VARS, MATCHED_VARS_NAMES -> {
                for (int i = 0; i < matched.size; i++) {
                    int name = addName(matched.variables[i], matched.names[i], matched.fields[i]);
                    if (target.wants(store, name) && !isExcluded(variable, name, null, exclusions, removed, removedCount)) {
                        out.add(variable, name, null, variable == Variable.MATCHED_VARS ? matched.values[i] : name);
                    }
                }
            }
            default -> {
                Table table = table(variable);
                if (table != null) {
                    members(target, table, exclusions, removed, removedCount, out);
                } else {
                    int value = scalar(variable);
                    if (value >= 0 && !isExcluded(variable, -1, null, exclusions, removed, removedCount)) {
                        out.add(variable, -1, null, value);
                    }
                }
            }
        }
        if (target.count) {
            int count = out.size - before;
            out.size = before;
            out.add(variable, -1, target.field, store.addNumber(count));
        }
    }

    private void members(RuleTarget target, Table table, RuleTarget[] exclusions, @Nullable RuleTarget[] removed,
            int removedCount,
            Candidates out) {
        boolean names = isNames(target.variable);
        for (int i = 0; i < table.size; i++) {
            int name = table.names[i];
            if (target.wants(store, name) && !isExcluded(target.variable, name, null, exclusions, removed, removedCount)) {
                out.add(target.variable, name, null, names ? name : table.values[i]);
            }
        }
    }

    private void fieldsOf(RuleTarget target, FieldTable fields, RuleTarget[] exclusions, @Nullable RuleTarget[] removed,
            int removedCount, Candidates out) {
        if (target.field != null) {
            int value = fields.get(target.field);
            if (value >= 0 && !isExcluded(target.variable, -1, target.field, exclusions, removed, removedCount)) {
                out.add(target.variable, -1, target.field, value);
            }
            return;
        }
        for (int i = 0; i < fields.size; i++) {
            FieldName name = fields.names[i];
            if (name != null && fields.values[i] >= 0 && target.wants(name)
                    && !isExcluded(target.variable, -1, name, exclusions, removed, removedCount)) {
                out.add(target.variable, -1, name, fields.values[i]);
            }
        }
    }

    /// Whether one of the first `count` targets covers a value.
    boolean isRemoved(Candidates candidates, int index, @Nullable RuleTarget[] removed, int count) {
        Variable variable = candidates.variables[index];
        FieldName field = candidates.fields[index];
        if (variable == Variable.XML) {
            field = candidates.values[index] == xmlText ? XML_TEXT : XML_ATTRIBUTES;
        }
        return isExcluded(variable, candidates.names[index], field, NO_EXCLUSIONS, removed, count);
    }

    private boolean isExcluded(Variable variable, int name, @Nullable FieldName field, RuleTarget[] exclusions,
            @Nullable RuleTarget[] removed, int removedCount) {
        for (RuleTarget exclusion : exclusions) {
            if (excludes(exclusion, variable, name, field)) {
                return true;
            }
        }
        for (int i = 0; i < removedCount; i++) {
            RuleTarget exclusion = removed[i];
            if (exclusion != null && excludes(exclusion, variable, name, field)) {
                return true;
            }
        }
        return false;
    }

    private boolean excludes(RuleTarget exclusion, Variable variable, int name, @Nullable FieldName field) {
        if (exclusion.variable != variable) {
            return false;
        }
        return exclusion.wantsAll() || (field == null ? exclusion.wants(store, name) : exclusion.wants(field));
    }

    void addArgument(Table table, byte[] name, int nameFrom, int nameTo, byte[] value, int valueFrom, int valueTo, int limit) {
        if (argsGet.size + argsPost.size >= Math.min(limit, limits.arguments())) {
            throw new LimitReached("arguments");
        }
        table.add(store.addShared(name, nameFrom, nameTo), store.addShared(value, valueFrom, valueTo));
    }

    @Override
    public ByteString scratch() {
        scratch.clear();
        return scratch;
    }

    @Override
    public void append(Variable variable, FieldName key, ByteString out) {
        switch (variable) {
            case RULE -> appendRule(key, out);
            case TX, GEO, IP, SESSION, GLOBAL, USER, RESOURCE -> {
                FieldTable fields = fields(variable);
                append(fields == null ? -1 : fields.get(key), out);
            }
            case ARGS, ARGS_NAMES -> {
                int value = first(argsGet, key, isNames(variable));
                append(value >= 0 ? value : first(argsPost, key, isNames(variable)), out);
            }
            case XML -> append(xmlText, out);
            case MATCHED_VAR_NAME -> {
                if (matchedValue >= 0) {
                    appendName(matchedVariable, matchedName, matchedField, out);
                }
            }
            default -> {
                Table table = table(variable);
                append(table == null ? scalar(variable) : first(table, key, isNames(variable)), out);
            }
        }
    }

    private int first(Table table, FieldName key, boolean names) {
        for (int i = 0; i < table.size; i++) {
            if (key.isEmpty() || store.equalsIgnoreCase(table.names[i], key.bytes())) {
                return names ? table.names[i] : table.values[i];
            }
        }
        return -1;
    }

    private void appendRule(FieldName key, ByteString out) {
        Rule current = rule;
        if (current == null) {
            return;
        }
        switch (key.toString()) {
            case "id" -> out.append(Long.toString(current.id));
            case "severity" -> out.append(current.severity < 0 ? "" : Integer.toString(current.severity));
            case "msg" -> {
                if (current.message != null) {
                    current.message.expand(this, out);
                }
            }
            case "logdata" -> {
                if (current.data != null) {
                    current.data.expand(this, out);
                }
            }
            default -> {
            }
        }
    }
}
