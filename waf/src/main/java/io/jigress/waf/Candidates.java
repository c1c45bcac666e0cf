package io.jigress.waf;

import io.jigress.waf.model.FieldName;
import io.jigress.waf.model.Variable;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The values that a rule examines, each with its name.
final class Candidates {
    Variable[] variables = new Variable[16];
    /// The index of the name in the store, or -1.
    int[] names = new int[16];
    /// The name of a member of TX and the like.
    @Nullable FieldName[] fields = new FieldName[16];
    int[] values = new int[16];
    int size;

    void clear() {
        size = 0;
    }

    void add(Variable variable, int name, @Nullable FieldName field, int value) {
        if (size == values.length) {
            variables = Arrays.copyOf(variables, size * 2);
            names = Arrays.copyOf(names, size * 2);
            fields = Arrays.copyOf(fields, size * 2);
            values = Arrays.copyOf(values, size * 2);
        }
        variables[size] = variable;
        names[size] = name;
        fields[size] = field;
        values[size++] = value;
    }
}
