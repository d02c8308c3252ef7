package io.sluice.pg.session;

import static io.sluice.testbed.BackendBytes.commandComplete;
import static io.sluice.testbed.BackendBytes.copyInResponse;
import static io.sluice.testbed.BackendBytes.copyOutResponse;
import static io.sluice.testbed.BackendBytes.dataRow;
import static io.sluice.testbed.BackendBytes.errorResponse;
import static io.sluice.testbed.BackendBytes.noticeResponse;
import static io.sluice.testbed.BackendBytes.notificationResponse;
import static io.sluice.testbed.BackendBytes.parameterStatus;
import static io.sluice.testbed.BackendBytes.readyForQuery;
import static io.sluice.testbed.BackendBytes.rowDescription;
import static io.sluice.testbed.FrontendBytes.all;
import static io.sluice.testbed.FrontendBytes.bind;
import static io.sluice.testbed.FrontendBytes.closeStatement;
import static io.sluice.testbed.FrontendBytes.copyData;
import static io.sluice.testbed.FrontendBytes.copyDone;
import static io.sluice.testbed.FrontendBytes.copyFail;
import static io.sluice.testbed.FrontendBytes.describePortal;
import static io.sluice.testbed.FrontendBytes.describeStatement;
import static io.sluice.testbed.FrontendBytes.execute;
import static io.sluice.testbed.FrontendBytes.flush;
import static io.sluice.testbed.FrontendBytes.functionCall;
import static io.sluice.testbed.FrontendBytes.parse;
import static io.sluice.testbed.FrontendBytes.query;
import static io.sluice.testbed.FrontendBytes.sync;

import io.sluice.pg.settings.Setting;
import io.sluice.pg.settings.Settings;
import io.sluice.testbed.BackendBytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a client and a server say to each other, in turns. */
final class Transcript {
    private final String name;
    private final List<Turn> turns = new ArrayList<>();

    private final Beginning beginning;
    private String toServer = "";
    private String toClient = "";

    /** What one side says before the other's turn. */
    record Turn(boolean ofClient, byte[] bytes) {}

    /**
     * Whose session it is.
     *
     * @param tenant whose tier may limit what is done at once
     * @param settings that the client asked for at startup
     */
    record Beginning(String tenant, Settings settings) {
        static final Beginning ORDINARY = new Beginning("acme", Settings.NONE);
    }

    private Transcript(String name) {
        this(name, Beginning.ORDINARY);
    }

    private Transcript(String name, Beginning beginning) {
        this.name = name;
        this.beginning = beginning;
    }

    private Transcript client(byte[]... messages) {
        turns.add(new Turn(true, all(messages)));
        return this;
    }

    private Transcript server(byte[]... messages) {
        turns.add(new Turn(false, all(messages)));
        return this;
    }

    /** Types of the messages that reach each side, where they are not those that the other sent. */
    private Transcript reaches(String typesToServer, String typesToClient) {
        toServer = typesToServer;
        toClient = typesToClient;
        return this;
    }

    Beginning beginning() {
        return beginning;
    }

    List<Turn> turns() {
        return turns;
    }

    String toServer() {
        return toServer;
    }

    String toClient() {
        return toClient;
    }

    /** How many ReadyForQuery the client may expect. */
    int requests() {
        int requests = 0;
        for (Turn turn : turns) {
            ByteBuffer in = ByteBuffer.wrap(turn.bytes());
            while (turn.ofClient() && in.hasRemaining()) {
                requests += "QSF".indexOf(in.get()) >= 0 ? 1 : 0;
                in.position(in.position() + in.getInt(in.position()));
            }
        }
        return requests;
    }

    @Override
    public String toString() {
        return name;
    }

    private static byte[] ready() {
        return readyForQuery('I');
    }

    private static byte[] row(String value) {
        return all(rowDescription("x"), dataRow(value), commandComplete("SELECT 1"));
    }

    private static byte[] error(String state) {
        return errorResponse("ERROR", state, "no");
    }

