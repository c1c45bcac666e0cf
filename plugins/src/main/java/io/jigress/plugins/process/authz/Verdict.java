package io.jigress.plugins.process.authz;

import com.google.protobuf.Struct;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.QueryParameter;
import java.util.List;

/// What a server has said about a request.
sealed interface Verdict {

    /// The request goes on.
    ///
    /// @param headers changes of the request's fields
    /// @param added fields that are added to the request's
    /// @param remove fields to remove from the request
    /// @param responseHeaders changes of the response's fields
    record Allowed(List<HeaderValueOption> headers, List<HeaderValueOption> added, List<String> remove,
            List<HeaderValueOption> responseHeaders,
            List<QueryParameter> setParameters, List<String> removeParameters, Struct metadata) implements Verdict {

        boolean changesRequest() {
            return !headers.isEmpty() || !added.isEmpty() || !remove.isEmpty() || !setParameters.isEmpty()
                    || !removeParameters.isEmpty();
        }
    }

    /// The client is answered.
    record Denied(int status, List<HeaderValueOption> headers, byte[] body, Struct metadata) implements Verdict {}

    /// The server has not decided.
    ///
    /// @param why for the log
    record Failed(String why) implements Verdict {}
}
