package io.sluice.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.sluice.net.ChannelMove;
import io.sluice.net.Listener;
import io.sluice.net.Loop;
import io.sluice.net.TlsContexts;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Brings a client that is let in from the loop that accepted it to its session's home; handler of
 * its channel on the way, which keeps what arrives meanwhile. If the client is lost on the way, its
 * {@link Entrance} is undone.
 *
 * <p><b>Threads:</b> {@link #begin} on the accepting loop; from {@code arrived} on, the home.
 */
public final class HomeComing extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LogManager.getLogger(HomeComing.class);

    private final Arrival arrival;
    private final Entrance entrance;
    private final Loop home;
    private final ByteBuf welcome;
    private final ArrayDeque<ByteBuf> early = new ArrayDeque<>();
    private boolean over;

    private HomeComing(
            Arrival arrival,
            Entrance entrance,
            Loop home,
            ByteBuf welcome,
            @Nullable ByteBuf first) {
        this.arrival = arrival;
        this.entrance = entrance;
        this.home = home;
        this.welcome = welcome;
        if (first != null) {
            early.add(first);
        }
    }

    /**
     * Takes the channel over from {@code arrival} and moves it.
     *
     * @param entrance counted in; undone here until a session has the channel, by that from then on
     * @param welcome what the client is sent first when it is at home, perhaps nothing: goes out
     *     when the session flushes; becomes this one's
     * @param arrived called on the home loop, with reading still off; has to {@link #giveTo} a
     *     session or to {@link #refuse}. Not called if the client is lost on the way
     */
    public static void begin(
            Arrival arrival, Entrance entrance, ByteBuf welcome, Consumer<HomeComing> arrived) {
        Channel channel = arrival.channel();
        Loop home = entrance.enterHome(arrival.proxy().loops().current());
        HomeComing way = new HomeComing(arrival, entrance, home, welcome, arrival.handOver());
        channel.pipeline().replace(arrival, "moving", way);
        ChannelMove.move(channel, home, () -> arrived.accept(way), way::onNotArrived);
    }

    public Loop home() {
        return home;
    }

    public Channel channel() {
        return arrival.channel();
    }

    /**
     * A session takes the channel, and is given what came for it too early.
     *
     * @param begin run when the channel is the session's, ahead of what came early; turns reading
     *     on
     */
    public void giveTo(ClientSession session, Runnable begin) {
        Channel channel = channel();
        over = true;
        channel.write(welcome, channel.voidPromise());
        channel.pipeline().replace(this, "session", session);
        begin.run();
        while (!early.isEmpty()) {
            TlsContexts.feed(channel, early.remove());
        }
        if (arrival.proxy().config().log().connections()) {
            LOG.info(
                    "session={} pool={} client={} let in{}",
                    session.id(),
                    session.pool().key(),
                    Listener.printable(channel.remoteAddress()),
                    session.tls().isEmpty() ? "" : " tls=" + session.tls());
        }
    }

    /** Sends the client away after all, in the words of its protocol. */
    public void refuse(NotLetIn why) {
        Channel channel = channel();
        welcome.release();
        drop();
        ByteBuf out = channel.alloc().buffer(128);
        arrival.words(why).writer().accept(out);
        channel.writeAndFlush(out).addListener(ChannelFutureListener.CLOSE);
        arrival.logNotLetIn(why.reason());
    }

    private void onNotArrived(Throwable why) {
        welcome.release();
        drop();
        if (why instanceof IOException) {
            arrival.logNotLetIn("it closed the connection");
        } else {
            LOG.error(
                    "client={} could not be brought to its loop",
                    Listener.printable(arrival.client()),
                    why);
        }
    }

    private void drop() {
        if (!over) {
            over = true;
            early.forEach(ByteBuf::release);
            early.clear();
            entrance.run();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf came = (ByteBuf) message;
        if (over) {
            came.release();
        } else {
            early.add(came);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        drop();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.error(
                    "client={} failed on its way to its loop",
                    Listener.printable(ctx.channel().remoteAddress()),
                    cause);
        }
        ctx.close();
    }
}
