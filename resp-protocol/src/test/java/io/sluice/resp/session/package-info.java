/** Tests of sessions in parts. */
@NullMarked
package io.sluice.resp.session;

import org.jspecify.annotations.NullMarked;
