package io.sluice.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.config.ConsoleConfig;
import io.sluice.config.ConsoleConfig.ConsoleUser;
import io.sluice.config.Secret;
import io.sluice.tenant.credential.Decoys;
import io.sluice.tenant.credential.KeyDerivation;
import io.sluice.tenant.credential.Verifier;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Checks HTTP Basic credentials (RFC 7617) against the console's users. Names that nobody has take
 * as long to refuse as wrong passwords. Any thread.
 */
final class ConsoleLogin {
    private static final String SCHEME = "Basic ";

    private final Supplier<ConsoleConfig> config;
    private final KeyDerivation keys;
    private final Decoys decoys;

    ConsoleLogin(Supplier<ConsoleConfig> config, KeyDerivation keys, Decoys decoys) {
        this.config = config;
        this.keys = keys;
        this.decoys = decoys;
    }

    /** What a client says of itself. */
    record Credentials(String name, Secret password) {

        /** Reads an Authorization header; null if it is absent or not of the Basic kind. */
        static @Nullable Credentials parse(@Nullable String header) {
            if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
                return null;
            }
            String decoded;
            try {
                decoded =
                        new String(
                                Base64.getDecoder()
                                        .decode(header.substring(SCHEME.length()).trim()),
                                UTF_8);
            } catch (IllegalArgumentException _) { // not base64: as if there were none
                return null;
            }
            int colon = decoded.indexOf(':');
            return colon < 0
                    ? null
                    : new Credentials(
                            decoded.substring(0, colon), new Secret(decoded.substring(colon + 1)));
        }
    }

    /**
     * Finds who that is.
     *
     * @param local whether the client is on this machine; only there is trust honoured
     * @return null if name or password is wrong; fails if no password can be checked at present
     */
    CompletableFuture<@Nullable ConsoleUser> check(Credentials credentials, boolean local) {
        ConsoleUser user = config.get().users().get(credentials.name());
        if (user == null) {
            return decoy(credentials);
        }
        List<Verifier> verifiers = Verifier.allOf(user.verify(), user.name());
        CompletableFuture<Boolean> right = CompletableFuture.completedFuture(false);
        boolean derives = false;
        for (Verifier verifier : verifiers) {
            switch (verifier) {
                case Verifier.Trust _ -> right = or(right, local);
                case Verifier.Plain plain ->
                        right = or(right, plain.matches(credentials.password()));
                case Verifier.Md5 md5 -> right = or(right, md5.matches(credentials.password()));
                case Verifier.Scram scram -> {
                    derives = true;
                    right =
                            right.thenCombine(
                                    keys.matches(credentials.password(), scram.verifier()),
                                    Boolean::logicalOr);
                }
            }
        }
        boolean derived = derives;
        return right.thenCompose(matches -> {
            if (matches) {
                return CompletableFuture.completedFuture(user);
            }
            return derived ? CompletableFuture.completedFuture(null) : decoy(credentials);
        });
    }

    private static CompletableFuture<Boolean> or(CompletableFuture<Boolean> first, boolean then) {
        return first.thenApply(matches -> matches || then);
    }

    /** Takes the time that deriving a key takes, and finds nobody. */
    private CompletableFuture<@Nullable ConsoleUser> decoy(Credentials credentials) {
        return keys.matches(credentials.password(), decoys.scram(credentials.name()))
                .thenApply(_ -> null);
    }
}
