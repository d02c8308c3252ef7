package io.sluice.pg.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.DecoderException;
import io.sluice.testbed.BackendBytes;
import io.sluice.testbed.FrontendBytes;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a session remembers and forgets, and what it takes for a failure of its own. */
class PgSessionTest {
    private static final int ROUNDS = 100;
    private static final int PORTALS = 1000;

    private static RelayHarness harness;
    private static LoggedErrors errors;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        harness = RelayHarness.start(folder);
        errors = LoggedErrors.open();
    }

    @AfterAll
    static void stop() {
        errors.close();
        harness.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0xd5, 0x00, 0x7f})
    void aMessageOfNoKindIsToldBehindAllThatWasWhole(int type) {
        RelayHarness.Conversation conversation = harness.begin();
        harness.onLoop(() -> {
            byte[] columns = BackendBytes.rowDescription("x");
            byte[] rest = Arrays.copyOfRange(columns, 10, columns.length);
            conversation.client(FrontendBytes.query("SELECT 1"));
            conversation.server(Arrays.copyOf(columns, 10));
            conversation.server(FrontendBytes.all(rest, new byte[] {(byte) type, 0, 0, 0, 4}));
            Received received = Received.of(conversation.toClient());
            assertThat(received.types()).isEqualTo("TEZ");
            assertThat(received.messages().get(1))
                    .contains("message 0x%02x while QUERY was to be answered".formatted(type));
            conversation.end();
            return null;
        });
    }

    private static byte[] repeated(int times, byte[]... messages) {
        byte[][] all = new byte[times][];
        Arrays.fill(all, FrontendBytes.all(messages));
        return FrontendBytes.all(all);
    }

    @Test
    void closedPortalsAreForgottenInsideTheirTransaction() {
        RelayHarness.Conversation conversation = harness.begin();
        harness.onLoop(() -> {
            begin(conversation);
            for (int round = 0; round < ROUNDS; round++) {
                byte[][] messages = new byte[PORTALS * 2][];
                for (int i = 0; i < PORTALS; i++) {
                    String name = "x".repeat(63) + "portal " + round + "." + i;
                    messages[2 * i] = FrontendBytes.bind(i % 2 == 0 ? name : "p" + i, "");
                    messages[2 * i + 1] = FrontendBytes.closePortal(i % 2 == 0 ? name : "p" + i);
                }
                conversation.client(FrontendBytes.all(messages));
                conversation.server(
                        repeated(
                                PORTALS,
                                BackendBytes.bindComplete(),
                                BackendBytes.closeComplete()));
                conversation.toServer();
                conversation.toClient();
                assertThat(conversation.session().translator().portals()).isZero();
            }
            conversation.end();
            return null;
        });
    }

    @Test
    void aPortalWhoseCloseIsSkippedIsKnown() {
        RelayHarness.Conversation conversation = harness.begin();
        harness.onLoop(() -> {
            begin(conversation);
            conversation.client(FrontendBytes.bind("kept", ""));
            conversation.server(BackendBytes.bindComplete());
            conversation.client(
                    FrontendBytes.all(
                            FrontendBytes.execute("unknown", 0),
                            FrontendBytes.closePortal("kept"),
                            FrontendBytes.sync()));
            assertThat(conversation.session().translator().portals()).isZero();
            conversation.server(
                    FrontendBytes.all(
                            BackendBytes.errorResponse("ERROR", "34000", "portal does not exist"),
                            BackendBytes.readyForQuery('E')));
            assertThat(conversation.session().translator().portals()).isEqualTo(1);
            conversation.end();
            return null;
        });
    }

    @Test
    void portalsEndWithTheirTransactionThoughAnotherSeriesIsAlwaysOnItsWay() {
        RelayHarness.Conversation conversation = harness.begin();
        harness.onLoop(() -> {
            begin(conversation);
            conversation.client(
                    FrontendBytes.all(
                            FrontendBytes.sync(),
                            FrontendBytes.bind("0", ""),
                            FrontendBytes.sync()));
            conversation.server(BackendBytes.readyForQuery('T'));
            for (int i = 1; i <= ROUNDS; i++) {
                conversation.client(
                        FrontendBytes.all(FrontendBytes.bind("" + i, ""), FrontendBytes.sync()));
                conversation.server(
                        FrontendBytes.all(
                                BackendBytes.bindComplete(), BackendBytes.readyForQuery('I')));
                assertThat(conversation.session().translator().portals()).isBetween(1, 2);
            }
            conversation.server(
                    FrontendBytes.all(
                            BackendBytes.bindComplete(), BackendBytes.readyForQuery('I')));
            assertThat(conversation.session().translator().portals()).isZero();
            conversation.end();
            return null;
        });
    }

    @Test
    void morePortalsThanAreRememberedPinOnlyWhereExecutingThemLeavesSomethingBehind() {
        RelayHarness.Conversation conversation = harness.begin();
        harness.onLoop(() -> {
            begin(conversation);
            for (int i = 0; i < Portals.MOST + 10; i++) {
                conversation.client(FrontendBytes.bind("p" + i, ""));
            }
            assertThat(conversation.session().translator().portals()).isEqualTo(Portals.MOST);
            assertThat(conversation.session().pinReason()).isNull();
            conversation.client(
                    FrontendBytes.all(
                            FrontendBytes.parse("", "SET app.x = 1"),
                            FrontendBytes.bind("p1", "")));
            assertThat(conversation.session().pinReason()).isNull();
            conversation.client(FrontendBytes.bind("another", ""));
            assertThat(conversation.session().pinReason()).isEqualTo("unreadable");
            assertThat(conversation.session().translator().portals()).isEqualTo(Portals.MOST);
            conversation.end();
            return null;
        });
    }

    private static void begin(RelayHarness.Conversation conversation) {
        conversation.client(FrontendBytes.query("BEGIN"));
        conversation.server(
                FrontendBytes.all(
                        BackendBytes.commandComplete("BEGIN"), BackendBytes.readyForQuery('T')));
        conversation.client(FrontendBytes.parse("", "SELECT 1"));
        conversation.server(BackendBytes.parseComplete());
    }

    @Test
    void bytesOfAClientThatCannotBeDecodedAreNoErrorOfTheProxy() {
        RelayHarness.Conversation conversation = harness.begin();
        harness.onLoop(() -> {
            conversation.failClient(new DecoderException("bad record MAC"));
            assertThat(conversation.clientIsOpen()).isFalse();
            assertThat(conversation.toClient()).isEmpty();
            conversation.end();
            return null;
        });
        assertThat(errors.seen()).isEmpty();
    }
}
