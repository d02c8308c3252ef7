/**
 * What a pooler must know about SQL text, without parsing it.
 *
 * <p>{@link SqlClassifier} is the door: it is fed the bytes of a query string as they arrive, in
 * pieces of any size, and answers with a {@link Classified}. Below it, {@link SqlLexer} cuts the
 * bytes into tokens exactly as PostgreSQL 14 to 18 do (their {@code scan.l}), and tells them to a
 * {@link TokenSink}; the classifier's sink follows just as much of the grammar as is needed to
 * split statements and to see what they leave behind on the server connection: settings that can be
 * replayed ({@link SettingChange}) and things that cannot ({@link PinReason}).
 *
 * <p>Text that PostgreSQL itself rejects may be classified in any way, since nothing of it runs:
 * the server parses a whole query string before it executes the first statement. What a function, a
 * {@code DO} block, a procedure or a rule does inside is not seen.
 */
@NullMarked
package io.sluice.pg.sql;

import org.jspecify.annotations.NullMarked;
