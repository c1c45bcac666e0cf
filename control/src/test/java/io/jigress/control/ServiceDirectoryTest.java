package io.jigress.control;

import static io.jigress.control.Manifests.service;
import static io.jigress.control.Manifests.slice;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.config.Endpoint;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.EndpointRef;
import io.jigress.config.Endpoints;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ServiceDirectoryTest {
    private final ServiceDirectory directory = new ServiceDirectory();

    @Test
    void anUnknownServiceIsUnknownUntilItComes() {
        List<Endpoints> heard = new ArrayList<>();
        watch("default/cart:80", heard);
        assertThat(heard).containsExactly(Endpoints.UNKNOWN);

        put(service("cart", "{'ports':[{'port':80}]}"));
        assertThat(heard.getLast()).isEqualTo(new Endpoints(List.of(), true));
        put(slice("cart-1", "cart", "'ports':[{'port':9000}],'endpoints':[{'addresses':['10.0.0.1']}]"));
        assertThat(heard.getLast()).isEqualTo(new Endpoints(List.of(Endpoint.of("10.0.0.1", 9000)), true));
        remove(service("cart", "{}"));
        assertThat(heard.getLast()).isEqualTo(Endpoints.UNKNOWN);
    }

    @Test
    void findsThePortByNumberAndByName() {
        put(service("cart",
                "{'ports':[{'name':'http','port':80,'targetPort':'web'},{'name':'admin','port':81,'targetPort':9001}]}"));
        put(slice("cart-1", "cart",
                "'ports':[{'name':'http','port':9000},{'name':'admin','port':9001}],'endpoints':[{'addresses':['10.0.0.1']}]"));
        assertThat(now("default/cart:80")).isEqualTo(now("default/cart:http")).containsExactly(Endpoint.of("10.0.0.1", 9000));
        assertThat(now("default/cart:admin")).containsExactly(Endpoint.of("10.0.0.1", 9001));
        assertThat(now("default/cart:82")).isEmpty();
    }

    @Test
    void aPortOfUdpIsAnotherOneThanThatOfTcpWithItsNumber() {
        put(service("dns", "{'ports':[{'name':'t','port':53,'targetPort':5300},{'name':'u','port':53,'protocol':'UDP'}]}"));
        put(slice("dns-1", "dns", "'ports':[{'name':'t','port':5300},{'name':'u','port':5353,'protocol':'UDP'}],"
                + "'endpoints':[{'addresses':['10.0.0.1']}]"));
        assertThat(now("default/dns:53")).containsExactly(Endpoint.of("10.0.0.1", 5300));
        assertThat(now("default/dns:53/udp")).containsExactly(Endpoint.of("10.0.0.1", 5353));
        assertThat(now("default/dns:54/udp")).isEmpty();
    }

    @Test
    void theOnlyPortOfAProtocolNeedsNoName() {
        put(service("dns", "{'ports':[{'name':'t','port':53},{'name':'u','port':53,'protocol':'UDP'}]}"));
        put(slice("dns-1", "dns", "'ports':[{'port':5353,'protocol':'UDP'}],'endpoints':[{'addresses':['10.0.0.1']}]"));
        assertThat(now("default/dns:53/udp")).containsExactly(Endpoint.of("10.0.0.1", 5353));
        assertThat(now("default/dns:53")).isEmpty();
    }

    @Test
    void aSliceWithoutPortsUsesTheTargetPort() {
        put(service("cart", "{'clusterIP':'None','ports':[{'port':80,'targetPort':8080}]}"));
        put(slice("cart-1", "cart", "'endpoints':[{'addresses':['10.0.0.1']}]"));
        assertThat(now("default/cart:80")).containsExactly(Endpoint.of("10.0.0.1", 8080));
    }

    @Test
    void theOnlyPortOfASliceNeedsNoName() {
        put(service("cart", "{'ports':[{'name':'http','port':80}]}"));
        put(slice("cart-1", "cart", "'ports':[{'port':9000}],'endpoints':[{'addresses':['10.0.0.1']}]"));
        assertThat(now("default/cart:http")).containsExactly(Endpoint.of("10.0.0.1", 9000));
    }

    @Test
    void onlyReadyEndpointsCountUnlessAllAreLeaving() {
        put(service("cart", "{'ports':[{'port':80}]}"));
        String leaving = "{'addresses':['10.0.0.2'],'conditions':{'ready':false,'serving':true,'terminating':true}}";
        String dead = "{'addresses':['10.0.0.3'],'conditions':{'ready':false}}";
        put(slice("cart-1", "cart",
                "'ports':[{'port':80}],'endpoints':[{'addresses':['10.0.0.1'],'conditions':{}}," + leaving + "," + dead + "]"));
        assertThat(now("default/cart:80")).containsExactly(Endpoint.of("10.0.0.1", 80));
        put(slice("cart-1", "cart", "'ports':[{'port':80}],'endpoints':[" + leaving + "," + dead + "]"));
        assertThat(now("default/cart:80")).containsExactly(Endpoint.of("10.0.0.2", 80));
    }

    @Test
    void endpointsThatAreLeavingCountOnlyWhenNoneIsReady() {
        put(service("cart", "{'publishNotReadyAddresses':true,'ports':[{'port':80}]}"));
        String leaving = "{'addresses':['10.0.0.2'],'conditions':{'ready':true,'terminating':true}}";
        put(slice("cart-1", "cart", "'ports':[{'port':80}],'endpoints':[{'addresses':['10.0.0.1']}," + leaving + "]"));
        assertThat(now("default/cart:80")).containsExactly(Endpoint.of("10.0.0.1", 80));
        put(slice("cart-1", "cart", "'ports':[{'port':80}],'endpoints':[" + leaving + "]"));
        assertThat(now("default/cart:80")).containsExactly(Endpoint.of("10.0.0.2", 80));
    }

    @Test
    void anEndpointThatIsWrongGetsNoRequests() {
        put(service("cart", "{'ports':[{'port':80}]}"));
        put(slice("cart-1", "cart",
                "'ports':[{'port':80}],'endpoints':[{'addresses':['10.0.0.1'],'conditions':{'ready':'false'}},"
                        + "{'addresses':['10.0.0.2'],'conditions':{'raedy':false}},{'addresses':['here']},{'addresses':['10.0.0.3']}]"));
        assertThat(now("default/cart:80")).containsExactly(Endpoint.of("10.0.0.3", 80));
    }

    @Test
    void portsOfASliceWithoutNameOrNumberAreFoundByTheServicesOwn() {
        put(service("cart",
                "{'ports':[{'name':'http','port':80,'targetPort':8080},{'name':'admin','port':81,'targetPort':9001}]}"));
        put(slice("cart-1", "cart", "'ports':[{'port':8080},{'port':9001}],'endpoints':[{'addresses':['10.0.0.1']}]"));
        assertThat(now("default/cart:http")).containsExactly(Endpoint.of("10.0.0.1", 8080));
        assertThat(now("default/cart:admin")).containsExactly(Endpoint.of("10.0.0.1", 9001));
        put(slice("cart-1", "cart", "'ports':[{'name':'http'}],'endpoints':[{'addresses':['10.0.0.1']}]"));
        assertThat(now("default/cart:http")).containsExactly(Endpoint.of("10.0.0.1", 8080));

        put(service("plain", "{'ports':[{'port':80}]}"));
        put(slice("plain-1", "plain", "'ports':[{'name':'web','port':8080}],'endpoints':[{'addresses':['10.0.0.2']}]"));
        assertThat(now("default/plain:80")).containsExactly(Endpoint.of("10.0.0.2", 8080));
    }

    @Test
    void aDualStackServiceUsesItsFirstFamily() {
        put(service("cart", "{'ipFamilies':['IPv6','IPv4'],'ports':[{'port':80}]}"));
        put(slice("cart-4", "cart", "'addressType':'IPv4','ports':[{'port':80}],'endpoints':[{'addresses':['10.0.0.1']}]"));
        assertThat(now("default/cart:80")).containsExactly(Endpoint.of("10.0.0.1", 80));
        put(slice("cart-6", "cart",
                "'addressType':'IPv6','ports':[{'port':80}],'endpoints':[{'addresses':['fd00::1'],'zone':'a'}]"));
        assertThat(now("default/cart:80")).containsExactly(new Endpoint("fd00::1", 80, 1, "a", Map.of()));
    }

    @Test
    void slicesGiveTheSameEndpointsInWhateverOrderTheyArrive() {
        Resource one = slice("cart-1", "cart",
                "'ports':[{'port':80}],'endpoints':[{'addresses':['10.0.0.2']},{'addresses':['10.0.0.9']}]");
        Resource two = slice("cart-2", "cart",
                "'ports':[{'port':80}],'endpoints':[{'addresses':['10.0.0.1']},{'addresses':['10.0.0.9']}]");
        put(two);
        put(one);
        put(service("cart", "{'ports':[{'port':80}]}"));
        assertThat(now("default/cart:80")).containsExactly(Endpoint.of("10.0.0.2", 80), Endpoint.of("10.0.0.9", 80),
                Endpoint.of("10.0.0.1", 80));
    }

    @Test
    void aSliceThatMovesToAnotherServiceLeavesTheFirst() {
        put(service("cart", "{'ports':[{'port':80}]}"));
        put(service("shop", "{'ports':[{'port':80}]}"));
        put(slice("x", "cart", "'ports':[{'port':80}],'endpoints':[{'addresses':['10.0.0.1']}]"));
        put(slice("x", "shop", "'ports':[{'port':80}],'endpoints':[{'addresses':['10.0.0.1']}]"));
        assertThat(now("default/cart:80")).isEmpty();
        assertThat(now("default/shop:80")).hasSize(1);
    }

    private void cart(String cluster, String addresses) {
        put(service("cart", "{'ports':[{'port':80}]}").in(cluster));
        put(slice("cart-1", "cart", "'ports':[{'port':80}],'endpoints':[{'addresses':[" + addresses + "]}]").in(cluster));
    }

    private static Resource multicluster(String kind, String spec) {
        return Manifests.resource("multicluster.x-k8s.io", kind, "cart", "a.yaml", "{'spec':" + spec + "}");
    }

    @Test
    void servicesOfOneNameInTwoClustersAreTwo() {
        cart("east", "'10.0.0.1'");
        cart("west", "'10.1.0.1'");
        assertThat(now("default/cart@east:80")).containsExactly(Endpoint.of("10.0.0.1", 80));
        assertThat(now("default/cart@west:80")).containsExactly(Endpoint.of("10.1.0.1", 80));
        assertThat(now("default/cart:80")).isEmpty();
    }

    @Test
    void joinedOnesAreOneSet() {
        List<Endpoints> heard = new ArrayList<>();
        watch("default/cart@east+*:80", heard);
        cart("west", "'10.1.0.1'");
        assertThat(heard.getLast().known()).isFalse();
        cart("east", "'10.0.0.1'");
        assertThat(heard.getLast().endpoints()).containsExactly(Endpoint.of("10.0.0.1", 80), Endpoint.of("10.1.0.1", 80));
        remove(slice("cart-1", "cart", "").in("west"));
        assertThat(heard.getLast().endpoints()).containsExactly(Endpoint.of("10.0.0.1", 80));
    }

    @Test
    void thoseOfOtherClustersComeAfterTheOwn() {
        List<Endpoints> heard = new ArrayList<>();
        watch("default/cart@east,*:80", heard);
        cart("east", "'10.0.0.1'");
        assertThat(heard.getLast().endpoints()).containsExactly(Endpoint.of("10.0.0.1", 80));
        cart("west", "'10.1.0.1'");
        assertThat(heard.getLast().endpoints()).containsExactly(Endpoint.of("10.0.0.1", 80),
                Endpoint.of("10.1.0.1", 80).after(1));
        cart("east", "");
        assertThat(heard.getLast().endpoints()).containsExactly(Endpoint.of("10.1.0.1", 80));
        cart("east", "'10.0.0.2','10.1.0.1'");
        assertThat(heard.getLast().endpoints()).containsExactly(Endpoint.of("10.0.0.2", 80), Endpoint.of("10.1.0.1", 80));
    }

    @Test
    void aServiceImportStandsForTheClustersThatExportIt() {
        List<Endpoints> heard = new ArrayList<>();
        watch("import/default/cart@east:80", heard);
        assertThat(heard.getLast().known()).isFalse();
        put(multicluster("ServiceImport", "{'ports':[{'port':80}]}").in("east"));
        cart("east", "'10.0.0.1'");
        cart("west", "'10.1.0.1'");
        cart("north", "'10.2.0.1'");
        assertThat(heard.getLast()).isEqualTo(new Endpoints(List.of(), true));
        put(multicluster("ServiceExport", "{}").in("west"));
        put(multicluster("ServiceExport", "{}").in("north"));
        assertThat(heard.getLast().endpoints()).containsExactly(Endpoint.of("10.2.0.1", 80), Endpoint.of("10.1.0.1", 80));
        remove(multicluster("ServiceExport", "{}").in("north"));
        assertThat(heard.getLast().endpoints()).containsExactly(Endpoint.of("10.1.0.1", 80));
    }

    @Test
    void slicesThatAControllerImportedComeFirst() {
        put(multicluster("ServiceImport", "{'ports':[{'port':80}]}"));
        put(multicluster("ServiceExport", "{}"));
        cart("", "'10.0.0.1'");
        assertThat(now("import/default/cart:80")).containsExactly(Endpoint.of("10.0.0.1", 80));
        put(Manifests.resource("discovery.k8s.io", "EndpointSlice", "imported", "a.yaml",
                "{'metadata':{'labels':{'multicluster.kubernetes.io/service-name':'cart'}},'ports':[{'port':8080}],"
                        + "'endpoints':[{'addresses':['10.9.0.1']}]}"));
        assertThat(now("import/default/cart:80")).containsExactly(Endpoint.of("10.9.0.1", 8080));
        assertThat(now("default/cart:80")).containsExactly(Endpoint.of("10.0.0.1", 80));
    }

    @Test
    void aClosedWatchHearsNothingAndAnUnmovedOneIsNotTold() {
        put(service("cart", "{'ports':[{'port':80}]}"));
        List<Endpoints> closed = new ArrayList<>();
        List<Endpoints> unmoved = new ArrayList<>();
        watch("default/cart:80", closed).close();
        watch("default/cart:81", unmoved);
        put(slice("cart-1", "cart", "'ports':[{'port':80}],'endpoints':[{'addresses':['10.0.0.1']}]"));
        assertThat(closed).hasSize(1);
        assertThat(unmoved).hasSize(1);
    }

    @Test
    void brokenObjectsCostOnlyThemselves() {
        put(service("cart", "{'ports':[{'port':'no'},{'port':80}]}"));
        put(slice("x", "cart", "'ports':7,'endpoints':[3,{'addresses':'no'}]"));
        put(slice("y", "cart", "'ports':[{'port':80}],'endpoints':[{'addresses':['10.0.0.1']}]"));
        assertThat(now("default/cart:80")).containsExactly(Endpoint.of("10.0.0.1", 80));
    }

    @Test
    void refusesNamesOfAnotherDirectory() {
        assertThatThrownBy(() -> directory.watch(new EndpointRef.Named("nacos", "a/b:80"), _ -> {}))
                .hasMessageContaining("nacos");
    }

    private void put(Resource resource) {
        directory.changed(Map.of(resource.key(), resource));
    }

    private void remove(Resource resource) {
        Map<ResourceKey, @Nullable Resource> gone = new HashMap<>();
        gone.put(resource.key(), null);
        directory.changed(gone);
    }

    private EndpointDirectory.Watch watch(String name, List<Endpoints> heard) {
        return directory.watch(new EndpointRef.Named("kubernetes", name), heard::add);
    }

    private List<Endpoint> now(String name) {
        List<Endpoints> heard = new ArrayList<>();
        watch(name, heard).close();
        return heard.getFirst().endpoints();
    }
}
