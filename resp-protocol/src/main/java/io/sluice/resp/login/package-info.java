/** The first words with a client, up to its being let in, and the way to its home. */
@NullMarked
package io.sluice.resp.login;

import org.jspecify.annotations.NullMarked;
