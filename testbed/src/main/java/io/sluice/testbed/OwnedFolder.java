package io.sluice.testbed;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A temporary folder that is known to belong to a living process, so that what a killed one left
 * behind can be told apart and cleared by the next.
 *
 * <p>The owner holds a lock on a file in it; the operating system lets go of the lock however the
 * owner ends.
 */
final class OwnedFolder implements AutoCloseable {

    /** What to do with a folder whose owner is gone, before it is deleted. */
    interface Clearing {
        void clear(Path folder) throws IOException;
    }

    private static final String LOCK = "owner.lock";

    /**
     * This process's own. Their lock files must not even be opened again: closing any descriptor of
     * a file gives up all locks that the process has on it (POSIX, fcntl).
     */
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final FileChannel lockFile;

    private OwnedFolder(Path path, FileChannel lockFile) {
        this.path = path;
        this.lockFile = lockFile;
    }

    /** Creates a folder below the system's one for temporary files. */
    static OwnedFolder create(String prefix) throws IOException {
        Path path = Files.createTempDirectory(prefix);
        OWN.add(path);
        FileChannel lockFile =
                FileChannel.open(
                        path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        lockFile.lock();
        return new OwnedFolder(path, lockFile);
    }

    /** Clears and deletes this user's folders of {@code prefix} whose owners are gone. */
    static void clearAbandoned(String prefix, Clearing clearing) throws IOException {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(temporary, prefix + "*")) {
            for (Path folder : folders) {
                Path lock = folder.resolve(LOCK);
                if (OWN.contains(folder) || !Files.isWritable(lock)) {
                    continue; // our own, another user's, or only being created
                }
                try (FileChannel lockFile = FileChannel.open(lock, StandardOpenOption.WRITE)) {
                    if (tryLock(lockFile) != null) {
                        clearing.clear(folder);
                        Folders.delete(folder);
                    }
                } catch (NoSuchFileException e) {
                    // its owner has just deleted it
                }
            }
        }
    }

    /** This process's, but those that were closed. */
    static Set<Path> open() {
        return Set.copyOf(OWN);
    }

    Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        Folders.delete(path);
        lockFile.close();
        OWN.remove(path);
    }

    private static @Nullable FileLock tryLock(FileChannel file) throws IOException {
        try {
            return file.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // another thread of this process is clearing it
        }
    }
}
