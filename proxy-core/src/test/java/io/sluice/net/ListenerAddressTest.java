package io.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUringChannelOption;
import io.sluice.config.ListenerConfig;
import io.sluice.config.SocketOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is listened on, and what is left when it ends. */
class ListenerAddressTest {
    private static final SocketOptions OPTIONS =
            new SocketOptions(
                    Duration.ofSeconds(61), Duration.ofSeconds(7), 5, Duration.ofSeconds(90));

    @TempDir private Path folder;
    private final Queue<Channel> accepted = new ConcurrentLinkedQueue<>();

    private static ListenerConfig config(SocketAddress address, boolean reusePort, int unixMode) {
        return new ListenerConfig(address, 128, reusePort, null, false, null, unixMode, OPTIONS);
    }

    private static ListenerConfig port(int port, boolean reusePort) {
        return config(new InetSocketAddress("127.0.0.1", port), reusePort, 0);
    }

    private Listener bind(Loops loops, ListenerConfig config) throws IOException {
        return Listener.bind(loops, config, accepted::add);
    }

    private Path socket() {
        return folder.resolve(".s.PGSQL.6432");
    }

    private ListenerConfig unix(int mode) {
        return config(new DomainSocketAddress(socket().toString()), false, mode);
    }

    private static void connect(Path path) throws IOException {
        try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            client.connect(UnixDomainSocketAddress.of(path));
        }
    }

    // ---- unix sockets

    @ParameterizedTest
    @EnumSource
    void aUnixSocketHasItsPermissionsAndVanishesAtTheEnd(Transport transport) throws IOException {
        try (Loops loops = TestLoops.start(transport, 2)) {
            try (Listener _ = bind(loops, unix(0620))) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())))
                        .isEqualTo("rw--w----");
                connect(socket());
                await().until(() -> accepted.size() == 1);
            }
            assertThat(socket()).doesNotExist();
        }
    }

    @Test
    void takesTheSocketFileOfAProcessThatWasKilled() throws IOException {
        try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            killed.bind(UnixDomainSocketAddress.of(socket()));
        }
        assertThat(Files.exists(socket())).as("it is left").isTrue();
        try (Loops loops = TestLoops.start(Transport.NIO, 2);
                Listener _ = bind(loops, unix(0600))) {
            connect(socket());
            await().until(() -> accepted.size() == 1);
        }
    }

    @Test
    void leavesTheSocketOfALivingProcessAlone() throws IOException {
        try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                Loops loops = TestLoops.start(Transport.NIO, 2)) {
            other.bind(UnixDomainSocketAddress.of(socket()));
            assertThatThrownBy(() -> bind(loops, unix(0600)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("cannot listen on " + socket())
                    .hasMessageContaining("another process does");
            connect(socket());
        }
    }

    @Test
    void deletesNoFileThatIsNoSocket() throws IOException {
        Files.writeString(socket(), "dear to somebody");
        try (Loops loops = TestLoops.start(Transport.NIO, 2)) {
            assertThatThrownBy(() -> bind(loops, unix(0600)))
                    .hasMessageContaining("cannot listen on " + socket())
                    .hasMessageContaining("no socket");
        }
        assertThat(socket()).hasContent("dear to somebody");
    }

    // ---- ports

    @ParameterizedTest
    @EnumSource
    void sharesItsPortWhereBothSaySo(Transport transport) throws IOException {
        try (Loops loops = TestLoops.start(transport, 2);
                Loops others = TestLoops.start(transport, 2)) {
            int port;
            Listener second;
            try (Listener first = bind(loops, port(0, true))) {
                port = ((InetSocketAddress) first.address()).getPort();
                second = bind(others, port(port, true));
            }
            try (second) {
                // NIO's socket is closed by the loop's next turn: until then it may take a client.
                await().until(() -> {
                    new Socket("127.0.0.1", port).close();
                    return !accepted.isEmpty();
                });
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void refusesAPortThatIsTakenWhereItIsNotToldToShare(Transport transport) throws IOException {
        for (boolean first : new boolean[] {true, false}) {
            try (Loops loops = TestLoops.start(transport, 2);
                    Loops others = TestLoops.start(transport, 2);
                    Listener taken = bind(loops, port(0, first))) {
                int port = ((InetSocketAddress) taken.address()).getPort();
                assertThatThrownBy(() -> bind(others, port(port, false)))
                        .hasMessageContaining("cannot listen on 127.0.0.1:" + port)
                        .hasMessageNotContaining("\n");
            }
        }
    }

    // ---- connections

    @ParameterizedTest
    @EnumSource
    void givesConnectionsTheirKeepaliveAndUserTimeout(Transport transport) throws IOException {
        try (Loops loops = TestLoops.start(transport, 2);
                Listener listener = bind(loops, port(0, false));
                Socket _ =
                        new Socket(
                                "127.0.0.1", ((InetSocketAddress) listener.address()).getPort())) {
            await().until(() -> accepted.size() == 1);
            var options = accepted.element().config();
            assertThat(options.getOption(ChannelOption.SO_KEEPALIVE)).isTrue();
            assertThat(options.getOption(ChannelOption.TCP_NODELAY)).isTrue();
            List<ChannelOption<Integer>> timing =
                    switch (transport) {
                        case EPOLL ->
                                List.of(
                                        EpollChannelOption.TCP_KEEPIDLE,
                                        EpollChannelOption.TCP_KEEPINTVL,
                                        EpollChannelOption.TCP_KEEPCNT,
                                        EpollChannelOption.TCP_USER_TIMEOUT);
                        case IO_URING ->
                                List.of(
                                        IoUringChannelOption.TCP_KEEPIDLE,
                                        IoUringChannelOption.TCP_KEEPINTVL,
                                        IoUringChannelOption.TCP_KEEPCNT,
                                        IoUringChannelOption.TCP_USER_TIMEOUT);
                        case NIO ->
                                List.of(
                                        NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE),
                                        NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL),
                                        NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT));
                    };
            List<Integer> expected = List.of(61, 7, 5, 90_000);
            assertThat(timing.stream().map(options::getOption).toList())
                    .isEqualTo(expected.subList(0, transport.hasUserTimeout() ? 4 : 3));
        }
    }
}
