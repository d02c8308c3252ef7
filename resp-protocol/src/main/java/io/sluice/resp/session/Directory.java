package io.sluice.resp.session;

import io.sluice.resp.wire.RespVersion;
import io.sluice.tenant.Destination;

/** Finds the lanes to a destination. Confined to the loop of the home that it is asked for. */
public interface Directory {
    RespLanes lanes(RespHome home, Destination destination, RespVersion version);
}
