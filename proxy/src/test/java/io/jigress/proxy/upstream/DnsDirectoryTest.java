package io.jigress.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.config.Endpoint;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.EndpointRef;
import io.jigress.config.Endpoints;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.dns.DatagramDnsQuery;
import io.netty.handler.codec.dns.DatagramDnsQueryDecoder;
import io.netty.handler.codec.dns.DatagramDnsResponse;
import io.netty.handler.codec.dns.DatagramDnsResponseEncoder;
import io.netty.handler.codec.dns.DefaultDnsRawRecord;
import io.netty.handler.codec.dns.DefaultDnsResponse;
import io.netty.handler.codec.dns.DnsQuery;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponse;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.handler.codec.dns.DnsSection;
import io.netty.handler.codec.dns.TcpDnsQueryDecoder;
import io.netty.handler.codec.dns.TcpDnsResponseEncoder;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import io.netty.util.NetUtil;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DnsDirectoryTest {
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    private final BlockingQueue<Endpoints> told = new LinkedBlockingQueue<>();
    private volatile List<String> answer = List.of();
    /// The TTL of the addresses, in seconds.
    private volatile int ttl = 1;
    /// That of an alias between the name and its addresses; 0 for no alias.
    private volatile int aliasTtl;
    /// How many records fit into a datagram.
    private volatile int fits = 1000;
    private volatile Predicate<InetAddress> routable = _ -> true;
    /// The only name that exists, in the form of a question; empty for any.
    private volatile String only = "";
    private final Channel server = server();
    private final DnsDirectory directory = directory(Duration.ofSeconds(2));

    private DnsDirectory directory(Duration maxTtl) {
        return new DnsDirectory((EventLoop) group.next(), NioDatagramChannel::new, NioSocketChannel::new,
                new SingletonDnsServerAddressStreamProvider((InetSocketAddress) server.localAddress()),
                new DnsSettings(Duration.ofSeconds(5), Duration.ofSeconds(1), maxTtl, 1232),
                address -> routable.test(address), List.of("ns.svc.example", "svc.example"));
    }

    @AfterEach
    void close() {
        directory.close();
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /// Answers every question with the addresses of its kind; if there are none, the name does not exist. By TCP too, on the same port.
    private Channel server() {
        ServerBootstrap tcp = new ServerBootstrap().group(group).channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new TcpDnsQueryDecoder(), new TcpDnsResponseEncoder(),
                                new SimpleChannelInboundHandler<DnsQuery>() {
                                    @Override
                                    protected void channelRead0(ChannelHandlerContext context, DnsQuery query) {
                                        context.writeAndFlush(fill(new DefaultDnsResponse(query.id()), query, 1000));
                                    }
                                });
                    }
                });
        Bootstrap udp = new Bootstrap().group(group).channel(NioDatagramChannel.class).handler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new DatagramDnsQueryDecoder(), new DatagramDnsResponseEncoder(),
                        new SimpleChannelInboundHandler<DatagramDnsQuery>() {
                            @Override
                            protected void channelRead0(ChannelHandlerContext context, DatagramDnsQuery query) {
                                answer(context, query);
                            }
                        });
            }
        });
        while (true) {
            Channel datagrams = udp.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)).syncUninterruptibly()
                    .channel();
            if (tcp.bind(datagrams.localAddress()).awaitUninterruptibly().isSuccess()) {
                return datagrams;
            }
            // Another process uses this TCP port.
            datagrams.close();
        }
    }

    private void answer(ChannelHandlerContext context, DatagramDnsQuery query) {
        DatagramDnsResponse response = new DatagramDnsResponse(/* sender= */ query.recipient(), /* recipient= */ query.sender(),
                query.id());
        asked.add(query.<DnsQuestion>recordAt(DnsSection.QUESTION).name());
        context.writeAndFlush(fill(response, query, fits));
    }

    private DnsResponse fill(DnsResponse response, DnsQuery query, int most) {
        DnsQuestion question = query.recordAt(DnsSection.QUESTION);
        response.addRecord(DnsSection.QUESTION, question);
        String name = question.name();
        boolean known = only.isEmpty() || only.equals(name);
        if (aliasTtl > 0 && known) {
            name = "alias.example.";
            response.addRecord(DnsSection.ANSWER, new DefaultDnsRawRecord(question.name(), DnsRecordType.CNAME,
                    DnsRecord.CLASS_IN, aliasTtl, Unpooled.copiedBuffer("\5alias\7example\0", StandardCharsets.US_ASCII)));
        }
        for (String address : known ? answer : List.<String>of()) {
            byte[] bytes = NetUtil.createByteArrayFromIpAddressString(address);
            DnsRecordType type = bytes.length == 4 ? DnsRecordType.A : DnsRecordType.AAAA;
            if (type.equals(question.type())) {
                if (response.count(DnsSection.ANSWER) == most) {
                    response.setTruncated(true);
                    break;
                }
                response.addRecord(DnsSection.ANSWER,
                        new DefaultDnsRawRecord(name, type, DnsRecord.CLASS_IN, ttl, Unpooled.wrappedBuffer(bytes)));
            }
        }
        if (answer.isEmpty() || !known) {
            response.setCode(DnsResponseCode.NXDOMAIN);
        }
        return response;
    }

    private EndpointDirectory.Watch watch(String host) {
        return directory.watch(new EndpointRef.Dns(host, 8080), told::add);
    }

    private List<String> addresses() throws InterruptedException {
        Endpoints next = told.poll(20, TimeUnit.SECONDS);
        assertThat(next).as("nothing was told").isNotNull();
        assertThat(next.known()).isTrue();
        assertThat(next.endpoints()).allMatch(endpoint -> endpoint.port() == 8080);
        return next.endpoints().stream().map(Endpoint::address).toList();
    }

    @Test
    void addressIsKnownWithinTheCall() {
        watch("192.0.2.1");
        watch("2001:db8::1");
        assertThat(told).hasSize(2);
        assertThat(asked).isEmpty();
    }

    @Test
    void allAddressesAreFollowedAndAFailureKeepsTheLast() throws Exception {
        answer = List.of("192.0.2.2", "192.0.2.1", "2001:db8::1");
        EndpointDirectory.Watch watch = watch("shop.example");
        assertThat(addresses()).containsExactly("192.0.2.1", "192.0.2.2", "2001:db8::1");

        answer = List.of();
        asked.clear();
        asked.take();
        asked.take();
        answer = List.of("192.0.2.3");
        assertThat(addresses()).as("nothing was told of the failure").containsExactly("192.0.2.3");
        watch.close();
    }

    @Test
    @Tag("suite")
    void addressesOfAFamilyThatTheMachineHasNoRouteToAreLeftOut() throws Exception {
        routable = Inet4Address.class::isInstance;
        answer = List.of("192.0.2.2", "192.0.2.1", "2001:db8::1");
        EndpointDirectory.Watch watch = watch("shop.example");
        assertThat(addresses()).containsExactly("192.0.2.1", "192.0.2.2");
        routable = Inet6Address.class::isInstance;
        assertThat(addresses()).as("a route has come, another is gone").containsExactly("2001:db8::1");
        routable = _ -> false;
        assertThat(addresses()).as("all, where there is no route to any").hasSize(3);
        routable = Inet4Address.class::isInstance;
        answer = List.of("2001:db8::1");
        assertThat(addresses()).as("there is nothing else").containsExactly("2001:db8::1");
        watch.close();
    }

    @Test
    void theKernelIsAskedForRoutes() throws Exception {
        assertThat(KernelRoutes.lead(InetAddress.getLoopbackAddress())).isTrue();
        // The broadcast address, to which the kernel connects no socket.
        assertThat(KernelRoutes.lead(InetAddress.ofLiteral("255.255.255.255"))).isFalse();
    }

    @Test
    void anAnswerThatIsCutIsAskedForByTcp() throws Exception {
        fits = 3;
        answer = IntStream.rangeClosed(1, 100).mapToObj(i -> "192.0.2." + i).toList();
        EndpointDirectory.Watch watch = watch("headless.example");
        assertThat(addresses()).hasSize(100);
        watch.close();
    }

    @Test
    void theShortestTtlOfTheAddressesAndTheirAliasesCounts() throws Exception {
        ttl = 3600;
        aliasTtl = 1;
        answer = List.of("192.0.2.1");
        try (DnsDirectory patient = directory(Duration.ofHours(1))) {
            EndpointDirectory.Watch watch = patient.watch(new EndpointRef.Dns("shop.example", 8080), told::add);
            assertThat(addresses()).containsExactly("192.0.2.1");
            answer = List.of("192.0.2.2");
            assertThat(addresses()).containsExactly("192.0.2.2");
            watch.close();
        }
    }

    /// The name is queried with the search domains of resolv.conf.
    @Test
    void theTtlOfANameInASearchDomainCounts() throws Exception {
        only = "shop.svc.example.";
        answer = List.of("192.0.2.1");
        try (DnsDirectory patient = directory(Duration.ofHours(1))) {
            EndpointDirectory.Watch watch = patient.watch(new EndpointRef.Dns("shop", 8080), told::add);
            assertThat(addresses()).containsExactly("192.0.2.1");
            answer = List.of("192.0.2.2");
            Endpoints next = told.poll(4, TimeUnit.SECONDS);
            assertThat(next).as("nobody has asked again within 4 s, although the TTL is 1 s").isNotNull();
            watch.close();
        }
    }

    @Test
    void theTtlOfAnAliasInASearchDomainCounts() throws Exception {
        only = "shop.svc.example.";
        ttl = 3600;
        aliasTtl = 1;
        answer = List.of("192.0.2.1");
        try (DnsDirectory patient = directory(Duration.ofHours(1))) {
            EndpointDirectory.Watch watch = patient.watch(new EndpointRef.Dns("shop", 8080), told::add);
            assertThat(addresses()).containsExactly("192.0.2.1");
            answer = List.of("192.0.2.2");
            Endpoints next = told.poll(4, TimeUnit.SECONDS);
            assertThat(next).as("nobody has asked again within 4 s, although the TTL of the alias is 1 s").isNotNull();
            watch.close();
        }
    }

    @Test
    @Tag("suite")
    void answersInAnotherOrderChangeNothing() throws Exception {
        answer = List.of("192.0.2.2", "192.0.2.1");
        EndpointDirectory.Watch watch = watch("shop.example");
        assertThat(addresses()).containsExactly("192.0.2.1", "192.0.2.2");
        answer = List.of("192.0.2.1", "192.0.2.2");
        asked.clear();
        for (int i = 0; i < 4; i++) {
            asked.take();
        }
        answer = List.of("192.0.2.9");
        assertThat(addresses()).containsExactly("192.0.2.9");
        watch.close();
    }

    @Test
    void nameThatDoesNotExistHasNoEndpoints() throws Exception {
        EndpointDirectory.Watch watch = watch("nowhere.example");
        assertThat(addresses()).isEmpty();
        watch.close();
    }

    @Test
    void hostsFileAnswersForLocalhost() throws Exception {
        EndpointDirectory.Watch watch = watch("localhost");
        assertThat(addresses()).containsExactly("127.0.0.1");
        assertThat(asked).isEmpty();
        watch.close();
    }
}
