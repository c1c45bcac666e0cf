package io.jigress.grpcjson.descriptor;

import java.util.List;

/// A method of a service.
///
/// @param service the full name of its service
/// @param rules how it is called over HTTP, as its definition says (google.api.http); empty when it does not
public record Method(String service, String name, MessageType input, MessageType output, boolean clientStreaming,
        boolean serverStreaming, List<HttpRule> rules) {

    public Method {
        rules = List.copyOf(rules);
    }

    /// The path of its calls.
    public String path() {
        return "/" + service + "/" + name;
    }

    public String fullName() {
        return service + "." + name;
    }

    public Method withRules(List<HttpRule> others) {
        return new Method(service, name, input, output, clientStreaming, serverStreaming, others);
    }
}
