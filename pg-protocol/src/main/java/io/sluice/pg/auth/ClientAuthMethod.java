package io.sluice.pg.auth;

import io.sluice.tenant.credential.Verifier;
import java.util.List;
import java.util.Optional;

/** How clients are asked for their proof. Users with trust are never asked. */
public enum ClientAuthMethod {
    /** SCRAM, but md5 for a user who has md5 secrets only. */
    AUTO,
    /** SCRAM-SHA-256, and SCRAM-SHA-256-PLUS over TLS. */
    SCRAM,
    /** For clients that know nothing better. */
    MD5,
    /** The password itself travels: only where the connection is encrypted or local. */
    PASSWORD;

    /** Returns the method to use for a user; never {@link #AUTO}. */
    ClientAuthMethod resolve(List<Verifier> verifiers) {
        if (this != AUTO) {
            return this;
        }
        boolean md5Only =
                !verifiers.isEmpty() && verifiers.stream().allMatch(Verifier.Md5.class::isInstance);
        return md5Only ? MD5 : SCRAM;
    }

    /**
     * Returns why a user with these verifiers could never log in by this method, if so: a
     * configuration to refuse.
     */
    public Optional<String> problemWith(List<Verifier> verifiers) {
        if (verifiers.isEmpty() || verifiers.stream().anyMatch(this::serves)) {
            return Optional.empty();
        }
        return switch (resolve(verifiers)) {
            case AUTO, PASSWORD -> Optional.empty();
            case SCRAM -> Optional.of("scram needs a plain secret or a SCRAM-SHA-256 verifier");
            case MD5 -> Optional.of("md5 needs a plain or md5 secret");
        };
    }

    private boolean serves(Verifier verifier) {
        return switch (verifier) {
            case Verifier.Trust _, Verifier.Plain _ -> true;
            case Verifier.Md5 _ -> this != SCRAM;
            case Verifier.Scram _ -> this != MD5;
        };
    }
}
