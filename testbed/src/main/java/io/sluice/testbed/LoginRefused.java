package io.sluice.testbed;

import java.io.IOException;

/** The server answered a login with an error. */
public final class LoginRefused extends IOException {

    private final transient PgMessage error;

    LoginRefused(PgMessage error) {
        super(error.sqlState() + ": " + error.text());
        this.error = error;
    }

    /** The ErrorResponse. */
    public PgMessage error() {
        return error;
    }
}
