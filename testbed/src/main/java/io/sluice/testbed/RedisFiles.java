package io.sluice.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The files of one Redis server below one folder.
 *
 * @param folder holds the configuration, the unix socket, the certificates and the data
 */
record RedisFiles(Path folder) {

    Path configuration() {
        return folder.resolve("redis.conf");
    }

    Path socket() {
        return folder.resolve("redis.sock");
    }

    /** Where the server writes its process id; deleted by it when it ends in good order. */
    Path pid() {
        return folder.resolve("redis.pid");
    }

    Path rootCertificate() {
        return folder.resolve("root.crt");
    }

    /** Writes what the server is to be from its next start on. */
    void configure(Map<String, String> settings, List<String> users) throws IOException {
        var lines = new ArrayList<String>();
        settings.forEach((name, value) -> lines.add(name + " " + value));
        lines.addAll(users);
        Files.write(configuration(), lines);
    }
}
