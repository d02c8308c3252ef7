package io.sluice.config;

import java.util.List;

/**
 * How a client proves who it is.
 *
 * @param trust whether no proof is asked
 * @param secrets any of them lets the client in (two while a password is rotated): plain, {@code
 *     md5…} or {@code SCRAM-SHA-256$…}; empty with {@code trust} only
 */
public record CredentialConfig(boolean trust, List<Secret> secrets) {}
