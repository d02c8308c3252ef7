package io.sluice.resp.pubsub;

import io.netty.buffer.ByteBuf;
import io.sluice.fanout.Topic;
import io.sluice.fanout.WireForms;
import io.sluice.resp.wire.RespBytes;
import io.sluice.resp.wire.RespVersion;

/** A message in the words of its tenant's clients. One for each connection, set anew for each. */
final class ClientMessage implements WireForms {
    private final Span channel = new Span();
    private final Span payload = new Span();
    private SubscriptionKind kind = SubscriptionKind.CHANNEL;

    /**
     * Is this message from now on.
     *
     * @return whether it is this tenant's
     */
    boolean set(Push push, ChannelNames names, ByteBuf scratch) {
        kind = push.kind();
        channel.set(push.in(), push.start(push.channel()), push.length(push.channel()));
        payload.set(push.in(), push.start(push.payload()), push.length(push.payload()));
        return names.payloadToClient(channel, payload)
                && names.toClient(
                        kind == SubscriptionKind.PATTERN ? SubscriptionKind.CHANNEL : kind,
                        channel,
                        scratch);
    }

    @Override
    public ByteBuf encode(int form, Topic topic) {
        RespVersion version = versionOf(form);
        boolean matched = kind == SubscriptionKind.PATTERN;
        ByteBuf out =
                payload.in()
                        .alloc()
                        .directBuffer(
                                Frames.OVERHEAD
                                        + topic.length()
                                        + payload.length()
                                        + (matched ? channel.length() : 0));
        RespBytes.push(out, version, matched ? 4 : 3);
        RespBytes.bulk(out, kind.message());
        Frames.name(out, topic);
        if (matched) {
            RespBytes.bulk(out, channel.in(), channel.start(), channel.length());
        }
        RespBytes.bulk(out, payload.in(), payload.start(), payload.length());
        return out;
    }

    static RespVersion versionOf(int form) {
        return form == 0 ? RespVersion.RESP2 : RespVersion.RESP3;
    }
}
