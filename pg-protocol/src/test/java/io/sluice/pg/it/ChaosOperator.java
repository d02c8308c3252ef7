package io.sluice.pg.it;

import static org.awaitility.Awaitility.await;

import io.sluice.pool.Switches;
import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PgMessage;
import io.sluice.testbed.RawPgClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Who administers Sluice while the chaos runs: reloads it, pauses databases and resumes them, has
 * server connections replaced. No client may notice more of it than that it takes longer.
 */
final class ChaosOperator {
    private static final int LONGEST_PAUSE_MILLIS = 200;
    private static final int LONGEST_REST_MILLIS = 100;

    /** What a reload may put in force: the last replaces all server connections. */
    private static final List<String> CONFIGURATIONS =
            List.of(
                    "",
                    "sluice.pool.max = 3",
                    "sluice.pool.max = 5",
                    "sluice.postgres.server.parameters { work_mem = 5MB }");

    private final ChaosRun run;
    private final SplittableRandom random;
    private final Path file;
    private final String original;
    private String last = "nothing";

    ChaosOperator(ChaosRun run, SplittableRandom random) throws IOException {
        this.run = run;
        this.random = random;
        this.file = run.proxy().configFile();
        this.original = Files.readString(file);
    }

    /** Does one thing after the other until the run is over, and then leaves all as it was. */
    void work() throws IOException, InterruptedException {
        try (RawPgClient console = run.proxy().connect().timeout(ChaosRun.PATIENCE)) {
            console.login("admin", TestProxy.PASSWORD, Map.of("database", "sluice"));
            while (!run.endsWithin(millis(LONGEST_REST_MILLIS))) {
                act(console);
            }
            reload(console, "");
        }
    }

    /** What was done last, for people. */
    String story() {
        return "the operator's last command: " + last;
    }

    private Duration millis(int most) {
        return Duration.ofMillis(random.nextInt(most) + 1);
    }

    private void act(RawPgClient console) throws IOException, InterruptedException {
        String configuration = CONFIGURATIONS.get(random.nextInt(CONFIGURATIONS.size()));
        String tenant = List.of("", "acme", "globex").get(random.nextInt(3));
        String target = tenant.isEmpty() ? "" : " \"%s/app\"".formatted(tenant);
        switch (random.nextInt(4)) {
            case 0 -> reload(console, configuration);
            case 1 -> orders(console, "RECONNECT" + target, ChaosEvent.RECONNECT);
            default -> pause(console, tenant, target);
        }
    }

    private void reload(RawPgClient console, String configuration) throws IOException {
        Files.writeString(file, original + configuration + "\n");
        orders(console, "RELOAD", ChaosEvent.RELOAD);
    }

    /** Whoever holds a connection for long, as sessions in session mode do, outlasts a pause. */
    private void pause(RawPgClient console, String tenant, String target)
            throws IOException, InterruptedException {
        last = "PAUSE" + target;
        console.send(FrontendBytes.query(last));
        // A cancel that comes before what it is for does nothing.
        await().atMost(ChaosRun.PATIENCE).until(() -> isPaused(tenant));
        boolean waits = !tenant.isEmpty() && random.nextBoolean();
        if (!waits) {
            run.endsWithin(millis(LONGEST_PAUSE_MILLIS));
            console.cancel();
        }
        List<PgMessage> answer = console.readUntilReady();
        switch (Answers.types(answer)) {
            case "CZ" -> {
                run.saw(ChaosEvent.PAUSE);
                orders(console, "RESUME" + target, ChaosEvent.RESUME);
            }
            case "EZ" -> {
                if (!Answers.error(answer).sqlState().equals("57014")) {
                    throw new AssertionError(last + ": " + answer);
                }
                run.saw(ChaosEvent.PAUSE_GIVEN_UP);
            }
            default -> throw new AssertionError(last + ": " + answer);
        }
    }

    private boolean isPaused(String tenant) {
        Switches switches = run.proxy().sluice().switches();
        return tenant.isEmpty()
                ? switches.isAllPaused()
                : switches.isPaused(new Switches.Database("postgres", tenant, "app"));
    }

    private void orders(RawPgClient console, String command, ChaosEvent event) throws IOException {
        last = command;
        List<PgMessage> answer = console.query(command);
        if (!Answers.types(answer).equals("CZ")) {
            throw new AssertionError(command + ": " + answer);
        }
        run.saw(event);
    }
}
