/**
 * The authentication part of PostgreSQL's start-up, in both roles, as machines without sockets.
 *
 * <p>{@link ClientLogin} asks a client for its proof and checks it; {@link ServerLogin} gives a
 * server the proof it asks for. Whoever owns the channel hands them the payloads of messages and
 * writes what they answer: {@link AuthenticationRequest} goes from server to client, {@link
 * AuthenticationResponse} from client to server. Every state has its table of allowed messages;
 * what is not in it fails the login. Message formats: PostgreSQL's documentation, "Message
 * Formats"; flows: "Start-up" and "SASL Authentication".
 */
@NullMarked
package io.sluice.pg.auth;

import org.jspecify.annotations.NullMarked;
