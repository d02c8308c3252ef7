/** Tests of Redis' own keys of the configuration. */
@NullMarked
package io.sluice.resp.config;

import org.jspecify.annotations.NullMarked;
