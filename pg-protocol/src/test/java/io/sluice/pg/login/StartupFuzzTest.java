package io.sluice.pg.login;

import static org.assertj.core.api.Assertions.assertThat;

import com.ongres.scram.common.exception.ScramException;
import io.sluice.pg.login.StartupHarness.Proof;
import io.sluice.pg.login.StartupHarness.Wire;
import io.sluice.pg.session.LoggedErrors;
import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PgMessage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever comes instead of a login, the client is answered or closed and leaves nothing, nobody is
 * let in without the password, and nothing of ours fails. Repeat by {@code -Dsluice.fuzz.seed}.
 */
class StartupFuzzTest {
    private static final int ROUNDS = 3000;
    private static final String[] USERS = {StartupHarness.ADMIN, "app.acme", "nobody", "", "\0"};
    private static final String[] NAMES = {
        "database", "options", "application_name", "replication", "_pq_.x", "sluice.tenant", ""
    };
    private static final String[] VALUES = {
        "app",
        "sluice",
        "pgbouncer",
        "-c a=b",
        "-c",
        "\\",
        "--x",
        "true",
        "acme",
        "é".repeat(99),
        ""
    };

    private static StartupHarness harness;
    private static LoggedErrors errors;
    private final long seed = Long.getLong("sluice.fuzz.seed", System.nanoTime());
    private final SplittableRandom random = new SplittableRandom(seed);

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        harness = StartupHarness.start(folder);
        errors = LoggedErrors.open();
    }

    @AfterAll
    static void stop() {
        errors.close();
        harness.close();
    }

    @Test
    void survivesAnyFirstBytes() {
        for (int round = 0; round < ROUNDS; round++) {
            StartupHarness.Conversation conversation = harness.begin();
            byte[] bytes = random.nextBoolean() ? noise(40) : changed(startup());
            conversation.send(cut(bytes));
            end(conversation, round);
        }
    }

    @Test
    void letsNobodyInWhoDoesNotKnowThePassword() {
        Wire odd = bytes -> cut(random.nextInt(3) == 0 ? changed(bytes) : bytes);
        for (int round = 0; round < ROUNDS / 3; round++) {
            StartupHarness.Conversation conversation = harness.begin();
            List<PgMessage> told =
                    login(conversation, startup(), new Proof("guess"), List.of(odd, odd, odd));
            assertThat(told)
                    .as("-Dsluice.fuzz.seed=%d round %d", seed, round)
                    .noneMatch(message -> message.type() == 'Z')
                    .noneMatch(m -> m.type() == 'R' && m.reader().getInt() == 0);
            end(conversation, round);
        }
    }

    @Test
    void survivesWhoKnowsThePasswordAndDoesNotKeepToTheProtocol() {
        Wire odd = bytes -> cut(random.nextInt(4) == 0 ? changed(bytes) : bytes);
        for (int round = 0; round < ROUNDS / 10; round++) {
            StartupHarness.Conversation conversation = harness.begin();
            login(
                    conversation,
                    FrontendBytes.startup(
                            FrontendBytes.PROTOCOL_3_2,
                            Map.of("user", StartupHarness.ADMIN, "database", "sluice")),
                    new Proof(StartupHarness.PASSWORD),
                    List.of(odd, odd, odd));
            end(conversation, round);
        }
    }

    private static List<PgMessage> login(
            StartupHarness.Conversation conversation,
            byte[] startup,
            Proof proof,
            List<Wire> wire) {
        try {
            return conversation.login(startup, proof, wire);
        } catch (ScramException changedNonce) {
            return List.of(); // the client gives up: what came back is not what it had sent
        }
    }

    private void end(StartupHarness.Conversation conversation, int round) {
        String again = "-Dsluice.fuzz.seed=%d round %d".formatted(seed, round);
        try {
            conversation.end();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(again, e);
        }
        assertThat(errors.seen()).as(again).isEmpty();
    }

    private byte[] startup() {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("user", USERS[random.nextInt(USERS.length)]);
        for (int i = random.nextInt(4); i > 0; i--) {
            parameters.put(
                    NAMES[random.nextInt(NAMES.length)], VALUES[random.nextInt(VALUES.length)]);
        }
        return FrontendBytes.startup((3 << 16) | random.nextInt(4), parameters);
    }

    private byte[] changed(byte[] bytes) {
        byte[] changed = bytes.clone();
        int at = random.nextInt(changed.length);
        return switch (random.nextInt(5)) {
            case 0 -> {
                changed[at] = (byte) random.nextInt(256);
                yield changed;
            }
            case 1 -> Arrays.copyOf(changed, at);
            case 2 ->
                    FrontendBytes.all(
                            Arrays.copyOf(changed, at),
                            noise(8),
                            Arrays.copyOfRange(changed, at, changed.length));
            case 3 -> FrontendBytes.all(changed, message());
            default -> FrontendBytes.all(message(), changed);
        };
    }

    private byte[] message() {
        return switch (random.nextInt(9)) {
            case 0 -> FrontendBytes.sslRequest();
            case 1 -> FrontendBytes.gssEncRequest();
            case 2 -> FrontendBytes.cancelRequest(random.nextInt(9), noise(9));
            case 3 -> startup();
            case 4 -> FrontendBytes.query("SHOW POOLS");
            case 5 -> FrontendBytes.password("guess");
            case 6 -> FrontendBytes.saslInitialResponse("SCRAM-SHA-256", noise(30));
            case 7 -> FrontendBytes.saslResponse(noise(30));
            default -> FrontendBytes.terminate();
        };
    }

    private byte[] noise(int most) {
        byte[] noise = new byte[1 + random.nextInt(most)];
        random.nextBytes(noise);
        return noise;
    }

    private List<byte[]> cut(byte[] bytes) {
        List<byte[]> pieces = new ArrayList<>();
        for (int from = 0; from < bytes.length; ) {
            int to = Math.min(bytes.length, from + 1 + random.nextInt(40));
            pieces.add(Arrays.copyOfRange(bytes, from, to));
            from = to;
        }
        return pieces;
    }
}
