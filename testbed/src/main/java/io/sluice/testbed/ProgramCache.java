package io.sluice.testbed;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Where the programs of embedded packages are unpacked to, once per user, and found afterwards:
 * {@code ~/.cache/sluice}, or {@code $XDG_CACHE_HOME/sluice}; the system property {@code
 * sluice.testbed.cache} overrides both; a user without a home gets a folder in the one for
 * temporary files.
 */
final class ProgramCache {

    private ProgramCache() {}

    /** Unpacks into the folder, which is there and empty. */
    interface Filling {
        void fill(Path folder) throws IOException;
    }

    /** The folder of that name, filled if it is not there yet. */
    static Path folder(String name, Filling filling) throws IOException {
        Path home = path().resolve(name);
        if (!Files.isDirectory(home)) {
            fill(home, filling);
        }
        return home;
    }

    /** Where all of them are. */
    static Path path() {
        String chosen = System.getProperty("sluice.testbed.cache");
        if (chosen != null) {
            return Path.of(chosen);
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        Path caches =
                xdg == null || xdg.isEmpty()
                        ? Path.of(System.getProperty("user.home"), ".cache")
                        : Path.of(xdg);
        boolean usable =
                Unprivileged.here() != Unprivileged.NOBODY
                        && (Files.isWritable(caches) || Files.isWritable(caches.getParent()));
        if (!usable) {
            return Path.of(
                    System.getProperty("java.io.tmpdir"),
                    "sluice-testbed-" + System.getProperty("user.name"));
        }
        return caches.resolve("sluice");
    }

    /** Fills a folder beside the goal and renames it, so that nobody ever sees half a folder. */
    private static void fill(Path home, Filling filling) throws IOException {
        Files.createDirectories(home.getParent());
        Path beside = Files.createTempDirectory(home.getParent(), ".unpacking-");
        try {
            filling.fill(beside);
            try {
                Files.move(beside, home, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                throw e;
            } catch (FileSystemException e) {
                if (!Files.isDirectory(home)) {
                    throw e;
                } // else another process was faster, and its folder is as good
            }
        } finally {
            Folders.delete(beside);
        }
    }
}
