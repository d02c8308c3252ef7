/**
 * What an operator asks and commands, as tables of values; no wire in it.
 *
 * <p>A {@link Console} takes a command of SQL-like words from an {@link Operator} and answers with
 * a {@link Reply}. The PostgreSQL console and the JSON twin over HTTP both speak to it; who stays
 * logged in at the former is among the {@link OperatorSessions}.
 *
 * <p>{@link CommandConsole} is the real one. It takes a text apart ({@link Statement}), finds the
 * {@link Command} and checks the operator's role. Commands are grouped by what they look at: {@link
 * PoolShows}, {@link ConnectionShows}, {@link StatsShows}, {@link ProcessShows}, {@link
 * OperatorCommands}. What only a loop may look at is asked of it by a {@link Survey}.
 */
@NullMarked
package io.sluice.console;

import org.jspecify.annotations.NullMarked;