    static List<Transcript> whole() {
        return List.of(
                new Transcript("simple queries")
                        .client(query("SELECT 1"))
                        .server(row("1"), ready())
                        .client(query("SELECT 2; nonsense"))
                        .server(row("2"), error("42601"), ready())
                        .client(query(""))
                        .server(BackendBytes.emptyQueryResponse(), ready()),
                new Transcript("asynchronous messages anywhere")
                        .client(query("SELECT 1"))
                        .server(
                                noticeResponse("NOTICE", "00000", "hear"),
                                rowDescription("x"),
                                parameterStatus("TimeZone", "Asia/Tokyo"),
                                dataRow("1"),
                                notificationResponse(7, "nobody's", "x"),
                                dataRow("2"),
                                noticeResponse("WARNING", "01000", "hear again"),
                                commandComplete("SELECT 2"),
                                parameterStatus("application_name", "me"),
                                ready(),
                                noticeResponse("NOTICE", "00000", "late"),
                                parameterStatus("TimeZone", "UTC")),
                new Transcript("a transaction")
                        .client(query("BEGIN"))
                        .server(commandComplete("BEGIN"), readyForQuery('T'))
                        .client(query("SET LOCAL app.x = '1'"), query("SELECT 1/0"))
                        .server(commandComplete("SET"), readyForQuery('T'))
                        .server(error("22012"), readyForQuery('E'))
                        .client(query("ROLLBACK"))
                        .server(commandComplete("ROLLBACK"), ready()),
                new Transcript("prepared statements")
                        .client(parse("s", "SELECT $1"), describeStatement("s"), sync())
                        .server(
                                BackendBytes.parseComplete(),
                                BackendBytes.parameterDescription(25),
                                rowDescription("x"),
                                ready())
                        .client(bind("", "s", "v"), execute("", 0), sync())
                        .server(
                                BackendBytes.bindComplete(),
                                dataRow("v"),
                                commandComplete("SELECT 1"),
                                ready())
                        .client(parse("t", "SELECT $1"), closeStatement("s"), flush())
                        .client(bind("p", "t", "w"), describePortal("p"), execute("p", 1), sync())
                        .server(
                                BackendBytes.bindComplete(),
                                rowDescription("x"),
                                dataRow("w"),
                                BackendBytes.portalSuspended(),
                                ready()),
                new Transcript("a pipeline with an error in its middle")
                        .client(
                                parse("", "SELECT 1"),
                                bind("", ""),
                                execute("", 0),
                                parse("a", "SELEKT"),
                                bind("", "a"),
                                execute("", 0),
                                closeStatement("a"),
                                sync(),
                                parse("", "SELECT 2"),
                                bind("", ""),
                                execute("", 0),
                                sync())
                        .server(
                                BackendBytes.parseComplete(),
                                BackendBytes.bindComplete(),
                                dataRow("1"),
                                commandComplete("SELECT 1"),
                                error("42601"),
                                ready(),
                                BackendBytes.parseComplete(),
                                BackendBytes.bindComplete(),
                                dataRow("2"),
                                commandComplete("SELECT 1"),
                                ready()),
                new Transcript("COPY in both directions")
                        .client(query("COPY t FROM STDIN"))
                        .server(copyInResponse(1))
                        .client(copyData(new byte[] {1, 2, 3}), copyData(new byte[0]), copyDone())
                        .server(commandComplete("COPY 2"), ready())
                        .client(query("COPY t TO STDOUT"))
                        .server(
                                copyOutResponse(1),
                                BackendBytes.copyData(new byte[] {4, 5}),
                                BackendBytes.copyDone(),
                                commandComplete("COPY 1"),
                                ready()),
                new Transcript("COPY that fails")
                        .client(query("COPY t FROM STDIN"))
                        .server(copyInResponse(1))
                        .client(copyData(new byte[] {1, 2, 3}))
                        .server(error("22P04"), ready())
                        .client(copyData(new byte[] {1, 2, 3}), copyFail("too late"))
                        .client(query("SELECT 1"))
                        .server(row("1"), ready()),
                new Transcript("COPY with its Sync ahead")
                        .client(
                                parse("", "COPY t FROM STDIN"),
                                bind("", ""),
                                execute("", 0),
                                sync())
                        .server(
                                BackendBytes.parseComplete(),
                                BackendBytes.bindComplete(),
                                copyInResponse(1))
                        .client(copyData(new byte[] {1, 2, 3}), copyDone(), sync())
                        .server(commandComplete("COPY 1"), ready()),
                new Transcript("a function call")
                        .client(functionCall(871, List.of("x")))
                        .server(BackendBytes.functionCallResponse("X"), ready()));
    }

