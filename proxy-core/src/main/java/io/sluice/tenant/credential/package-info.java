/**
 * How a client proves who it is, and how the proxy proves itself to a server: without sockets and
 * without a protocol's framing.
 *
 * <p>A configured secret is read once into a {@link Verifier}. For SCRAM (RFC 5802, RFC 7677) the
 * verifiers of a user become a {@link ScramOffer}, which {@link ScramServerExchange} offers to a
 * client and checks; a name that nobody has gets a {@link Decoys decoy} and fails at the same place
 * as a wrong password. A password that came in clear is held against verifiers by {@link
 * PasswordCheck}. Towards servers {@link ScramClientExchange} plays the other role. Both machines
 * take and give text; the slow step between, PBKDF2, is never done by them but by {@link
 * KeyDerivation} on its own thread. Text of a reason or an exception never contains a secret.
 */
@NullMarked
package io.sluice.tenant.credential;

import org.jspecify.annotations.NullMarked;
