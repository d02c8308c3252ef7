package io.sluice.resp.login;

import io.sluice.net.Loop;
import io.sluice.resp.session.Authenticator;
import io.sluice.resp.session.Credentials;
import io.sluice.resp.session.Verdict;
import io.sluice.session.FailedLogins;
import io.sluice.session.NotLetIn;
import io.sluice.spi.Proxy;
import io.sluice.tenant.Destination;
import io.sluice.tenant.TenantClaim;
import io.sluice.tenant.credential.OnLoop;
import io.sluice.tenant.credential.PasswordCheck;
import io.sluice.tenant.credential.Verifier;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Checks clients of one connection.
 *
 * @param client where it comes from; null if that cannot be told
 * @param listenerTenant the tenant that the listener fixes; null if it fixes none
 * @param serverName the name that TLS told; null if it told none
 */
record Doorkeeper(
        Proxy proxy,
        @Nullable SocketAddress client,
        @Nullable String listenerTenant,
        @Nullable String serverName)
        implements Authenticator {
    private static final Logger LOG = LogManager.getLogger(Doorkeeper.class);

    private TenantClaim claim(String user) {
        return new TenantClaim(listenerTenant, serverName, null, user);
    }

    /** Where a client of that user name goes; null if that is nowhere. */
    private @Nullable Destination destination(String user) {
        return switch (claim(user).in(proxy.config())) {
            case TenantClaim.Reading.Named(String tenant, String name) ->
                    Addresses.of(proxy.config(), tenant, name);
            case TenantClaim.Reading.Unnamed(String name) -> Addresses.ofOnly(proxy.config(), name);
            case TenantClaim.Reading.Contradiction _ -> null;
        };
    }

    @Override
    public @Nullable Destination unasked() {
        Destination destination = destination(Credentials.DEFAULT_USER);
        return destination == null || !destination.user().verify().trust() ? null : destination;
    }

    @Override
    public CompletionStage<Verdict> check(Credentials credentials, Loop loop) {
        String claimed = claim(credentials.user()).claimed(proxy.config(), "");
        FailedLogins.Source source = FailedLogins.Source.of(client, claimed);
        int limit = proxy.config().limits().failedLogins();
        Duration pause = proxy.failedLogins().pause(source, limit, loop.now());
        if (pause.isPositive()) {
            return CompletableFuture.completedFuture(
                    new Verdict.TooMany(
                            new NotLetIn.TooManyFailures(limit, source.tenant(), pause)));
        }
        Destination destination = destination(credentials.user());
        return OnLoop.then(
                matches(credentials, destination),
                loop.executor(),
                right -> {
                    if (right && destination != null) {
                        return new Verdict.LetIn(destination);
                    }
                    proxy.failedLogins().failed(source, loop.now());
                    return new Verdict.Wrong();
                },
                reason -> {
                    LOG.warn("a login could not be checked: {}", reason);
                    return new Verdict.NotChecked(reason);
                });
    }

    private CompletableFuture<Boolean> matches(
            Credentials credentials, @Nullable Destination destination) {
        String account =
                destination == null
                        ? "?/" + credentials.user()
                        : destination.tenant().name() + "/" + destination.user().name();
        return new PasswordCheck(proxy.keyDerivation(), proxy.decoys())
                .matches(
                        credentials.password(),
                        account,
                        destination == null
                                ? List.of()
                                : Verifier.allOf(
                                        destination.user().verify(), destination.user().name()));
    }
}
