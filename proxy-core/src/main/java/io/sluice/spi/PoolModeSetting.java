package io.sluice.spi;

import org.jspecify.annotations.Nullable;

/**
 * What a protocol's settings of a service, a database or a user may implement, so that SHOW can
 * tell when their server connections are given back.
 */
public interface PoolModeSetting {

    /** Such as {@code transaction}; null if this level does not say. */
    @Nullable String poolMode();
}
