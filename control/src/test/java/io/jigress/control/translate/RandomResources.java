package io.jigress.control.translate;

import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Kinds;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.random.RandomGenerator;

/// Random objects with few names and hosts, so that references and conflicts are frequent, and with valid and invalid fields.
final class RandomResources {
    private static final List<String> NAMESPACES = List.of("default", "other");
    private static final List<String> HOSTS = List.of("", "a.example", "b.example", "*.example", "x.a.example", "*.a.example",
            "Bad_Host:80");
    private final RandomGenerator random;

    RandomResources(RandomGenerator random) {
        this.random = random;
    }

    private String pick(List<String> of) {
        return of.get(random.nextInt(of.size()));
    }

    private String pick(String... of) {
        return of[random.nextInt(of.length)];
    }

    /// A new version of some object.
    Resource next() {
        return switch (random.nextInt(20)) {
            case 0 -> resource(Kinds.CORE, "Service", pick(NAMESPACES), pick("s1", "s2"), service());
            case 1 -> resource(Kinds.JIGRESS, "Backend", pick(NAMESPACES), pick("b1", "b2"), backend());
            case 2 -> resource(Kinds.CORE, "Namespace", "", pick(NAMESPACES), "");
            case 3 -> resource(Kinds.GATEWAY_API, "ReferenceGrant", pick(NAMESPACES), pick("g1", "g2"), grant());
            case 4 -> resource(Kinds.GATEWAY_API, "GatewayClass", "", pick("jigress", "mine"),
                    "'spec':{'controllerName':'" + pick("jigress.io/gateway-controller", "someone.else/controller") + "'}");
            case 5, 6 -> resource(Kinds.GATEWAY_API, "Gateway", pick(NAMESPACES), pick("m1", "m2"), gateway());
            case 7, 8 -> resource(Kinds.GATEWAY_API, "HTTPRoute", pick(NAMESPACES), pick("r1", "r2", "r3"), route());
            case 9 -> resource(Kinds.GATEWAY_API, "GRPCRoute", pick(NAMESPACES), pick("r1", "r2", "c1"), grpcRoute());
            case 10 -> resource(Kinds.NETWORKING, "Ingress", pick(NAMESPACES), pick("i1", "i2"), ingress());
            case 13 -> resource(Kinds.JIGRESS, "Registry", pick(NAMESPACES), pick("n1", "n2"), registry());
            case 14 -> resource(Kinds.CORE, "Secret", pick(NAMESPACES), "login",
                    "'stringData':{'username':'u'" + pick("", ",'password':'p'") + "}");
            case 15 -> resource(Kinds.CORE, "ConfigMap", pick(NAMESPACES), "c1",
                    "'data':{'" + pick("a.lua", "b.lua") + "':'" + pick("x", "y") + "'}");
            case 16 -> resource(Kinds.JIGRESS, "DubboService", pick(NAMESPACES), pick("d1", "d2"), dubboService());
            case 17 -> resource(Kinds.HIGRESS, "Http2Rpc", pick("default", "other", "higress-system"), pick("h1", "h2"), rpc());
            case 18, 19 -> {
                String kind = pick("TCPRoute", "TLSRoute", "UDPRoute");
                yield resource(Kinds.GATEWAY_API, kind, pick(NAMESPACES), pick("r1", "r2"), streamRoute(kind.equals("TLSRoute")));
            }
            case 12 -> random.nextInt(4) == 0
                    ? resource(Kinds.HIGRESS_EXTENSIONS, "WasmPlugin", pick("higress-system", "other"), pick("w1", "w2"),
                            "'spec':{'url':'" + pick("file:///x.wasm", "oci://higress-registry.example/plugins/key-rate-limit:1")
                                    + "','phase':'" + pick("AUTHN", "STATS", "ODD") + "','defaultConfig':{'query_per_second':"
                                    + pick("5", "'x'") + "}}")
                    : resource(Kinds.JIGRESS, "Plugin", pick(NAMESPACES), pick("p1", "p2", "p3"), plugin());
            case 11 -> resource(Kinds.JIGRESS, "Plugin", pick(NAMESPACES), pick("p1", "p2", "p3"), plugin());
            default -> resource(Kinds.JIGRESS, "TrafficPolicy", pick(NAMESPACES), pick("t1", "t2", "t3"), policy());
        };
    }

