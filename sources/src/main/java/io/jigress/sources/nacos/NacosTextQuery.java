package io.jigress.sources.nacos;

import com.alibaba.nacos.api.config.remote.request.ConfigQueryRequest;
import com.alibaba.nacos.api.config.remote.response.ConfigQueryResponse;
import com.alibaba.nacos.api.exception.NacosException;

/// Reads texts (Nacos configurations) of one namespace. Every request waits for the server.
///
/// @param namespace the id
record NacosTextQuery(NacosConnection connection, NacosLogin login, String namespace) {
    private static final String PUBLIC = "public";
    private static final long REQUEST_MILLIS = 3000;

    /// In the public namespace also where libraries of Nacos 3 write: they name this namespace, those of Nacos 2 do not, and on a server of version 2
    /// these are two namespaces.
    ///
    /// @throws NacosException with [ConfigQueryResponse#CONFIG_NOT_FOUND] when there is no such text
    String read(NacosTexts.Followed text) throws NacosException {
        if (!namespace.equals(PUBLIC)) {
            return read(text, namespace);
        }
        try {
            return read(text, "");
        } catch (NacosException e) {
            if (e.getErrCode() != ConfigQueryResponse.CONFIG_NOT_FOUND) {
                throw e;
            }
            return read(text, PUBLIC);
        }
    }

    private String read(NacosTexts.Followed text, String tenant) throws NacosException {
        ConfigQueryRequest request = ConfigQueryRequest.build(text.dataId(), text.group(), tenant);
        request.putAllHeader(login.configFields(tenant, text.group()));
        request.putHeader("app", "jigress");
        return String.valueOf(connection.request(request, ConfigQueryResponse.class, REQUEST_MILLIS).getContent());
    }
}
