/**
 * Tenants that share one Redis: what their keys and channels are called on the server.
 *
 * <p>{@link io.sluice.resp.tenancy.Names} says what a tenant's prefix is put before. {@link
 * io.sluice.resp.tenancy.RequestRewriter} puts it in while a request is copied to where it is sent,
 * {@link io.sluice.resp.tenancy.ReplyRewriter} takes it out of replies, and lets nothing pass that
 * does not have it.
 */
@NullMarked
package io.sluice.resp.tenancy;

import org.jspecify.annotations.NullMarked;
