/**
 * Metrics, health, and the console's tables as JSON.
 *
 * <p>An {@link HttpServer} listens on a thread of its own, so that nothing asked here ever holds
 * traffic up. Each connection has an {@link HttpDesk}, which sends a request where it belongs:
 * {@link MetricsPage} for Prometheus, {@link HealthPages} for whoever watches the process, the
 * {@link io.sluice.console.Console} for operators, who log in ({@link ConsoleLogin}) each time.
 *
 * <p>Health needs no login. Metrics need one unless the address is on loopback or a unix socket;
 * everything else always does.
 */
@NullMarked
package io.sluice.http;

import org.jspecify.annotations.NullMarked;
