package io.sluice.pg.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.testbed.InstalledPrograms;
import io.sluice.testbed.InstalledPrograms.Ended;
import io.sluice.testbed.PostgresBackend;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients other than the JVM's, with their default settings, in processes of their own; those that
 * are not installed are skipped. pgbench is {@code DemoClientsIT}'s.
 */
class ClientsIT {
    private static final InstalledPrograms PROGRAMS = programs();

    private static PostgresBackend backend;
    private static TestProxy proxy;

    @TempDir private static Path sockets;
    @TempDir private Path folder;

    @BeforeAll
    static void start() {
        backend = PostgresBackend.start();
        TestProxy.prepare(backend);
        proxy =
                TestProxy.start(
                        backend,
                        "sluice.listen.postgres = [\"127.0.0.1:0\", \"%s\"]"
                                .formatted(sockets.resolve(".s.PGSQL.6432")));
    }

    @AfterAll
    static void stop() {
        proxy.close();
        backend.close();
    }

    @AfterEach
    void leavesNothing() {
        org.awaitility.Awaitility.await()
                .atMost(java.time.Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(proxy.leases()).isZero());
    }

    @Test
    void servesPsql() throws Exception {
        String psql = onPath("psql");
        assertThat(
                        run(
                                psql,
                                "-XAtq",
                                "-v",
                                "ON_ERROR_STOP=1",
                                "-c",
                                "SELECT current_database()",
                                "-c",
                                "CREATE TABLE psql (a int)",
                                "-c",
                                "\\copy psql FROM PROGRAM 'seq 1000'",
                                "-c",
                                "SELECT sum(a) FROM psql",
                                "-c",
                                "\\d psql",
                                uri("app")))
                .startsWith("acme_app\n")
                .contains("\n500500\n")
                .contains("a|integer");
    }

    @Test
    void servesPsqlThroughAUnixSocket() throws Exception {
        assertThat(
                        run(
                                onPath("psql"),
                                "-XAt",
                                "-c",
                                "SELECT current_user",
                                "postgresql://app.acme:secret@/app?host=%s&port=6432"
                                        .formatted(sockets)))
                .isEqualTo("acme\n");
    }

    @Test
    void servesPsqlAtTheConsole() throws Exception {
        assertThat(
                        run(
                                onPath("psql"),
                                "-XAt",
                                "-c",
                                "SHOW VERSION",
                                "postgresql://admin:secret@127.0.0.1:%d/sluice"
                                        .formatted(proxy.port())))
                .isNotBlank();
    }

    @Test
    void servesNodePostgres() throws Exception {
        String modules = installed("node-postgres", PROGRAMS.nodeModules("pg"));
        assertThat(
                        script(
                                "client.cjs",
                                """
                                const { Pool } = require(process.argv[3] + '/pg');
                                (async () => {
                                  const pool = new Pool({ connectionString: process.argv[2], max: 20 });
                                  const all = await Promise.all([...Array(100).keys()].map(i =>
                                    pool.query({ name: 'q' + i % 7, text: `SELECT $1::int + ${i % 7} AS n`, values: [i] })));
                                  all.forEach((r, i) => { if (r.rows[0].n !== i + i % 7) throw new Error('row of another'); });
                                  const client = await pool.connect();
                                  await client.query('BEGIN');
                                  await client.query('CREATE TABLE node (a int)');
                                  await client.query('SELECT 1/0').catch(e => { if (e.code !== '22012') throw e; });
                                  await client.query('ROLLBACK');
                                  await client.query('SET statement_timeout = 200');
                                  await client.query('SELECT pg_sleep(30)').catch(e => { if (e.code !== '57014') throw e; });
                                  await client.query('RESET statement_timeout');
                                  client.release();
                                  await pool.end();
                                  console.log('done');
                                })().catch(e => { console.error(e); process.exit(1); });
                                """,
                                onPath("node"),
                                modules))
                .isEqualTo("done\n");
    }

    @Test
    void servesPsycopg() throws Exception {
        assertThat(
                        python(
                                "psycopg",
                                """
                                import sys, psycopg
                                with psycopg.connect(sys.argv[1]) as c:
                                    for i in range(20):
                                        assert c.execute("SELECT %s::int + 1", (i,)).fetchone() == (i + 1,)
                                    c.commit()
                                    with c.pipeline():
                                        curs = [c.execute("SELECT %s::text", (str(i),)) for i in range(20)]
                                        assert [x.fetchone()[0] for x in curs] == [str(i) for i in range(20)]
                                    c.commit()
                                    c.execute("CREATE TABLE psy (a int)")
                                    with c.cursor().copy("COPY psy FROM STDIN") as copy:
                                        for i in range(100): copy.write_row((i,))
                                    try:
                                        with c.transaction(): c.execute("SELECT 1/0")
                                    except psycopg.errors.DivisionByZero: pass
                                    assert c.execute("SELECT sum(a) FROM psy").fetchone() == (4950,)
                                    with c.cursor(name="server_side") as s:
                                        s.itersize = 10
                                        assert len(list(s.execute("SELECT * FROM psy"))) == 100
                                    c.rollback()
                                print("done")
                                """))
                .isEqualTo("done\n");
    }

