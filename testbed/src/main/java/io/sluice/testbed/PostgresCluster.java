package io.sluice.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The files of one PostgreSQL server below one folder.
 *
 * @param folder holds the data folder, the unix socket and the certificates
 */
record PostgresCluster(Path folder) {

    Path data() {
        return folder.resolve("data");
    }

    Path socketFolder() {
        return folder;
    }

    Path rootCertificate() {
        return folder.resolve("root.crt");
    }

    /** Creates the data folder with a superuser and the group roles of {@link Login}. */
    void create(PostgresPrograms programs) throws IOException {
        Path password = folder.resolve("password");
        Files.writeString(password, PostgresBackend.SUPERUSER_PASSWORD);
        Unprivileged.here().own(folder);
        SystemCommands.run(
                Unprivileged.here()
                        .command(
                                List.of(
                                        programs.program("initdb"),
                                        "--pgdata=" + data(),
                                        "--username=" + PostgresBackend.SUPERUSER,
                                        "--pwfile=" + password,
                                        "--auth=scram-sha-256",
                                        "--encoding=UTF8",
                                        "--locale=C",
                                        "--no-sync")));
        Files.delete(password);
    }

    /** Writes what the server is to be: its settings, whom it lets in and how. */
    void configure(Map<String, String> settings, List<String> hba, Login login) throws IOException {
        var lines = new ArrayList<String>();
        settings.forEach((name, value) -> lines.add(name + " = " + PostgresBackend.literal(value)));
        Files.write(data().resolve("postgresql.conf"), lines, StandardOpenOption.APPEND);

        var access = new ArrayList<String>(hba);
        for (String type : List.of("local all %s %s", "host all %s all %s")) {
            for (Login method : Login.values()) {
                access.add(type.formatted("+" + method.group(), method.method()));
            }
            access.add(type.formatted("all", login.method()));
        }
        access.add("host replication all all " + login.method());
        Files.write(data().resolve("pg_hba.conf"), access);
    }

    /** Sets the port to listen on from the next start. */
    void setPort(int port) throws IOException {
        Files.writeString(data().resolve("postgresql.auto.conf"), "port = %d%n".formatted(port));
    }
}
