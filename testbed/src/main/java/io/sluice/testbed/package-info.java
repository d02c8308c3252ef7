/**
 * What Sluice is run against, in the tests, the demo and the benchmarks. Never part of a shipped
 * Sluice.
 *
 * <p>{@link PostgresBackend} is a real PostgreSQL, started from an embedded package or from what
 * the machine has installed, and gone without a trace when closed. {@link FakePostgresServer} is
 * its unreliable double: it speaks exactly the bytes that a test scripts, in fragments, late, half
 * or never. {@link RawPgClient} is the client that no driver would be: it sends any bytes in any
 * cuts and shows every message that comes back. {@link FrontendBytes} and {@link BackendBytes} are
 * the messages themselves, written independently of what they test. {@link TestAuthority} issues
 * certificates.
 */
@NullMarked
package io.sluice.testbed;

import org.jspecify.annotations.NullMarked;
