package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.sluice.resp.command.BackendCommands;
import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.wire.RespBytes;
import io.sluice.resp.wire.RespVersion;
import io.sluice.tenant.Destination;
import java.util.Locale;

/**
 * Commands that the proxy answers itself, in the client's order.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class LocalCommands {
    private static final String NO_CLUSTER = "ERR This instance has cluster support disabled";

    private final RespSession session;
    private final LocalAnswers answers;
    private final LoginCommands login;
    private final ClientCommands clients;
    private final CommandFamily family;

    LocalCommands(RespSession session) {
        this.session = session;
        this.answers = new LocalAnswers(session);
        this.login = new LoginCommands(session, answers);
        this.clients = new ClientCommands(session, answers);
        this.family = new CommandFamily(session, answers);
    }

    /**
     * Deals with a whole command.
     *
     * @return whether it is done with; otherwise it is asked again
     */
    boolean run(Request request, CommandSpec spec) {
        return switch (spec.name()) {
            case "ping" -> ping(request, spec);
            case "echo" -> echo(request, spec);
            case "select" -> select(request, spec);
            case "auth" -> login.auth(request, spec);
            case "hello" -> login.hello(request);
            case "quit" -> quit();
            case "reset" -> reset(request, spec);
            case "readonly", "asking" ->
                    request.count() == 1
                            ? answers.error(NO_CLUSTER)
                            : answers.wrongArguments(request, spec);
            case "readwrite" -> readWrite(request, spec);
            case "command" ->
                    request.count() == 1 ? family.run(request, spec) : container(request, spec);
            case "command count", "command info", "command docs", "command list" ->
                    family.run(request, spec);
            case "host:", "post" -> hangUp();
            default -> spec.isContainer() ? container(request, spec) : clients.run(request, spec);
        };
    }

    /** Whether a command that else needs a connection of its own is answered without one. */
    boolean isAnsweredWithoutState(Request request, CommandSpec spec) {
        return clients.isAnsweredWithoutTracking(request, spec);
    }

    /**
     * Deals with a whole command of a client that has to log in again.
     *
     * @return whether it is done with; otherwise it is asked again
     */
    boolean runUnproven(Request request) {
        if (request.is(0, "AUTH") || request.is(0, "HELLO") || request.is(0, "RESET")) {
            return run(
                    request,
                    session.home().table().named(request.text(0).toLowerCase(Locale.ROOT)));
        }
        if (request.scanner().isHttp(request.buffer())) {
            return hangUp();
        }
        return request.is(0, "QUIT") ? quit() : login.unproven(request);
    }

    /**
     * A container without a subcommand, or with one that nobody knows; or a server has no such
     * container.
     */
    private boolean container(Request request, CommandSpec spec) {
        if (!session.knowsServer()) {
            return false;
        }
        BackendCommands backend = session.lanes().commands();
        String unknown = backend.unknown(spec, request);
        if (unknown == null) {
            return answers.wrongArguments(request, spec);
        }
        return !session.commands().asksAgain() && answers.error(unknown);
    }

    private boolean ping(Request request, CommandSpec spec) {
        return switch (request.count()) {
            case 1 -> answers.simple("PONG");
            case 2 -> echoed(request);
            default -> answers.wrongArguments(request, spec);
        };
    }

    private boolean echo(Request request, CommandSpec spec) {
        return request.count() == 2 ? echoed(request) : answers.wrongArguments(request, spec);
    }

    private boolean echoed(Request request) {
        ByteBuf out = answers.begin(request.length(1) + 32);
        RespBytes.bulk(out, request.buffer(), request.start(1), request.length(1));
        return answers.end(out);
    }

    private boolean quit() {
        answers.ok();
        session.ending().leave("the client quit");
        return true;
    }

    private boolean hangUp() {
        session.ending().hangUp("it speaks HTTP");
        return true;
    }

    /** Before 7.0 Redis does this anywhere, since it does nothing. */
    private boolean readWrite(Request request, CommandSpec spec) {
        if (request.count() != 1) {
            return answers.wrongArguments(request, spec);
        }
        if (!session.knowsServer()) {
            return false;
        }
        return switch (session.lanes().commands().errors()) {
            case SINCE_6 -> answers.ok();
            case SINCE_7 -> answers.error(NO_CLUSTER);
        };
    }

    private boolean select(Request request, CommandSpec spec) {
        if (request.count() != 2) {
            return answers.wrongArguments(request, spec);
        }
        if (!request.isNumber(1)) {
            return answers.error(LocalAnswers.NOT_A_NUMBER);
        }
        Destination there = session.whereabouts().inDatabase(Long.toString(request.number(1, -1)));
        if (there == null) {
            return answers.error("ERR DB index is out of range");
        }
        if (!session.isSettled()) {
            return false;
        }
        RespVersion version = session.client().version();
        if (!session.whereabouts().canGo(there, version)) {
            return answers.error(RespSession.STAYS.formatted("SELECT"));
        }
        session.whereabouts().go(there, version);
        return answers.ok();
    }

    private boolean reset(Request request, CommandSpec spec) {
        if (request.count() != 1) {
            return answers.wrongArguments(request, spec);
        }
        if (!session.isSettled()) {
            return false;
        }
        session.startOver();
        return answers.simple("RESET");
    }
}
