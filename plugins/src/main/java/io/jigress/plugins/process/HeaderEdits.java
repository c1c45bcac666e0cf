package io.jigress.plugins.process;

import com.google.protobuf.ByteString;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Applies the changes that a server asks for to the fields of a message, as far as the rules and the gateway allow them.
@SuppressWarnings("deprecation") // the field `append`, which servers still set
public final class HeaderEdits {
    /// A server that asks for more changes of one message is wrong.
    private static final int MAX_EDITS = 1000;

    private final MessageFields fields;
    private final MutationRules rules;
    private final LongConsumer rejected;
    private final Style style;

    /// In what the protocols differ.
    public enum Style {
        PLAIN,
        /// The method may be set whatever the rules say: the whole message is replaced.
        REPLACING,
        /// The deprecated `append: true` adds to the value of a field that exists, after a comma, and adds no field.
        JOINING
    }

    /// @param rejected is given the number of changes that were refused
    public HeaderEdits(MessageFields fields, MutationRules rules, LongConsumer rejected, Style style) {
        this.fields = fields;
        this.rules = rules;
        this.rejected = rejected;
        this.style = style;
    }

    /// Removes fields.
    ///
    /// @return why the request fails; null when it goes on
    public @Nullable String remove(List<String> names) {
        if (names.size() > MAX_EDITS) {
            return tooMany(names.size());
        }
        for (String name : names) {
            String lower = name.toLowerCase(Locale.ROOT);
            if (!MessageFields.isName(lower)) {
                rejected.accept(1);
                return "the name of a field to remove is not valid";
            }
            if (!rules.mayRemove(lower) || !fields.remove(lower)) {
                rejected.accept(1);
                if (rules.isErrors()) {
                    return "the field " + lower + " may not be removed";
                }
            }
        }
        return null;
    }

    /// Sets and adds fields, with the action of each.
    ///
    /// @return why the request fails; null when it goes on
    public @Nullable String set(List<HeaderValueOption> options) {
        if (options.size() > MAX_EDITS) {
            return tooMany(options.size());
        }
        for (HeaderValueOption option : options) {
            if (!option.hasHeader()) {
                continue;
            }
            String name = option.getHeader().getKey().toLowerCase(Locale.ROOT);
            String value = value(option.getHeader());
            if (!MessageFields.isName(name) || !MessageFields.isValue(value)) {
                rejected.accept(1);
                return "a field to set has a name or a value that is not valid";
            }
            if (!apply(name, value, action(option), style == Style.JOINING && option.hasAppend())) {
                rejected.accept(1);
                if (rules.isErrors()) {
                    return "the field " + name + " may not be set";
                }
            }
        }
        return null;
    }

    private static String tooMany(int count) {
        return count + " changes of fields in one message (expected: at most " + MAX_EDITS + ")";
    }

    /// @return false when the change was refused
    private boolean apply(String name, String value, HeaderAppendAction action, boolean joins) {
        boolean present = fields.contains(name);
        boolean skipped = action == HeaderAppendAction.ADD_IF_ABSENT && present
                || action == HeaderAppendAction.OVERWRITE_IF_EXISTS && !present
                || action == HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD && joins && !present;
        boolean appends = action == HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD && present;
        if (skipped) {
            return true;
        }
        if (!rules.maySet(name) && !(style == Style.REPLACING && name.equals(":method")) || appends && name.startsWith(":")) {
            return false;
        }
        return !appends ? fields.set(name, value) : joins ? fields.join(name, value) : fields.add(name, value);
    }

    /// What is done with a field that exists: the deprecated `append` decides where it is set.
    public static HeaderAppendAction action(HeaderValueOption option) {
        if (option.hasAppend()) {
            return option.getAppend().getValue()
                    ? HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD
                    : HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD;
        }
        return option.getAppendAction();
    }

    /// The value as Latin-1 text, whose characters are its bytes.
    public static String value(HeaderValue header) {
        ByteString bytes = header.getRawValue().isEmpty() ? header.getValueBytes() : header.getRawValue();
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }
}
