package io.sluice.resp.session;

import io.sluice.config.BackendConfig;
import io.sluice.config.Secret;
import io.sluice.resp.wire.RespVersion;
import org.jspecify.annotations.Nullable;

/**
 * Whom and what connections are to.
 *
 * @param database the server's number
 * @param secret null: the server asks none
 */
public record RespTarget(
        BackendConfig backend,
        int database,
        String user,
        @Nullable Secret secret,
        RespVersion version) {}