    private Resource resource(String group, String kind, String namespace, String name, String body) {
        long created = random.nextInt(3) * 1000L;
        String text = "{'kind':'" + kind + "','metadata':{'name':'" + name + "','generation':" + random.nextInt(1, 3)
                + ",'labels':{'team':'"
                + pick("red", "blue") + "'}" + (kind.equals("Ingress")
                        ? pick("", ",'annotations':{'higress.io/rpc-destination-name':'" + pick("h1", "h2") + "'}")
                        : "")
                + "}" + (body.isEmpty() ? "" : "," + body) + "}";
        return new Resource(new ResourceKey(group, kind, namespace, name), "v1", created, pick("x.yaml", "y.yaml"),
                text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    private String service() {
        return pick("'spec':{'ports':[{'name':'web','port':80}]}",
                "'spec':{'ports':[{'name':'web','port':80,'appProtocol':'kubernetes.io/h2c'}]}",
                "'spec':{'ports':[{'port':81}]}", "'spec':{'type':'ExternalName','externalName':'x.example'}",
                "'spec':{'ports':[{'name':'web','port':80},{'name':'u','port':80,'protocol':'UDP'}]}", "'spec':{'ports':7}");
    }

    private String backend() {
        return pick("'spec':{'endpoints':[{'address':'10.0.0.1','port':80}]}", "'spec':{'dns':{'host':'x.example','port':80}}",
                "'spec':{}", "'spec':{'protocol':'dubbo','endpoints':[{'address':'10.0.0.1','port':80}]}",
                "'spec':{'service':{'registry':'" + pick("n1", "n2") + "','name':'cart'"
                        + pick("", ",'registryNamespace':'other'", ",'group':'g'") + "}}");
    }

    private String dubboService() {
        return "'spec':{" + pick("'service':'x.Y',", "") + pick("'endpoints':[{'address':'10.0.0.1','port':80}],",
                "'backendRef':{'name':'" + pick("s1", "s2") + "','port':80" + pick("", ",'namespace':'other'") + "},",
                "'backendRef':{'kind':'Backend','name':'" + pick("b1", "b2") + "'},", "") + "'methods':[{'method':'m','path':'"
                + pick("/a", "/{b}x") + "'}]}";
    }

    private String rpc() {
        return pick("'spec':{'grpc':{}}",
                "'spec':{'dubbo':{'service':'x.Y','version':'1','methods':[{'serviceMethod':'m','httpPath':'"
                        + pick("/a", "b", "/{b}x") + "','httpMethods':['GET']}]}}");
    }

    private String grant() {
        if (random.nextInt(3) == 0) {
            return "'spec':{'from':[{'group':'jigress.io','kind':'Backend','namespace':'" + pick(NAMESPACES)
                    + "'}],'to':[{'group':'jigress.io','kind':'Registry'}]}";
        }
        return "'spec':{'from':[{'group':'gateway.networking.k8s.io','kind':'" + pick("HTTPRoute", "TCPRoute") + "','namespace':'"
                + pick(NAMESPACES)
                + "'}],'to':[{'kind':'Service'" + pick("", ",'name':'s1'") + "}]}";
    }

    private String gateway() {
        StringBuilder listeners = new StringBuilder();
        int count = random.nextInt(1, 3);
        for (int i = 0; i < count; i++) {
            listeners.append(i == 0 ? "" : ",").append("{'name':'l").append(i).append("','port':")
                    .append(pick("80", "8080", "81"))
                    .append(pick(",'protocol':'HTTP','hostname':'" + pick(HOSTS) + "'",
                            ",'protocol':'" + pick("HTTP", "HTTPS") + "','hostname':'" + pick(HOSTS) + "'",
                            ",'protocol':'" + pick("TCP", "UDP") + "'",
                            ",'protocol':'TLS','tls':{'mode':'Passthrough'},'hostname':'" + pick(HOSTS) + "'"))
                    .append(",'allowedRoutes':{'namespaces':").append(pick("{'from':'Same'}", "{'from':'All'}",
                            "{'from':'Selector','selector':{'matchLabels':{'team':'red'}}}"))
                    .append("}}");
        }
        return "'spec':{'gatewayClassName':'" + pick("jigress", "jigress", "jigress", "mine") + "','listeners':[" + listeners
                + "]"
                + pick("", "", ",'addresses':[{'value':'10.1.1.1'}]") + "}";
    }

    private String parent() {
        return "{'name':'" + pick("m1", "m2") + "'" + pick("", "", ",'namespace':'default'", ",'namespace':'other'")
                + pick("", "", ",'sectionName':'l0'", ",'port':80") + "}";
    }

    private String route() {
        StringBuilder rules = new StringBuilder();
        int count = random.nextInt(1, 4);
        for (int i = 0; i < count; i++) {
            rules.append(i == 0 ? "" : ",").append("{").append(pick("", "", "'name':'n" + i + "',")).append("'matches':[")
                    .append(match())
                    .append(pick("", "," + match())).append("],'filters':[").append(filter()).append("],'backendRefs':[")
                    .append(ref())
                    .append(pick("", "," + ref())).append("]}");
        }
        return "'spec':{'parentRefs':[" + parent() + pick("", "," + parent()) + "],'hostnames':["
                + pick("", "'" + pick(HOSTS) + "'", "'a.example','b.example'")
                + "],'rules':[" + rules + "]}";
    }

    private String match() {
        return "{'path':{'type':'" + pick("PathPrefix", "Exact", "RegularExpression") + "','value':'"
                + pick("/", "/a", "/b/", "/[a", "bad") + "'}"
                + pick("", ",'method':'GET'", ",'headers':[{'name':'X','value':'1'}]") + "}";
    }

    private String grpcRoute() {
        return "'spec':{'parentRefs':[" + parent() + pick("", "," + parent()) + "],'hostnames':["
                + pick("", "'" + pick(HOSTS) + "'", "'a.example','b.example'") + "],'rules':[{'matches':[{"
                + pick("",
                        "'method':{'service':'a.B'" + pick("", ",'method':'C'") + pick("", ",'type':'RegularExpression'") + "}",
                        "'method':{'method':'C'}", "'method':'GET'")
                + "}],'filters':[" + filter() + "],'backendRefs':[" + ref() + "]}]}";
    }

    private String streamRoute(boolean names) {
        return "'spec':{'parentRefs':[" + parent() + pick("", "," + parent()) + "]"
                + (names ? ",'hostnames':[" + pick("", "'" + pick(HOSTS) + "'", "'a.example','b.example'") + "]" : "")
                + ",'rules':[{" + pick("", "'name':'n0',") + "'backendRefs':[" + ref() + pick("", "," + ref()) + "]}"
                + pick("", ",{}") + "]}";
    }

    private String filter() {
        return pick("", "", "{'type':'RequestHeaderModifier','requestHeaderModifier':{'set':[{'name':'A','value':'1'}]}}",
                "{'type':'RequestRedirect','requestRedirect':{'scheme':'https'}}", "{'type':'Nonsense'}",
                "{'type':'ExtensionRef','extensionRef':{'group':'jigress.io','kind':'Plugin','name':'" + pick("p1", "p2") + "'}}",
                "{'type':'URLRewrite','urlRewrite':{'path':{'type':'ReplacePrefixMatch','replacePrefixMatch':'/z'}}}");
    }

    private String ref() {
        return pick("{'name':'s1','port':80", "{'name':'s2','port':80", "{'name':'s1','port':81",
                "{'group':'jigress.io','kind':'Backend','name':'b1'", "{'group':'jigress.io','kind':'DubboService','name':'d1'")
                + pick("", "", ",'namespace':'other'", ",'weight':0") + "}";
    }

    private String ingress() {
        return "'spec':{" + pick("", "'defaultBackend':{'service':{'name':'s1','port':{'number':80}}},") + "'rules':[{'host':'"
                + pick(HOSTS)
                + "','http':{'paths':[{'path':'" + pick("/", "/a", "/b") + "','pathType':'" + pick("Exact", "Prefix", "Odd")
                + "','backend':{'service':{'name':'" + pick("s1", "s2") + "','port':{" + pick("'number':80", "'name':'web'")
                + "}}}}]}}]}";
    }

    private String registry() {
        return "'spec':{'type':'" + pick("nacos", "nacos", "odd", "consul") + "','servers':['"
                + pick("10.0.0.1", "n.example:8848", "bad host")
                + "']" + pick("", ",'secretRef':{'name':'login'}", ",'nacos':{'namespace':'shop'}") + "}";
    }

    private String targets() {
        String target = switch (random.nextInt(4)) {
            case 0 -> "'kind':'Gateway','name':'" + pick("m1", "m2") + "'" + pick("", ",'sectionName':'l0'");
            case 1 ->
                "'kind':'HTTPRoute','name':'" + pick("r1", "r2") + "'" + pick("", ",'sectionName':'n0'", ",'sectionName':'n1'");
            case 2 -> "'kind':'Ingress','name':'i1'";
            default -> pick("'kind':'TCPRoute','name':'r1'", "'kind':'TLSRoute','name':'r1'", "'kind':'Service','name':'s1'",
                    "'kind':'HTTPRoute','name':'r3'", "'kind':'Backend','name':'b1'");
        };
        return "'targetRefs':[{" + target + "}" + pick("", ",{'kind':'HTTPRoute','name':'r1'}") + "]";
    }

    private String plugin() {
        if (random.nextInt(3) == 0) {
            return "'spec':{'type':'lua'," + pick("", "'name':'one',")
                    + pick("'script':'x'", "'scriptRef':{'name':'c1','key':'a.lua'}") + ","
                    + pick("", "'failStrategy':'FAIL_OPEN',") + pick("", "'backends':{'b':" + ref() + "},") + targets() + "}";
        }
        String filter = pick("cors", "ip-restriction", "key-rate-limit", "unknown");
        return "'spec':{'name':'" + filter + "'," + pick("", "'priority':7,", "'phase':'late',") + "'config':"
                + pick("{}", "{'allow':['10.0.0.0/8']}", "{'query_per_second':5}", "{'allow':3}") + "," + targets() + "}";
    }

    private String policy() {
        return "'spec':{" + pick("'timeouts':{'request':'1s'},", "'timeouts':{'connect':'2s','idle':'3s'},",
                "'loadBalancing':{'type':'LeastRequest'},",
                "'accessLog':false,", "'limits':{'requestBody':'1Mi'},", "'connections':{'max':5},",
                "'retry':{'attempts':1,'statuses':[503]},", "'tcp':{'connectAttempts':2},", "'udp':{'answers':1},",
                "'retry':{'conditions':['Reset','Wrong']},",
                "'outlierDetection':{'consecutiveErrors':3},") + targets() + "}";
    }
}
