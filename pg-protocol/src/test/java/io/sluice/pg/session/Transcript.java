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

import io.sluice.testbed.BackendBytes;
import java.util.ArrayList;
import java.util.List;

/** What a client and a server say to each other, in turns. */
final class Transcript {
    private final String name;
    private final List<Turn> turns = new ArrayList<>();

    /** What one side says before the other's turn. */
    record Turn(boolean ofClient, byte[] bytes) {}

    private Transcript(String name) {
        this.name = name;
    }

    private Transcript client(byte[]... messages) {
        turns.add(new Turn(true, all(messages)));
        return this;
    }

    private Transcript server(byte[]... messages) {
        turns.add(new Turn(false, all(messages)));
        return this;
    }

    List<Turn> turns() {
        return turns;
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
