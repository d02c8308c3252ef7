package io.sluice.net;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import java.io.IOException;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Who is at the other end of a connection that was accepted. Any thread. */
public final class Peer {
    private static final Logger LOG = LogManager.getLogger(Peer.class);

    private Peer() {}

    /**
     * The process behind a unix socket, as the kernel tells it; 0 over a network, where the
     * transport cannot ask (NIO), and when it cannot be had.
     */
    public static int processId(Channel channel) {
        try {
            return switch (channel) {
                case EpollDomainSocketChannel unix -> unix.peerCredentials().pid();
                case IoUringDomainSocketChannel unix -> unix.peerCredentials().pid();
                default -> 0;
            };
        } catch (IOException e) {
            LOG.debug("the process behind {} is unknown", channel, e);
            return 0;
        }
    }

    /** For logs: its address, or {@code unix:} and the process. */
    public static String printable(Channel channel) {
        int process = processId(channel);
        return process > 0 ? "unix:" + process : Listener.printable(channel.remoteAddress());
    }
}
