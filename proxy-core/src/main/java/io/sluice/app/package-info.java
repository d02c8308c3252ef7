/**
 * The running process: the one place that knows all parts, and the order in which they start and
 * stop.
 *
 * <p>{@link Sluice} owns every part and hands them to the protocols; {@link Listeners} are what
 * clients connect to, {@link GuardBook} the guards of every home. {@link ConfigFile} is what it is
 * configured by, {@link Reloading} puts a changed one in force, and {@link Stopping} takes the
 * process down without breaking what clients have under way.
 */
@NullMarked
package io.sluice.app;

import org.jspecify.annotations.NullMarked;
