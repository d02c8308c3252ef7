package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.sluice.net.TurnWriter;
import io.sluice.pool.ChannelConnection;
import io.sluice.pool.Permit;
import io.sluice.pool.Pool;
import io.sluice.pool.Slots;
import io.sluice.resp.wire.BrokenProtocol;
import io.sluice.resp.wire.ReplyScanner;
import io.sluice.resp.wire.RespBytes;
import io.sluice.session.BackPressure;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a Redis server, logged in, with its database selected. Whole requests are copied
 * into what is sent at the end of the loop's turn; replies go to the owners of its slots, in order.
 * Those up to {@link #WHOLE_BYTES} are given whole, longer ones in the parts in which they come.
 *
 * <p><b>Threads:</b> confined to the loop of its pool.
 */
public final class RespConnection extends ChannelConnection {
    /** Replies up to this length are given whole. */
    static final int WHOLE_BYTES = 64 * 1024;

    /** Longest that a server gets to answer what its client has gone from. */
    private static final long ABANDONED_NANOS = 1_000_000_000L;

    private static final int BATCH_BYTES = 4096;

    /** More than any question of the proxy's own has. */
    private static final int QUESTION_BYTES = 256;

    private final RespLanes lanes;
    private final Slots<SlotOwner> slots = new Slots<>();
    private final ReplyScanner scanner = new ReplyScanner();
    private final List<RespSession> touched = new ArrayList<>();
    private @Nullable TurnWriter writer;
    private @Nullable ByteBuf carry;
    private long serverId;

    /** Part of the reply that is being read was given to its owner. */
    private boolean inParts;

    /** What is being read, or was read last, answers no slot. */
    private boolean push;

    /** When it last answered, or was last asked for something with nothing else open. */
    private long heardAt;

    /** When the session that has leased it was gone with a blocking command open, and why. */
    private long abandonedAt;

    private String abandonedFor = "";

    RespConnection(RespLanes lanes, Pool pool, Permit permit) {
        super(lanes, pool, permit);
        this.lanes = lanes;
    }

    // ---- opening

    void onOpen(Channel opened, SocketAddress to, long id, String words) {
        onOpen(opened, to, words);
        serverId = id;
        writer = new TurnWriter(pool().loop(), opened, !words.isEmpty(), BATCH_BYTES);
        opened.pipeline().addLast("replies", new Reader());
    }

    // ---- what it knows

    RespLanes lanes() {
        return lanes;
    }

    @Override
    public int openSlots() {
        return slots.size();
    }

    TurnWriter writer() {
        return Objects.requireNonNull(writer, "not open");
    }

    // ---- asking

    /** One more reply is {@code owner}'s: it has written, or is about to write, the request. */
    void expect(SlotOwner owner) {
        if (slots.isEmpty()) {
            heardAt = pool().loop().now();
        }
        slots.add(owner);
    }

    /** Asks something of the proxy's own. */
    void ask(Question question, String... words) {
        expect(question);
        RespBytes.command(writer().room(QUESTION_BYTES), words);
    }

    // ---- answers

    private final class Reader extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf read = (ByteBuf) message;
            if (isGone()) {
                read.release();
            } else {
                onRead(read);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (abandonedFor.isEmpty()) {
                onDisconnected();
            } else {
                retire(abandonedFor);
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            ConnectionHolder holder = holder();
            if (holder != null) {
                holder.onServerWritable(ctx.channel().isWritable());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            onChannelFailure(cause);
        }
    }

    /** Whose connection it is; null if it is shared or nobody's. */
    private @Nullable ConnectionHolder holder() {
        return lease().holder() instanceof ConnectionHolder holder ? holder : null;
    }

    private void onRead(ByteBuf read) {
        heardAt = pool().loop().now();
        ByteBuf in = read;
        int scanned = 0;
        ByteBuf before = carry;
        if (before != null) {
            carry = null;
            scanned = before.readableBytes();
            in = before.writeBytes(read);
            read.release();
        }
        try {
            cut(in, scanned);
        } catch (BrokenProtocol e) {
            lose(false, "it broke the protocol: " + e.getMessage());
        } finally {
            in.release();
        }
        tellTouched();
        lanes.onAnswered(this);
    }

    private void tellTouched() {
        for (int i = 0; i < touched.size(); i++) {
            touched.get(i).onRepliesRead();
        }
        touched.clear();
    }

    /**
     * @param scanned bytes that the scanner has seen already
     */
    private void cut(ByteBuf in, int scanned) {
        int from = in.readerIndex();
        int at = from + scanned;
        int to = in.writerIndex();
        while (at < to && !isGone()) {
            int end = scanner.scan(in, at, to);
            if (end < 0) {
                keep(in, from, to);
                return;
            }
            deliver(in, from, end - from, true);
            from = end;
            at = end;
        }
    }

    /** A reply is not all there: it waits for the rest, or is given as far as it is there. */
    private void keep(ByteBuf in, int from, int to) {
        int length = to - from;
        if (inParts || length + scanner.missing() > WHOLE_BYTES) {
            deliver(in, from, length, false);
        } else {
            // Room for what is known to come, and then some of what is behind it.
            int room = (int) Math.max(2L * length, length + scanner.missing());
            ByteBuf kept = in.alloc().directBuffer(Math.min(Math.max(room, 512), WHOLE_BYTES));
            kept.writeBytes(in, from, length);
            carry = kept;
        }
    }

    private void deliver(ByteBuf in, int from, int length, boolean last) {
        byte type = scanner.type();
        boolean first = !inParts;
        inParts = !last;
        if (first) {
            push = type == '>';
        }
        if (push) {
            onPush(in, from, length, first, last);
            return;
        }
        if (slots.isEmpty()) {
            ConnectionHolder holder = holder();
            if (holder == null || !holder.onUnawaited(in, from, length, type, last)) {
                lose(false, "it sent a reply that nobody had asked for");
            }
            return;
        }
        SlotOwner owner = slots.first();
        if (last) {
            slots.removeFirst();
        }
        owner.onReply(this, in, from, length, type, first, last);
    }

    /** What answers no slot: to whom the connection belongs, it is for him. */
    private void onPush(ByteBuf in, int from, int length, boolean first, boolean last) {
        ConnectionHolder holder = holder();
        if (holder != null) {
            holder.onPush(in, from, length, first, last);
        }
    }

    /** Reads on only if {@code reader} takes what comes: for a connection that is one session's. */
    void follow(Channel reader) {
        if (channel().isActive()) {
            BackPressure.follow(channel(), reader);
        }
    }

    /** {@code session} is to hear of {@link RespSession#onRepliesRead} when all is read. */
    void touch(RespSession session) {
        touched.add(session);
    }

    // ---- the end of it

    private void lose(boolean orderly, String reason) {
        if (isGone()) {
            return;
        }
        boolean wasOpen = end(orderly, reason);
        ByteBuf kept = carry;
        if (kept != null) {
            carry = null;
            kept.release();
        }
        TurnWriter unsent = writer;
        if (unsent != null) {
            unsent.drop();
        }
        if (!wasOpen) {
            return; // whoever is opening it hears of the end from the channel
        }
        pool().onClosed(this);
        ConnectionHolder holder = holder();
        while (!slots.isEmpty()) {
            SlotOwner owner = slots.first();
            slots.removeFirst();
            owner.onLost(this, reason);
        }
        if (!touched.isEmpty()) {
            pool().loop().execute(this::tellTouched); // unless whoever reads it does so first
        }
        if (holder != null) {
            holder.onServerLost(reason);
        } else {
            lanes.onLost(this);
            tellTouched();
        }
    }

    /**
     * Ends what the server waits with, and nothing else: it is told at once that nobody listens any
     * more, so that it pops nothing for nobody; what it had popped by then is still read, and
     * counted by the session, whose lease this stays meanwhile.
     */
    void abandon(String reason) {
        TurnWriter unsent = writer;
        if (unsent != null && channel() instanceof DuplexChannel duplex && duplex.isActive()) {
            abandonedAt = pool().loop().now();
            abandonedFor = reason;
            unsent.drop();
            BackPressure.resume(duplex);
            duplex.shutdownOutput();
        } else {
            retire(reason);
        }
    }

    /** Looked at every sweep while its session is over. */
    void onAbandonedSweep(long now) {
        if (!abandonedFor.isEmpty() && now - abandonedAt >= ABANDONED_NANOS) {
            retire(abandonedFor);
        }
    }

    @Override
    public void close(String reason) {
        lose(false, reason);
    }

    @Override
    public void retire(String reason) {
        lose(true, reason);
    }

    /** Redis is told nothing. */
    @Override
    protected @Nullable ByteBuf farewell() {
        return null;
    }

    // ---- keeping it usable

    @Override
    protected boolean mustBeHeldBack() {
        return false;
    }

    @Override
    public boolean isBeingCancelled() {
        return false;
    }

    @Override
    protected void check() {
        beginBusy();
        ask(
                new Question() {
                    @Override
                    void onAnswer(byte type, byte[] reply, int length) {
                        if (!isGone()) {
                            pool().onAlive(RespConnection.this);
                        }
                    }

                    @Override
                    void onNoAnswer(String reason) {}
                },
                "PING");
    }

    /** Ends what a transaction or watches may have left. */
    @Override
    protected void reset() {
        beginBusy();
        ask(new Ignored(), "DISCARD");
        ask(
                new Question() {
                    @Override
                    void onAnswer(byte type, byte[] reply, int length) {
                        if (isGone()) {
                            return;
                        }
                        if (type == '+') {
                            pool().onClean(RespConnection.this);
                        } else {
                            lose(false, "it would not forget what it watches");
                        }
                    }

                    @Override
                    void onNoAnswer(String reason) {}
                },
                "UNWATCH");
    }

    /** Whatever the answer is, it changes nothing. */
    private static final class Ignored extends Question {
        @Override
        void onAnswer(byte type, byte[] reply, int length) {}

        @Override
        void onNoAnswer(String reason) {}
    }

    @Override
    protected void onSharedSweep(long now) {
        for (int i = 0; i < slots.size() && !isGone(); i++) {
            slots.get(i).onSlotSweep(now);
        }
        if (!slots.isEmpty() && !isGone()) {
            lanes.watch(this, now - heardAt);
        }
    }

    // ---- for the console

    @Override
    public long serverId() {
        return serverId;
    }

    @Override
    public int preparedStatements() {
        return 0;
    }
}
