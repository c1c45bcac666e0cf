package io.jigress.plugins.wasm.abi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IstioNamesTest {

    @ParameterizedTest
    @CsvSource({"HTTPRoute default/shop rule 0, default/shop", "Ingress default/shop default backend, default/shop",
        "HTTPRoute default/shop, default/shop", "-, -"})
    void aRouteIsNamedByItsObject(String name, String route) {
        assertThat(IstioNames.route(name)).isEqualTo(route);
    }

    @ParameterizedTest
    @CsvSource({"Service default/cart:80, outbound|80||cart.default.svc.cluster.local",
        "Service shop/cart:53/udp, outbound|53||cart.shop.svc.cluster.local",
        "ServiceImport shop/cart:8080, outbound|8080||cart.shop.svc.clusterset.local",
        "McpBridge higress-system/default orders.DEFAULT-GROUP.public.nacos, outbound|80||orders.DEFAULT-GROUP.public.nacos",
        "McpBridge higress-system/default orders.G.public.nacos subset v1, outbound|80|v1|orders.G.public.nacos",
        "Backend default/blue, Backend default/blue", "DubboService default/greeter, DubboService default/greeter"})
    void aClusterIsNamedByItsHostAndPort(String name, String cluster) {
        assertThat(IstioNames.cluster(name)).isEqualTo(cluster);
    }

    @ParameterizedTest
    @CsvSource({"outbound|80||redis.static, '', http", "outbound|6379||redis.static, redis://, tcp",
        "outbound|9090||cart.shop.svc.cluster.local, '', port 9090", "outbound|81||cart.shop.svc.cluster.local, '', ",
        "outbound|80|v1|redis.static, '', ", "outbound|80||other.static, '', ", "redis.static, '', ", "outbound|80, '', ",
        "outbound|9090||cart.shop.svc.cluster.local, grpc://, port 9090"})
    void aCallNamesAHostAndMaybeItsPort(String name, String scheme, String cluster) {
        Map<String, String> backends = Map.of("redis.static", "http", "redis://redis.static", "tcp",
                "cart.shop.svc.cluster.local:9090", "port 9090");
        assertThat(IstioNames.called(name, scheme, backends)).isEqualTo(cluster);
    }
}
