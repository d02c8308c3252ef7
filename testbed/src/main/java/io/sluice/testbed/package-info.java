/**
 * What Sluice is run against, in the tests, the demo and the benchmarks. Never part of a shipped
 * Sluice.
 *
 * <p>{@link PostgresBackend} is a real PostgreSQL, started from an embedded package or from what
 * the machine has installed, and gone without a trace when closed; {@link RedisBackend} a real
 * Redis. {@link FakePostgresServer} and {@link FakeRedisServer} are their unreliable doubles: they
 * speak exactly the bytes that a test scripts, in fragments, late, half or never. {@link
 * RawPgClient} and {@link RawRespClient} are the clients that no driver would be: they send any
 * bytes in any cuts and show all that comes back. {@link FrontendBytes} and {@link BackendBytes},
 * and {@link RedisBytes}, are the messages themselves, written independently of what they test.
 * {@link TestAuthority} issues certificates.
 */
@NullMarked
package io.sluice.testbed;

import org.jspecify.annotations.NullMarked;
