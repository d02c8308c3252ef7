package io.sluice.net;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/**
 * Keeps a channel of io_uring from being read once it is to be closed.
 *
 * <p>Netty (4.2.18) closes such a channel when what it reads and writes is over. A read that is
 * asked for until then begins with a poll of the kernel's, and the end of another poll, cancelled
 * by the close, is taken for the end of this one: nothing cancels it then. As long as it is there
 * the kernel keeps the socket open, though no descriptor of it is left: the peer is never told, and
 * a server goes on waiting within a transaction.
 *
 * <p>It stands ahead of all other handlers, where everybody's closes come by.
 */
final class NoReadsWhileClosing extends ChannelOutboundHandlerAdapter {
    static final String NAME = "no-reads-while-closing";

    private boolean closing;

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        closing = true;
        ctx.channel().config().setAutoRead(false); // forgets what was asked for before, too
        ctx.close(promise);
    }

    @Override
    public void read(ChannelHandlerContext ctx) {
        if (!closing) {
            ctx.read();
        }
    }
}
