package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.sluice.resp.command.CommandSpec;
import io.sluice.resp.wire.RespBytes;
import io.sluice.resp.wire.RespVersion;
import io.sluice.tenant.Destination;

/**
 * AUTH and HELLO: who the client is, and which version of the protocol it speaks.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class LoginCommands {
    /** Commands without a proof that are answered before the connection is closed. */
    private static final int MOST_UNPROVEN = 16;

    /** For clients that ask for features by version, of a server that does not tell its own. */
    private static final String LEAST_VERSION = "6.2.0";

    private final RespSession session;
    private final LocalAnswers answers;
    private int unproven;

    LoginCommands(RespSession session, LocalAnswers answers) {
        this.session = session;
        this.answers = answers;
    }

    /** A command that a client without a proof may not use. */
    boolean unproven(Request request) {
        answers.error(Words.unproven(request));
        countUnproven();
        return true;
    }

    private void countUnproven() {
        if (!session.whereabouts().isAuthenticated() && ++unproven >= MOST_UNPROVEN) {
            session.ending().leave("%d commands without a login".formatted(unproven));
        }
    }

    boolean auth(Request request, CommandSpec spec) {
        if (request.count() < 2) {
            return answers.wrongArguments(request, spec);
        }
        Credentials credentials = Credentials.ofAuth(request);
        if (credentials == null) {
            return answers.error(LocalAnswers.SYNTAX);
        }
        if (!session.isSettled()) {
            return false;
        }
        session.authenticate(
                credentials,
                verdict -> {
                    if (isLetIn(verdict, session.client().version(), "AUTH")) {
                        answers.ok();
                    }
                });
        return true;
    }

    boolean hello(Request request) {
        if (!session.isSettled()) {
            return false;
        }
        return switch (Hello.read(request)) {
            case Hello.Wrong(String error) -> {
                answers.error(error);
                countUnproven();
                yield true;
            }
            case Hello.Asked asked -> hello(asked);
        };
    }

    private boolean hello(Hello.Asked asked) {
        RespVersion version =
                asked.version() == null ? session.client().version() : asked.version();
        if (session.whereabouts().isAuthenticated() && !session.knowsServer(version)) {
            return false; // its version is part of the answer
        }
        String serverVersion = session.lanes().knowledge().version();
        Credentials credentials = asked.credentials();
        if (credentials != null) {
            session.authenticate(
                    credentials,
                    verdict -> {
                        if (isLetIn(verdict, session.client().version(), "HELLO")) {
                            greet(asked, version, serverVersion);
                        }
                    });
        } else if (session.whereabouts().isAuthenticated()) {
            greet(asked, version, serverVersion);
        } else {
            answers.error(Words.HELLO_UNPROVEN);
            countUnproven();
        }
        return true;
    }

    /** Returns whether the client is let in; otherwise it has been told. */
    private boolean isLetIn(Verdict verdict, RespVersion version, String command) {
        switch (verdict) {
            case Verdict.LetIn(Destination there) -> {
                return isLetIn(there, version, command);
            }
            case Verdict.Wrong _ -> {
                answers.error(Words.WRONG_PASSWORD);
                countUnproven();
            }
            case Verdict.NotChecked _ -> answers.error(Words.NOT_CHECKED);
            case Verdict.TooMany(var why) -> {
                answers.error(Words.tooManyFailures(why));
                session.ending().leave(why.reason());
            }
        }
        return false;
    }

    private boolean isLetIn(Destination there, RespVersion version, String command) {
        if (!session.whereabouts().isAtHome(there)) {
            return !answers.error(
                    "ERR sluice: a connection stays with the tenant that it has logged in to, open another one");
        }
        Destination sameDatabase = session.whereabouts().inPresentDatabase(there);
        if (!session.whereabouts().canGo(sameDatabase, version)) {
            return !answers.error(RespSession.STAYS.formatted(command));
        }
        session.whereabouts().go(sameDatabase, version);
        session.whereabouts().onLogin();
        unproven = 0;
        return true;
    }

    private void greet(Hello.Asked asked, RespVersion version, String serverVersion) {
        String error = asked.error();
        if (error != null) {
            answers.error(error);
            return;
        }
        if (!session.whereabouts().canGo(session.destination(), version)) {
            answers.error(RespSession.STAYS.formatted("HELLO"));
            return;
        }
        session.whereabouts().go(session.destination(), version);
        session.client().setVersion(version);
        String name = asked.name();
        if (name != null) {
            session.client().setName(name);
        }
        ByteBuf out = answers.begin(256);
        RespBytes.map(out, version, 7);
        RespBytes.bulk(out, "server");
        RespBytes.bulk(out, "redis");
        RespBytes.bulk(out, "version");
        RespBytes.bulk(out, serverVersion.isEmpty() ? LEAST_VERSION : serverVersion);
        RespBytes.bulk(out, "proto");
        RespBytes.integer(out, version.number());
        RespBytes.bulk(out, "id");
        RespBytes.integer(out, session.id());
        RespBytes.bulk(out, "mode");
        RespBytes.bulk(out, "standalone");
        RespBytes.bulk(out, "role");
        RespBytes.bulk(out, "master");
        RespBytes.bulk(out, "modules");
        session.lanes().knowledge().modules().write(out, version);
        answers.end(out);
    }
}
