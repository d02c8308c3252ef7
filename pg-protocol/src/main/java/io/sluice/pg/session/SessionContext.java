package io.sluice.pg.session;

import io.sluice.config.UserConfig;
import io.sluice.guard.Guards;
import io.sluice.pg.config.PgSettings;
import io.sluice.pg.config.PoolMode;
import io.sluice.pg.settings.Settings;
import io.sluice.spi.Proxy;

/**
 * What a session is given when its client has been let in.
 *
 * @param startupSettings what the client asked for in its startup packet
 * @param tls "" or the TLS version and cipher
 * @param onEnd run once, on the session's loop, when it is over
 */
public record SessionContext(
        Proxy proxy,
        long id,
        PgPool pgPool,
        Guards guards,
        UserConfig user,
        PgSettings settings,
        PoolMode poolMode,
        Settings startupSettings,
        CancelKey cancelKey,
        String tls,
        Runnable onEnd) {}
