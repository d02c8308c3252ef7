package io.sluice.resp.pubsub;

import io.netty.buffer.ByteBuf;
import io.sluice.fanout.Topic;
import io.sluice.resp.wire.RespBytes;
import io.sluice.resp.wire.RespVersion;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes what is said of subscriptions, byte for byte as Redis does: pushes in RESP3, arrays in
 * RESP2.
 *
 * <p><b>Buffers:</b> stay the caller's.
 */
public final class Frames {
    /** What a frame has beside its names, at most: headers, words and a number. */
    public static final int OVERHEAD = 96;

    /** What a string has beside its bytes, at most. */
    static final int HEADER = 16;

    private static final byte[] PONG = "pong".getBytes(StandardCharsets.US_ASCII);

    private Frames() {}

    /**
     * The client is subscribed.
     *
     * @param count how many subscriptions it has of that tally
     */
    public static void subscribed(ByteBuf out, RespVersion version, Topic topic, int count) {
        SubscriptionKind kind = SubscriptionKind.of(topic.kind());
        confirmation(out, version, kind.subscribe());
        name(out, topic);
        RespBytes.integer(out, count);
    }

    /** The client is not subscribed, or no longer so. */
    public static void unsubscribed(ByteBuf out, RespVersion version, Topic topic, int count) {
        SubscriptionKind kind = SubscriptionKind.of(topic.kind());
        confirmation(out, version, kind.unsubscribe());
        name(out, topic);
        RespBytes.integer(out, count);
    }

    /** As {@link #unsubscribed(ByteBuf, RespVersion, Topic, int)}, for who has no subscription. */
    public static void unsubscribed(
            ByteBuf out,
            RespVersion version,
            SubscriptionKind kind,
            ByteBuf name,
            int index,
            int length) {
        confirmation(out, version, kind.unsubscribe());
        RespBytes.bulk(out, name, index, length);
        RespBytes.integer(out, 0);
    }

    /** The client wanted to be unsubscribed from all of a kind, and had none. */
    public static void unsubscribedFromNothing(
            ByteBuf out, RespVersion version, SubscriptionKind kind, int count) {
        confirmation(out, version, kind.unsubscribe());
        RespBytes.nullBulk(out, version);
        RespBytes.integer(out, count);
    }

    private static void confirmation(ByteBuf out, RespVersion version, byte[] word) {
        RespBytes.push(out, version, 3);
        RespBytes.bulk(out, word);
    }

    /** The answer to a PING of a client that has subscriptions and speaks RESP2. */
    public static void pong(ByteBuf out, ByteBuf text, int index, int length) {
        RespBytes.array(out, 2);
        RespBytes.bulk(out, PONG);
        RespBytes.bulk(out, text, index, length);
    }

    /**
     * The command that subscribes on a server, or the one that unsubscribes.
     *
     * @param names of channels or patterns, as the server calls them
     */
    public static void command(
            ByteBuf out, SubscriptionKind kind, boolean subscribes, List<byte[]> names) {
        RespBytes.array(out, 1 + names.size());
        RespBytes.bulk(out, subscribes ? kind.subscribe() : kind.unsubscribe());
        for (byte[] name : names) {
            RespBytes.bulk(out, name);
        }
    }

    /** The name of a topic as a string. */
    static void name(ByteBuf out, Topic topic) {
        RespBytes.bulkHeader(out, topic.length());
        topic.writeTo(out);
        RespBytes.end(out);
    }
}