    /** Those in which the proxy says something of its own. */
    static List<Transcript> injecting() {
        return List.of(
                new Transcript(
                                "settings of the startup, restored behind a RESET",
                                new Beginning(
                                        "acme",
                                        Settings.of(
                                                Map.of(
                                                        "timezone",
                                                        new Setting.Value("Asia/Tokyo")))))
                        .client(query("RESET TimeZone"))
                        .server(
                                commandComplete("RESET"),
                                parameterStatus("TimeZone", "UTC"),
                                ready())
                        .server(
                                rowDescription("set_config"),
                                dataRow("Asia/Tokyo"),
                                commandComplete("SELECT 1"),
                                parameterStatus("TimeZone", "Asia/Tokyo"),
                                ready())
                        .client(query("SELECT 1"))
                        .server(row("1"), ready())
                        .reaches("QQQ", "CSZSTDCZ"),
                new Transcript(
                                "queries refused in a pipeline",
                                new Beginning("tight", Settings.NONE))
                        .client(query("SELECT 1"), query("SELECT 2"), query("SELECT 3"))
                        .server(row("1"), ready(), error("42601"), ready(), error("42601"), ready())
                        .client(query("SELECT 4"))
                        .server(row("4"), ready())
                        .reaches("QQQQ", "TDCZEZEZTDCZ"),
                new Transcript(
                                "a series refused in a pipeline",
                                new Beginning("tight", Settings.NONE))
                        .client(
                                query("SELECT 1"),
                                parse("", "SELECT 2"),
                                bind("", ""),
                                execute("", 0),
                                sync())
                        .server(row("1"), ready(), error("42601"), ready())
                        .client(query("SELECT 3"))
                        .server(row("3"), ready())
                        .reaches("QPPBESQ", "TDCZEZTDCZ"),
                new Transcript("a pin, and its end")
                        .client(query("LISTEN x"))
                        .server(commandComplete("LISTEN"), ready())
                        .client(query("SELECT 1"))
                        .server(notificationResponse(7, "x", "y"), row("1"), ready())
                        .client(query("UNLISTEN *"))
                        .server(commandComplete("UNLISTEN"), ready())
                        .client(query("SELECT 2"))
                        .server(notificationResponse(7, "x", "nobody's"), row("2"), ready())
                        .reaches("QQQQ", "CNZATDCZCZTDCZ"),
                new Transcript("DEALLOCATE of the protocol's statement")
                        .client(parse("s", "SELECT 1"), sync())
                        .server(BackendBytes.parseComplete(), ready())
                        .client(query("DEALLOCATE s"))
                        .server(
                                BackendBytes.closeComplete(),
                                BackendBytes.parseComplete(),
                                commandComplete("DEALLOCATE"),
                                ready())
                        .client(bind("", "s"), execute("", 0), sync())
                        .server(error("42601"), ready())
                        .reaches("PSCPQPES", "1ZCZEZ"),
                new Transcript("DEALLOCATE ALL with a Parse behind it")
                        .client(parse("s", "SELECT 1"), sync())
                        .server(BackendBytes.parseComplete(), ready())
                        .client(
                                query("DEALLOCATE ALL"),
                                parse("s", "SELECT 2"),
                                bind("", "s"),
                                execute("", 0),
                                sync())
                        .server(commandComplete("DEALLOCATE ALL"), ready())
                        .server(
                                BackendBytes.parseComplete(),
                                BackendBytes.bindComplete(),
                                dataRow("2"),
                                commandComplete("SELECT 1"),
                                ready())
                        .reaches("PSQPBES", "1ZCZ12DCZ"),
                new Transcript("EXECUTE of the protocol's statement")
                        .client(parse("s", "SELECT 1"), sync())
                        .server(BackendBytes.parseComplete(), ready())
                        .client(query("EXECUTE s"))
                        .server(
                                BackendBytes.closeComplete(),
                                BackendBytes.closeComplete(),
                                BackendBytes.parseComplete(),
                                ready(),
                                row("1"),
                                ready())
                        .reaches("PSCCPSQ", "1ZNTDCZ"));
    }

    /** Those short enough to be cut at each byte. */
    static List<Transcript> brief() {
        List<Transcript> all = new ArrayList<>(whole());
        all.addAll(injecting());
        return all;
    }

    /** Those whose messages are longer than what is waited for as a whole. */
    static List<Transcript> lengthy() {
        String text = "x".repeat(20_000);
        return List.of(
                new Transcript("a long query and a long row")
                        .client(query("SELECT '" + text + "'"))
                        .server(row(text.repeat(4)), ready())
                        .client(query("SELECT 1"))
                        .server(row("1"), ready()),
                new Transcript("long parameters and texts")
                        .client(
                                parse("s", "SELECT $1, '" + text + "'"),
                                bind("", "s", text.repeat(4)),
                                execute("", 0),
                                sync())
                        .server(
                                BackendBytes.parseComplete(),
                                BackendBytes.bindComplete(),
                                dataRow(text),
                                commandComplete("SELECT 1"),
                                ready()),
                new Transcript("long COPY")
                        .client(query("COPY t FROM STDIN"))
                        .server(copyInResponse(1))
                        .client(copyData(new byte[70_000]), copyDone())
                        .server(commandComplete("COPY 1"), ready()));
    }
}
