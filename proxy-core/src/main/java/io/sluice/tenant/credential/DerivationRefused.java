package io.sluice.tenant.credential;

/** A key was not derived because too many others wait, or because the proxy is closing. */
public final class DerivationRefused extends RuntimeException {
    DerivationRefused(String message) {
        super(
                message, null, false,
                false); // under overload a stack trace would cost more than it tells
    }
}
