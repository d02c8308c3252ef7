package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.sluice.fanout.Hub;
import io.sluice.fanout.Link;
import io.sluice.fanout.Rejection;
import io.sluice.fanout.Topic;
import io.sluice.fanout.TopicKind;
import io.sluice.guard.Outcome;
import io.sluice.guard.Refusal;
import io.sluice.pool.Condition;
import io.sluice.pool.Lane;
import io.sluice.pool.Lease;
import io.sluice.pool.Pool;
import io.sluice.pool.Waiter;
import io.sluice.resp.pubsub.ChannelNames;
import io.sluice.resp.pubsub.ServerWords;
import io.sluice.resp.wire.BrokenProtocol;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The connection on which a hub subscribes: one of the lane for that, leased as long as the hub
 * wants it. It speaks RESP3, where confirmations and messages are pushes, so that what is no push
 * answers a PING, or is the error that a command to subscribe has ended in.
 *
 * <p><b>Threads:</b> the hub's loop.
 */
final class HubLink extends Waiter implements Link, ConnectionHolder {
    private final Hub hub;
    private final ChannelNames names;
    private final Pool pool;
    private final long mostBytes;
    private @Nullable Lease lease;
    private @Nullable ServerWords words;

    /** The beginning of a push, or of an error, of which the rest is to come. */
    private @Nullable ByteBuf begun;

    /**
     * @param mostBytes of one message; one that is longer could reach nobody
     */
    HubLink(Hub hub, ChannelNames names, RespLanes lanes, long mostBytes) {
        this.hub = hub;
        this.names = names;
        this.pool = lanes.pool(Lane.SUBSCRIPTION);
        this.mostBytes = mostBytes;
    }

    /** Gets a connection; the hub hears whether there is one. */
    void open() {
        pool.acquire(this);
    }

    @Override
    protected void onLease(Lease granted) {
        lease = granted;
        words = new ServerWords(hub, this, names);
        hub.onOpened(this);
    }

    @Override
    protected void onNoLease(Refusal refusal) {
        hub.onUnavailable(refusal);
    }

    @Override
    protected void onStillWaiting(long now, long waitedNanos) {}

    @Override
    protected void onLeaseSweep(long now) {
        if (connection().isStale()) {
            hub.renew("RECONNECT, or the configuration changed");
        }
    }

    private RespConnection connection() {
        Lease held = lease;
        if (held == null) {
            throw new IllegalStateException(hub.name() + " has no connection");
        }
        return (RespConnection) held.connection();
    }

    private ServerWords words() {
        ServerWords present = words;
        if (present == null) {
            throw new IllegalStateException(hub.name() + " has no connection");
        }
        return present;
    }

    // ---- what the hub wants

    @Override
    public void subscribe(TopicKind kind, List<Topic> topics) {
        words().command(connection().writer()::room, kind, true, topics);
    }

    @Override
    public void unsubscribe(TopicKind kind, List<Topic> topics) {
        words().command(connection().writer()::room, kind, false, topics);
    }

    @Override
    public void flush() {
        connection().writer().sendNow();
    }

    @Override
    public void probe() {
        connection().ask(new SignOfLife(), "PING");
        flush();
    }

    /** A server that is busy is alive, too. */
    private final class SignOfLife extends Question {
        @Override
        void onAnswer(byte type, byte[] reply, int length) {
            hub.onAlive(HubLink.this);
        }

        @Override
        void onNoAnswer(String reason) {}
    }

    @Override
    public void giveBack() {
        letGo(Condition.CLEAN);
    }

    @Override
    public void close(String reason) {
        if (lease != null) {
            connection().retire(reason); // which lets go of it
        }
    }

    private void letGo(Condition condition) {
        Lease held = lease;
        if (held != null) {
            lease = null;
            forgetBegun();
            held.giveBack(condition);
        }
    }

    private void forgetBegun() {
        ByteBuf part = begun;
        if (part != null) {
            begun = null;
            part.release();
        }
    }

    // ---- what the connection brings

    @Override
    public void onPush(ByteBuf bytes, int from, int length, boolean first, boolean last) {
        if (first && last) {
            hear(bytes, from);
            return;
        }
        ByteBuf whole = collect(bytes, from, length);
        if (last && whole != null) {
            begun = null;
            try {
                hear(whole, 0);
            } finally {
                whole.release();
            }
        }
    }

    private void hear(ByteBuf bytes, int from) {
        try {
            words().hear(bytes, from);
        } catch (BrokenProtocol broken) {
            connection().close("it broke the protocol: " + broken.getMessage());
        }
    }

    /**
     * Returns what has come so far; null if that is more than can be, and the connection closed.
     */
    private @Nullable ByteBuf collect(ByteBuf bytes, int from, int length) {
        ByteBuf part = begun;
        if (part == null) {
            part = bytes.alloc().directBuffer(2 * length);
            begun = part;
        }
        if (part.readableBytes() + (long) length > mostBytes) {
            connection()
                    .close(
                            "it sent a message of more than %d bytes (unread-replies.hard), which no subscriber could be given"
                                    .formatted(mostBytes));
            return null;
        }
        return part.writeBytes(bytes, from, length);
    }

    /** An error that answers the oldest command: all else that answers one is a push. */
    @Override
    public boolean onUnawaited(ByteBuf bytes, int from, int length, byte type, boolean last) {
        if (type != '-' || !last || begun != null) {
            return false;
        }
        Rejection rejection =
                Words.outcomeOf(bytes, from, length) == Outcome.BACKEND_FAULT
                        ? Rejection.FOR_NOW
                        : Rejection.FOR_GOOD;
        hub.onRejected(
                this, rejection, bytes.toString(from + 1, length - 3, StandardCharsets.ISO_8859_1));
        return true;
    }

    @Override
    public void onServerWritable(boolean writable) {}

    @Override
    public void onServerLost(String reason) {
        letGo(Condition.BROKEN);
        hub.onLost(this, reason); // not heard if the hub itself has closed it
    }

    @Override
    public String toString() {
        return "link of " + hub.name();
    }
}
