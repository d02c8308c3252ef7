package io.sluice.fanout;

import io.netty.buffer.ByteBuf;

/** One message that has come, ready to be encoded as its subscribers want it. */
@FunctionalInterface
public interface WireForms {
    /**
     * Encodes the message; called at most once for each form, within {@link Hub#onMessage}.
     *
     * @param form as told by {@link Subscriber#wireForm}
     * @return owned by the hub, which releases it. Since subscribers may keep it for long, a buffer
     *     of its own rather than a slice of what was read
     */
    ByteBuf encode(int form, Topic topic);
}
