/** Commands that the proxy answers itself. */
@NullMarked
package io.sluice.resp.local;

import org.jspecify.annotations.NullMarked;
