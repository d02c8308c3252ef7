package io.sluice.resp.session;

import io.sluice.guard.Guards;
import io.sluice.resp.config.RespSettings;
import io.sluice.spi.Proxy;
import io.sluice.tenant.Destination;

/**
 * What a session is given when its client has been let in.
 *
 * @param destination its user, and database 0
 * @param tls "" or the TLS version and cipher
 * @param onEnd run once, on the session's loop, when it is over
 */
public record RespContext(
        Proxy proxy,
        RespHome home,
        long id,
        Authenticator authenticator,
        Destination destination,
        Guards guards,
        String tls,
        Runnable onEnd) {

    RespSettings settings() {
        return (RespSettings) destination.service().protocolSettings();
    }
}
