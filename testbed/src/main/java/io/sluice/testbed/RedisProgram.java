package io.sluice.testbed;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A Redis server's program.
 *
 * @param version what it says of itself
 */
public record RedisProgram(Path executable, RedisVersion version) {

    /** Programs that are not on the PATH, separated as there. */
    private static final String MORE = "SLUICE_TEST_REDIS_SERVERS";

    /**
     * The embedded package's, which is a 6.2; unpacked once per user ({@link ProgramCache}).
     *
     * @throws IllegalStateException if the package has none for this machine, or it does not run
     */
    public static RedisProgram embedded() {
        String name = archiveName();
        URL packed = RedisProgram.class.getResource("/" + name);
        if (packed == null) {
            throw new IllegalStateException(
                    name
                            + " is not on the class path: there is no embedded Redis for this"
                            + " machine, install one and use it instead");
        }
        try {
            URLConnection connection = packed.openConnection();
            // The length tells the versions of a package apart, as for PostgreSQL's.
            Path home =
                    ProgramCache.folder(
                            "%s-%d".formatted(name, connection.getContentLengthLong()),
                            folder -> {
                                try (InputStream program = connection.getInputStream()) {
                                    unpack(program, folder.resolve("redis-server"));
                                }
                            });
            return at(home.resolve("redis-server"));
        } catch (IOException e) {
            throw new UncheckedIOException("unpacking " + packed, e);
        }
    }

    /** The program of that path, which must run. */
    public static RedisProgram at(Path executable) {
        String said = SystemCommands.output(List.of(executable.toString(), "--version"));
        return new RedisProgram(executable, RedisVersion.in(said));
    }

    /**
     * What else this machine has: {@code redis-server} on the PATH and the programs that {@code
     * SLUICE_TEST_REDIS_SERVERS} names, one of each version.
     */
    public static List<RedisProgram> installed() {
        return installed(InstalledPrograms.here());
    }

    static List<RedisProgram> installed(InstalledPrograms programs) {
        Stream<Path> named =
                Stream.of(programs.env().getOrDefault(MORE, "").split(File.pathSeparator, -1))
                        .filter(path -> !path.isEmpty())
                        .map(Path::of);
        Set<RedisVersion> versions = new HashSet<>();
        return Stream.concat(programs.find("redis-server").stream(), named)
                .map(RedisProgram::at)
                .filter(program -> versions.add(program.version()))
                .toList();
    }

    /**
     * The embedded one and then the installed ones: what a test that concerns versions runs with.
     */
    public static List<RedisProgram> all() {
        var all = new ArrayList<RedisProgram>();
        all.add(embedded());
        for (RedisProgram program : installed()) {
            if (!program.version().equals(all.getFirst().version())) {
                all.add(program);
            }
        }
        return all;
    }

    /** As tests are named by. */
    @Override
    public String toString() {
        return "Redis " + version;
    }

    private static String archiveName() {
        boolean mac = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("mac");
        boolean arm = System.getProperty("os.arch", "").equals("aarch64");
        if (mac) {
            return "redis-server-6.2.6-v5-darwin-" + (arm ? "arm64" : "amd64");
        }
        return arm ? "redis-server-6.2.7-linux-arm64" : "redis-server-6.2.6-v5-linux-amd64";
    }

    private static void unpack(InputStream program, Path file) throws IOException {
        Files.copy(program, file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
