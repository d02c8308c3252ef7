package io.sluice.resp.session;

import io.sluice.guard.OperationClass;
import io.sluice.resp.config.RespSettings;
import java.time.Duration;

/** How long commands of each class may take, in nanoseconds; 0: any time. */
record CommandLimits(long simpleRead, long complexRead, long write, long batch, long other) {

    /**
     * @param query longest for any command; the smaller counts
     */
    static CommandLimits of(RespSettings.Patience patience, Duration query) {
        return new CommandLimits(
                smaller(patience.simpleRead(), query),
                smaller(patience.complexRead(), query),
                smaller(patience.write(), query),
                smaller(patience.batch(), query),
                smaller(patience.other(), query));
    }

    private static long smaller(Duration own, Duration query) {
        if (own.isZero() || query.isZero()) {
            return Math.max(own.toNanos(), query.toNanos());
        }
        return Math.min(own.toNanos(), query.toNanos());
    }

    long of(OperationClass operationClass) {
        return switch (operationClass) {
            case SIMPLE_READ -> simpleRead;
            case COMPLEX_READ -> complexRead;
            case WRITE -> write;
            case BATCH -> batch;
            case OTHER, AGGREGATION, ANALYTICS -> other;
        };
    }
}
