/// The rules of google.api.http: which method a request calls, and where the parts of the request belong in the message. Start with [RuleTable].
@NullMarked
package io.jigress.grpcjson.rule;

import org.jspecify.annotations.NullMarked;
