package io.jigress.sources.nacos;

import com.alibaba.nacos.api.config.remote.request.ConfigQueryRequest;
import com.alibaba.nacos.api.config.remote.response.ConfigQueryResponse;
import com.alibaba.nacos.api.exception.NacosException;

/// Reads texts (Nacos configurations) of one namespace. Every request waits for the server.
///
/// @param namespace the id
record NacosTextQuery(NacosConnection connection, NacosLogin login, String namespace) {
    /// A text of the public namespace may be in two places of a server of version 2: libraries of Nacos 2 leave the namespace out, those of Nacos 3 name
    /// it, and such a server takes these for two namespaces.
    ///
    /// @throws NacosException with [ConfigQueryResponse#CONFIG_NOT_FOUND] when there is no such text
    String read(NacosTexts.Followed text) throws NacosException {
        if (!namespace.equals(NacosConnection.PUBLIC)) {
            return read(text, namespace);
        }
        try {
            return read(text, "");
        } catch (NacosException e) {
            if (e.getErrCode() != ConfigQueryResponse.CONFIG_NOT_FOUND) {
                throw e;
            }
            return read(text, NacosConnection.PUBLIC);
        }
    }

    private String read(NacosTexts.Followed text, String tenant) throws NacosException {
        ConfigQueryRequest request = ConfigQueryRequest.build(text.dataId(), text.group(), tenant);
        request.putAllHeader(login.configFields(tenant, text.group()));
        request.putHeader("app", "jigress");
        return String.valueOf(connection.request(request, ConfigQueryResponse.class).getContent());
    }
}
