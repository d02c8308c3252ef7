package io.sluice.resp.session;

import io.sluice.resp.command.CommandErrors;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which clients CLIENT KILL is about, among those of the tenant; null or 0 where nothing is said.
 *
 * @param seconds least age
 * @param skipsItself whether not about the client that asks
 */
record ClientFilter(
        long id,
        @Nullable String address,
        @Nullable String localAddress,
        @Nullable String user,
        @Nullable Type type,
        long seconds,
        boolean skipsItself) {

    /** Kinds of clients; there is nobody of the others that Redis has. */
    enum Type {
        NORMAL,
        PUBSUB,
        MASTER,
        REPLICA;

        /** Null if there is no such one. */
        static @Nullable Type of(Request request, int i) {
            return switch (request.text(i).toLowerCase(Locale.ROOT)) {
                case "normal" -> NORMAL;
                case "pubsub" -> PUBSUB;
                case "master" -> MASTER;
                case "slave", "replica" -> REPLICA;
                default -> null;
            };
        }

        boolean isOf(RespSession session) {
            return this == (session.subscribing().isSubscribed() ? PUBSUB : NORMAL);
        }
    }

    /** What was read. */
    sealed interface Reading {
        record Read(ClientFilter filter) implements Reading {}

        record Wrong(String error) implements Reading {}
    }

    /** Those of a session's tenant, itself among them, the oldest first. */
    static List<RespSession> peers(RespSession session) {
        String tenant = session.destination().tenant().name();
        var peers = new ArrayList<RespSession>();
        session.context()
                .proxy()
                .sessions(session.loop())
                .forEach(each -> {
                    if (each instanceof RespSession peer
                            && !peer.isOver()
                            && peer.destination().tenant().name().equals(tenant)) {
                        peers.add(peer);
                    }
                });
        peers.sort(Comparator.comparingLong(RespSession::id));
        return peers;
    }

    static String unknownType(Request request, int i) {
        return "ERR Unknown client type '%s'".formatted(request.shown(i));
    }

    /** Reads the arguments of CLIENT KILL, of which there is one at least. */
    static Reading read(Request kill, RespSession session) {
        if (kill.count() == 3) {
            return new Reading.Read(new ClientFilter(0, kill.text(2), null, null, null, 0, false));
        }
        var reader = new Reader(session);
        for (int i = 2; i < kill.count(); i += 2) {
            String error = i + 1 < kill.count() ? reader.option(kill, i) : LocalAnswers.SYNTAX;
            if (error != null) {
                return new Reading.Wrong(error);
            }
        }
        return new Reading.Read(
                new ClientFilter(
                        reader.id,
                        reader.address,
                        reader.localAddress,
                        reader.user,
                        reader.type,
                        reader.seconds,
                        reader.skipsItself));
    }

    /** Goes from option to option. */
    private static final class Reader {
        private final RespSession session;
        private long id;
        private @Nullable String address;
        private @Nullable String localAddress;
        private @Nullable String user;
        private @Nullable Type type;
        private long seconds;
        private boolean skipsItself = true;

        Reader(RespSession session) {
            this.session = session;
        }

        /** Returns the error that is answered; null if there is none. */
        @Nullable String option(Request kill, int i) {
            return switch (kill.text(i).toLowerCase(Locale.ROOT)) {
                case "id" -> id(kill, i + 1);
                case "type" -> {
                    type = Type.of(kill, i + 1);
                    yield type == null ? unknownType(kill, i + 1) : null;
                }
                case "addr" -> {
                    address = kill.text(i + 1);
                    yield null;
                }
                case "laddr" -> {
                    localAddress = kill.text(i + 1);
                    yield null;
                }
                case "user" -> {
                    user =
                            kill.buffer()
                                    .toString(
                                            kill.start(i + 1),
                                            kill.length(i + 1),
                                            StandardCharsets.UTF_8);
                    yield session.destination().service().users().containsKey(user)
                            ? null
                            : "ERR No such user '%s'".formatted(user);
                }
                case "skipme" -> skipMe(kill, i + 1);
                case "maxage" -> maxAge(kill, i + 1);
                default -> LocalAnswers.SYNTAX;
            };
        }

        private @Nullable String id(Request kill, int i) {
            boolean isNumber = kill.isNumber(i);
            long number = kill.number(i, 0);
            if (session.lanes().commands().errors() == CommandErrors.SINCE_6) {
                id = number; // 0 is as if it were not said
                return isNumber ? null : LocalAnswers.NOT_A_NUMBER;
            }
            id = number;
            return isNumber && number > 0 ? null : "ERR client-id should be greater than 0";
        }

        private @Nullable String skipMe(Request kill, int i) {
            skipsItself = kill.is(i, "YES");
            return skipsItself || kill.is(i, "NO") ? null : LocalAnswers.SYNTAX;
        }

        private @Nullable String maxAge(Request kill, int i) {
            if (!kill.isNumber(i)) {
                return "ERR maxage is not an integer or out of range";
            }
            seconds = kill.number(i, 0);
            return seconds > 0 ? null : "ERR maxage should be greater than 0";
        }
    }

    /** Whether it is about {@code peer}, when {@code asking} asks. */
    boolean matches(RespSession peer, RespSession asking) {
        return (id == 0 || peer.id() == id)
                && (address == null || address.equals(ClientLine.address(peer)))
                && (localAddress == null || localAddress.equals(ClientLine.localAddress(peer)))
                && (user == null || user.equals(peer.destination().user().name()))
                && (type == null || type.isOf(peer))
                && ClientLine.age(peer) >= seconds
                && !(skipsItself && peer == asking);
    }
}
