package io.jigress.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.config.Endpoint;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.EndpointRef;
import io.jigress.config.Endpoints;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.dns.DatagramDnsQuery;
import io.netty.handler.codec.dns.DatagramDnsQueryDecoder;
import io.netty.handler.codec.dns.DatagramDnsResponse;
import io.netty.handler.codec.dns.DatagramDnsResponseEncoder;
import io.netty.handler.codec.dns.DefaultDnsRawRecord;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.handler.codec.dns.DnsSection;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DnsDirectoryTest {
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    private final BlockingQueue<Endpoints> told = new LinkedBlockingQueue<>();
    private volatile List<String> answer = List.of();
    private final Channel server = server();
    private final DnsDirectory directory = new DnsDirectory((EventLoop) group.next(), NioDatagramChannel::new,
            new SingletonDnsServerAddressStreamProvider((InetSocketAddress) server.localAddress()),
            new DnsSettings(Duration.ofSeconds(5), Duration.ofSeconds(1), Duration.ofSeconds(2)));

    @AfterEach
    void close() {
        directory.close();
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /// Answers every question with the addresses of its kind, with a TTL of 1 s; without any, the name does not exist.
    private Channel server() {
        return new Bootstrap().group(group).channel(NioDatagramChannel.class).handler(new ChannelInitializer<>() {
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
        }).bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)).syncUninterruptibly().channel();
    }

    private void answer(ChannelHandlerContext context, DatagramDnsQuery query) {
        DnsQuestion question = query.recordAt(DnsSection.QUESTION);
        DatagramDnsResponse response = new DatagramDnsResponse(/* sender= */ query.recipient(), /* recipient= */ query.sender(),
                query.id());
        response.addRecord(DnsSection.QUESTION, question);
        asked.add(question.name());
        for (String address : answer) {
            byte[] bytes = NetUtil.createByteArrayFromIpAddressString(address);
            DnsRecordType type = bytes.length == 4 ? DnsRecordType.A : DnsRecordType.AAAA;
            if (type.equals(question.type())) {
                response.addRecord(DnsSection.ANSWER,
                        new DefaultDnsRawRecord(question.name(), type, DnsRecord.CLASS_IN, 1, Unpooled.wrappedBuffer(bytes)));
            }
        }
        if (answer.isEmpty()) {
            response.setCode(DnsResponseCode.NXDOMAIN);
        }
        context.writeAndFlush(response);
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
