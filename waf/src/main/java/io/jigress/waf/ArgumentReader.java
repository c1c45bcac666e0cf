package io.jigress.waf;

import io.jigress.waf.body.PairSink;
import io.jigress.waf.body.UrlEncoded;

/// Adds the arguments of a target or a body to the variables.
final class ArgumentReader {
    private final PairSink getArguments;
    private final PairSink postArguments;
    private byte[] decoded = new byte[1024];

    ArgumentReader(Values values, RuleSettings settings) {
        getArguments = (name, nameFrom, nameTo, value, valueFrom, valueTo) -> values.addArgument(values.argsGet, name, nameFrom,
                nameTo, value, valueFrom, valueTo, settings.argumentsLimit());
        postArguments = (name, nameFrom, nameTo, value, valueFrom, valueTo) -> values.addArgument(values.argsPost, name, nameFrom,
                nameTo, value, valueFrom, valueTo, settings.argumentsLimit());
    }

    /// Receives the arguments of a body.
    PairSink posted() {
        return postArguments;
    }

    /// Those of a query.
    void ofTarget(byte[] bytes, int from, int to) {
        read(getArguments, bytes, from, to);
    }

    /// Those of a form.
    void ofForm(byte[] bytes, int from, int to) {
        read(postArguments, bytes, from, to);
    }

    private void read(PairSink sink, byte[] bytes, int from, int to) {
        if (decoded.length < to - from) {
            decoded = new byte[Math.max(to - from, decoded.length * 2)];
        }
        UrlEncoded.parse(bytes, from, to, decoded, sink);
    }
}
