package io.sluice.pg.session;

import java.util.Locale;
import java.util.Set;

/** Parameters that servers report (GUC_REPORT), told apart from those that sessions can set. */
final class Reported {
    /** What the server is, not what a session wants. */
    private static final Set<String> FACTS =
            Set.of(
                    "in_hot_standby",
                    "integer_datetimes",
                    "is_superuser",
                    "server_encoding",
                    "server_version",
                    "session_authorization");

    private Reported() {}

    static boolean isSetting(String name) {
        return !FACTS.contains(name.toLowerCase(Locale.ROOT));
    }
}
