package io.sluice.resp.wire;

import org.jspecify.annotations.Nullable;

/** The protocol's versions: which one a connection speaks is agreed by HELLO. */
public enum RespVersion {
    RESP2(2),
    RESP3(3);

    private final int number;

    RespVersion(int number) {
        this.number = number;
    }

    /** As HELLO has it. */
    public int number() {
        return number;
    }

    /** The version that HELLO asks for, or null if there is none of that number. */
    public static @Nullable RespVersion of(long number) {
        return number == 2 ? RESP2 : number == 3 ? RESP3 : null;
    }
}
