/**
 * What Sluice knows of commands: where they run, which of their arguments are keys, what is
 * dangerous about them; and what a server says of them itself.
 */
@NullMarked
package io.sluice.resp.command;

import org.jspecify.annotations.NullMarked;
