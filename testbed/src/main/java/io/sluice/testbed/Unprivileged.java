package io.sluice.testbed;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs programs that refuse to be run by root.
 *
 * <p>An ordinary user runs them as they are. Root runs them in a user namespace of their own, where
 * root is nobody and yet owns its files; where the system forbids that, as the user {@code nobody},
 * who is then given the files.
 */
enum Unprivileged {
    ORDINARY_USER,
    OWN_NAMESPACE,
    NOBODY;

    private static final Unprivileged HERE = find();

    /** What this process has to do; found out once. */
    static Unprivileged here() {
        return HERE;
    }

    /** The whole command for running {@code command}; the process id is that of the program. */
    List<String> command(List<String> command) {
        var whole = new ArrayList<>(prefix());
        whole.addAll(command);
        return whole;
    }

    private List<String> prefix() {
        return switch (this) {
            case ORDINARY_USER -> List.of();
            case OWN_NAMESPACE -> List.of("unshare", "--user");
            case NOBODY ->
                    List.of("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups");
        };
    }

    /** Makes {@code folder} with all that is in it usable by what is run. */
    void own(Path folder) {
        if (this == NOBODY && !succeeds("chown", "-R", "nobody:nogroup", folder.toString())) {
            throw new IllegalStateException("cannot give " + folder + " to nobody");
        }
    }

    private static Unprivileged find() {
        if (!"root".equals(System.getProperty("user.name"))) {
            return ORDINARY_USER;
        }
        return succeeds("unshare", "--user", "true") ? OWN_NAMESPACE : NOBODY;
    }

    private static boolean succeeds(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false; // the program is not there
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