    @Test
    void servesAsyncpg() throws Exception {
        assertThat(
                        python(
                                "asyncpg",
                                """
                                import sys, asyncio, asyncpg
                                async def one(pool, i):
                                    async with pool.acquire() as c:
                                        assert await c.fetchval("SELECT $1::int + 1", i) == i + 1
                                async def main():
                                    async with asyncpg.create_pool(sys.argv[1], min_size=5, max_size=20) as pool:
                                        await asyncio.gather(*(one(pool, i) for i in range(100)))
                                        async with pool.acquire() as c:
                                            async with c.transaction():
                                                await c.execute("CREATE TABLE asy (a int)")
                                                await c.executemany("INSERT INTO asy VALUES ($1)", [(i,) for i in range(50)])
                                                await c.copy_records_to_table("asy", records=[(i,) for i in range(50)])
                                                n = 0
                                                async for r in c.cursor("SELECT a FROM asy", prefetch=7): n += 1
                                                assert n == 100
                                            try:
                                                await c.fetch("SELECT pg_sleep(10)", timeout=0.2)
                                                raise Exception("no timeout")
                                            except asyncio.TimeoutError: pass
                                            assert await c.fetchval("SELECT 7") == 7
                                            await c.execute("DROP TABLE asy")
                                    print("done")
                                asyncio.run(main())
                                """))
                .isEqualTo("done\n");
    }

    @Test
    void servesPgx() throws Exception {
        String module = installed("pgx", PROGRAMS.goModule("github.com/jackc/pgx/v5"));
        for (String name : List.of("go.mod", "go.sum")) {
            Files.copy(Path.of(module, name), folder.resolve(name));
        }
        try (InputStream client = ClientsIT.class.getResourceAsStream("pgx_client.go")) {
            Files.copy(Objects.requireNonNull(client), folder.resolve("main.go"));
        }
        Path program = folder.resolve("client");
        run(onPath("go"), "-C", folder.toString(), "build", "-o", program.toString(), ".");
        assertThat(run(program.toString(), uri("app"))).isEqualTo("done\n");
    }

    @Test
    void servesNpgsql() throws Exception {
        String dotnet = onPath("dotnet");
        String version = run(dotnet, "--version").strip();
        Files.writeString(
                folder.resolve("client.csproj"),
                """
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <OutputType>Exe</OutputType>
                    <TargetFramework>net%s.0</TargetFramework>
                    <ImplicitUsings>enable</ImplicitUsings>
                    <Nullable>enable</Nullable>
                  </PropertyGroup>
                  <ItemGroup>
                    <PackageReference Include="Npgsql" Version="*" />
                  </ItemGroup>
                </Project>
                """
                        .formatted(version.substring(0, version.indexOf('.'))));
        try (InputStream client = ClientsIT.class.getResourceAsStream("npgsql_client.cs")) {
            Files.copy(Objects.requireNonNull(client), folder.resolve("Program.cs"));
        }
        Ended restored = PROGRAMS.run(dotnet, "restore", folder.toString());
        // NU1301: the registry cannot be reached; NU1101: none that can has the package.
        assumeTrue(
                restored.code() == 0 || !restored.output().matches("(?s).*NU1[13]01.*"),
                "npgsql cannot be had from NuGet");
        assertThat(restored.code()).as(restored.output()).isZero();
        assertThat(
                        run(
                                dotnet,
                                "run",
                                "--no-restore",
                                "--project",
                                folder.toString(),
                                "Host=127.0.0.1;Port=%d;Username=app.acme;Password=secret;Database=app"
                                        .formatted(proxy.port())))
                .endsWith("done\n");
    }

    // ---- running

    private static String uri(String database) {
        return "postgresql://app.acme:secret@127.0.0.1:%d/%s".formatted(proxy.port(), database);
    }

    private static InstalledPrograms programs() {
        var env = new HashMap<>(System.getenv());
        env.put("DOTNET_CLI_TELEMETRY_OPTOUT", "1");
        return new InstalledPrograms(env);
    }

    private static String onPath(String program) {
        return installed(program, PROGRAMS.find(program));
    }

    private static String installed(String what, Optional<Path> where) {
        assumeTrue(where.isPresent(), what + " is not installed");
        return where.orElseThrow().toString();
    }

    private String python(String module, String text) throws Exception {
        String python = installed(module, PROGRAMS.python(module));
        return script(module + "_client.py", text, python, "");
    }

    private String script(String name, String text, String interpreter, String argument)
            throws Exception {
        Path file = Files.writeString(folder.resolve(name), text);
        return run(interpreter, file.toString(), uri("app"), argument);
    }

    /** The standard output of a process that must end well. */
    private static String run(String... command) throws IOException, InterruptedException {
        Ended ended = PROGRAMS.run(command);
        assertThat(ended.code()).as("%s: %s", List.of(command), ended.errors()).isZero();
        return ended.output();
    }
}
