package io.sluice.resp.login;

import io.sluice.resp.session.Authenticator;
import io.sluice.resp.session.Credentials;
import io.sluice.spi.Proxy;
import io.sluice.tenant.Destination;
import io.sluice.tenant.TenantClaim;
import io.sluice.tenant.credential.OnLoop;
import io.sluice.tenant.credential.PasswordCheck;
import io.sluice.tenant.credential.Verifier;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Checks clients of one connection.
 *
 * @param listenerTenant the tenant that the listener fixes; null if it fixes none
 * @param serverName the name that TLS told; null if it told none
 */
record Doorkeeper(Proxy proxy, @Nullable String listenerTenant, @Nullable String serverName)
        implements Authenticator {
    private static final Logger LOG = LogManager.getLogger(Doorkeeper.class);

    private TenantClaim claim(String user) {
        return new TenantClaim(listenerTenant, serverName, null, user);
    }

    @Override
    public String claimed(Credentials credentials) {
        return claim(credentials.user()).claimed(proxy.config(), "");
    }

    /** Where a client of that user name goes; null if that is nowhere. */
    @Nullable Destination destination(String user) {
        return switch (claim(user).in(proxy.config())) {
            case TenantClaim.Reading.Named(String tenant, String name) ->
                    Addresses.of(proxy.config(), tenant, name);
            case TenantClaim.Reading.Unnamed(String name) -> Addresses.ofOnly(proxy.config(), name);
            case TenantClaim.Reading.Contradiction _ -> null;
        };
    }

    @Override
    public CompletionStage<Optional<Destination>> check(Credentials credentials, Executor loop) {
        Destination destination = destination(credentials.user());
        var matches =
                new PasswordCheck(proxy.keyDerivation(), proxy.decoys())
                        .matches(
                                credentials.password(),
                                destination == null
                                        ? "?/" + credentials.user()
                                        : destination.tenant().name()
                                                + "/"
                                                + destination.user().name(),
                                destination == null
                                        ? List.of()
                                        : Verifier.allOf(
                                                destination.user().verify(),
                                                destination.user().name()));
        return OnLoop.then(
                matches,
                loop,
                right -> right ? Optional.ofNullable(destination) : Optional.empty(),
                reason -> {
                    LOG.warn("a login could not be checked: {}", reason);
                    return Optional.empty();
                });
    }
}
