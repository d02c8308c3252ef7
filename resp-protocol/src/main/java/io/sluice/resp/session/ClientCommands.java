package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.wire.RespBytes;
import io.sluice.resp.wire.RespVersion;
import io.sluice.session.ClientSession;
import java.util.ArrayList;
import java.util.List;

/**
 * CLIENT: what a client says of itself and asks of itself, and of the other clients of its tenant.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class ClientCommands {
    private static final String NOT_TRACKING =
            "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled";

    private final RespSession session;
    private final LocalAnswers answers;

    ClientCommands(RespSession session, LocalAnswers answers) {
        this.session = session;
        this.answers = answers;
    }

    /**
     * Deals with a whole command.
     *
     * @return whether it is done with; otherwise it is asked again
     */
    boolean run(Request request, CommandSpec spec) {
        return switch (spec.name()) {
            case "client id" ->
                    count(request, 2) ? answers.integer(session.id()) : wrong(request, spec);
            case "client getname" -> count(request, 2) ? getName() : wrong(request, spec);
            case "client setname" -> count(request, 3) ? setName(request) : wrong(request, spec);
            case "client setinfo" -> count(request, 4) ? setInfo(request) : wrong(request, spec);
            case "client reply" -> count(request, 3) ? reply(request) : wrong(request, spec);
            case "client no-touch" -> count(request, 3) ? noTouch(request) : wrong(request, spec);
            case "client info" -> count(request, 2) ? info() : wrong(request, spec);
            case "client list" -> list(request);
            case "client kill" -> kill(request, spec);
            case "client unblock" -> unblock(request, spec);
            case "client getredir" ->
                    count(request, 2) ? answers.integer(-1) : wrong(request, spec);
            case "client trackinginfo" -> count(request, 2) ? trackingInfo() : wrong(request, spec);
            case "client caching" ->
                    count(request, 3) ? answers.error(NOT_TRACKING) : wrong(request, spec);
            case "client tracking" -> answers.ok();
            default -> throw new IllegalStateException(spec.name() + " has no answer");
        };
    }

    /** Whether a command that is about tracking needs no server where nothing is tracked. */
    boolean isAnsweredWithoutTracking(Request request, CommandSpec spec) {
        return switch (spec.name()) {
            case "client getredir", "client trackinginfo", "client caching" -> true;
            case "client tracking" -> request.count() == 3 && request.is(2, "OFF");
            default -> false;
        };
    }

    private static boolean count(Request request, int arguments) {
        return request.count() == arguments;
    }

    private boolean wrong(Request request, CommandSpec spec) {
        return answers.wrongArguments(request, spec);
    }

    // ---- what it says of itself

    private boolean getName() {
        String name = session.client().name();
        ByteBuf out = answers.begin(name.length() + 16);
        if (name.isEmpty()) {
            RespBytes.nullBulk(out, session.client().version());
        } else {
            RespBytes.bulk(out, name);
        }
        return answers.end(out);
    }

    private boolean setName(Request request) {
        String name = request.text(2);
        if (!Hello.isName(name)) {
            return answers.error(Hello.NO_NAME);
        }
        session.client().setName(name);
        return answers.ok();
    }

    private boolean setInfo(Request request) {
        String value = request.text(3);
        boolean library = request.is(2, "LIB-NAME");
        if (!library && !request.is(2, "LIB-VER")) {
            return answers.error("ERR Unrecognized option '%s'".formatted(request.shown(2)));
        }
        if (!Hello.isName(value)) {
            return answers.error(
                    "ERR %s cannot contain spaces, newlines or special characters."
                            .formatted(request.shown(2)));
        }
        if (library) {
            session.client().setLibrary(value);
        } else {
            session.client().setLibraryVersion(value);
        }
        return answers.ok();
    }

    private boolean reply(Request request) {
        Client client = session.client();
        if (request.is(2, "ON")) {
            ByteBuf out = answers.begin(8);
            client.answerAll();
            RespBytes.ok(out);
            return answers.end(out);
        }
        if (request.is(2, "OFF")) {
            client.onCommand();
            client.answerNothing();
        } else if (request.is(2, "SKIP")) {
            client.onCommand();
            client.skipNext();
        } else {
            return answers.error(LocalAnswers.SYNTAX);
        }
        return true;
    }

    private boolean noTouch(Request request) {
        boolean on = request.is(2, "ON");
        if (!on && !request.is(2, "OFF")) {
            return answers.error(LocalAnswers.SYNTAX);
        }
        session.client().setTouchesNothing(on);
        return answers.ok();
    }

    private boolean trackingInfo() {
        RespVersion version = session.client().version();
        ByteBuf out = answers.begin(96);
        RespBytes.map(out, version, 3);
        RespBytes.bulk(out, "flags");
        RespBytes.set(out, version, 1);
        RespBytes.bulk(out, "off");
        RespBytes.bulk(out, "redirect");
        RespBytes.integer(out, -1);
        RespBytes.bulk(out, "prefixes");
        RespBytes.array(out, 0);
        return answers.end(out);
    }

    // ---- the clients of its tenant

    private boolean info() {
        var line = new StringBuilder(512);
        ClientLine.append(line, session);
        return answers.verbatim(line);
    }

    private boolean list(Request request) {
        List<RespSession> peers = ClientFilter.peers(session);
        if (request.count() == 4 && request.is(2, "TYPE")) {
            ClientFilter.Type type = ClientFilter.Type.of(request, 3);
            if (type == null) {
                return answers.error(ClientFilter.unknownType(request, 3));
            }
            return lines(peers.stream().filter(type::isOf).toList());
        }
        if (request.count() > 3 && request.is(2, "ID")) {
            var found = new ArrayList<RespSession>();
            for (int i = 3; i < request.count(); i++) {
                if (!request.isNumber(i)) {
                    return answers.error("ERR Invalid client ID");
                }
                long id = request.number(i, -1);
                peers.stream().filter(peer -> peer.id() == id).forEach(found::add);
            }
            return lines(found);
        }
        return request.count() == 2 ? lines(peers) : answers.error(LocalAnswers.SYNTAX);
    }

    private boolean lines(List<RespSession> sessions) {
        var lines = new StringBuilder(300 * sessions.size() + 16);
        sessions.forEach(each -> ClientLine.append(lines, each));
        return answers.verbatim(lines);
    }

    private boolean kill(Request request, CommandSpec spec) {
        if (!session.knowsServer()) {
            return false; // what is an error depends on its version
        }
        if (request.count() == 2) {
            return switch (session.lanes().commands().errors()) {
                case SINCE_6 -> answers.error(LocalAnswers.SYNTAX);
                case SINCE_7 -> wrong(request, spec);
            };
        }
        return switch (ClientFilter.read(request, session)) {
            case ClientFilter.Reading.Wrong(String error) -> answers.error(error);
            case ClientFilter.Reading.Read(ClientFilter filter) -> kill(filter, request);
        };
    }

    private boolean kill(ClientFilter filter, Request request) {
        List<RespSession> found =
                ClientFilter.peers(session).stream()
                        .filter(peer -> filter.matches(peer, session))
                        .toList();
        for (RespSession peer : found) {
            if (peer != session) {
                peer.end(
                        ClientSession.EndCode.KILLED,
                        "killed by client %d of its tenant".formatted(session.id()));
            }
        }
        if (request.count() > 3) {
            answers.integer(found.size());
        } else if (found.isEmpty()) {
            answers.error("ERR No such client");
        } else {
            answers.ok();
        }
        if (found.contains(session)) {
            session.ending().leave("it killed itself");
        }
        return true;
    }

    private boolean unblock(Request request, CommandSpec spec) {
        int count = request.count();
        if (count < 3) {
            return wrong(request, spec);
        }
        if (count > 4) {
            return session.knowsServer()
                    && answers.error(session.lanes().commands().errors().subcommandSyntax(request));
        }
        boolean error = count == 4 && request.is(3, "ERROR");
        if (count == 4 && !error && !request.is(3, "TIMEOUT")) {
            return answers.error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
        }
        if (!request.isNumber(2)) {
            return answers.error(LocalAnswers.NOT_A_NUMBER);
        }
        if (session.hasOpenSlots()) {
            return false;
        }
        long id = request.number(2, -1);
        for (RespSession peer : ClientFilter.peers(session)) {
            RespConnection blocked = peer.id() == id ? peer.blockedOn() : null;
            if (blocked != null) {
                Unblocking.begin(session, answers, peer, blocked, error);
                return true;
            }
        }
        return answers.integer(0);
    }
}
