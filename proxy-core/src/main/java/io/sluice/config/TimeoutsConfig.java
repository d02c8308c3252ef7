package io.sluice.config;

import java.time.Duration;

/**
 * How long things of one user may take; zero switches a limit off.
 *
 * @param query one operation, from sent to answered
 * @param transaction one transaction, from first to last statement
 * @param idleInTransaction silence of a client inside a transaction
 * @param clientIdle silence of a client outside a transaction
 * @param clientStall longest a client that does not read its reply may hold a lease
 * @param cancel longest to wait for a cancelled operation before its connection is closed
 * @param waitNotice wait for a lease after which the client is told that it waits
 */
public record TimeoutsConfig(
        Duration query,
        Duration transaction,
        Duration idleInTransaction,
        Duration clientIdle,
        Duration clientStall,
        Duration cancel,
        Duration waitNotice) {}
