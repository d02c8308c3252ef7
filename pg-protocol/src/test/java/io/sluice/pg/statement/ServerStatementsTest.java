package io.sluice.pg.statement;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.guard.OperationClass;
import io.sluice.pg.settings.Settings;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a server connection is known to have, and what of it goes first. */
class ServerStatementsTest {
    private static final int MANY = 1000;

    private final ServerStatements prepared = new ServerStatements();

    private static PreparedStatement statement(int bytes) {
        return new PreparedStatement(
                new byte[bytes],
                new ParseContext("", Settings.NONE, 0, true),
                "SELECT",
                OperationClass.SIMPLE_READ,
                null);
    }

    private PreparedStatement prepared(int bytes) {
        PreparedStatement statement = statement(bytes);
        prepared.add(statement);
        return statement;
    }

    private static byte[][] names(List<ServerStatements.Evicted> evicted) {
        return evicted.stream().map(ServerStatements.Evicted::serverName).toArray(byte[][]::new);
    }

    @Test
    void thoseUsedLeastRecentlyGoUntilTheirBytesLeaveRoom() {
        PreparedStatement first = prepared(40);
        PreparedStatement used = prepared(30);
        PreparedStatement third = prepared(20);
        prepared.has(used);

        assertThat(prepared.makeRoom(MANY, 100, 10)).isEmpty();
        assertThat(names(prepared.makeRoom(MANY, 100, 60)))
                .isDeepEqualTo(new byte[][] {first.serverName(), third.serverName()});
        assertThat(prepared.bytes()).isEqualTo(30);
        assertThat(prepared.has(used)).isTrue();
    }

    @Test
    void oneAloneMayHaveMoreThanAllMayHave() {
        prepared(40);
        assertThat(prepared.makeRoom(MANY, 100, 500)).hasSize(1);
        prepared(500);
        assertThat(prepared.bytes()).isEqualTo(500);
        assertThat(prepared.makeRoom(MANY, 100, 1)).hasSize(1);
        assertThat(prepared.bytes()).isZero();
    }

    @Test
    void asManyGoAsThereAreTooMany() {
        prepared(1);
        prepared(1);
        assertThat(prepared.makeRoom(3, 100, 1)).isEmpty();
        assertThat(prepared.makeRoom(2, 100, 1)).hasSize(1);
        assertThat(prepared.size()).isEqualTo(1);
    }

    @Test
    void noMoreThanSoManyGoForOneAndTheRestForThoseBehindIt() {
        int most = ServerStatements.MOST_EVICTED;
        for (int i = 0; i < 2 * most + 1; i++) {
            prepared(1);
        }
        assertThat(prepared.makeRoom(10 * most, 1000, 1000)).hasSize(most);
        prepared(1000);
        assertThat(prepared.makeRoom(10 * most, 1000, 1)).hasSize(most);
        assertThat(prepared.makeRoom(10 * most, 1000, 1))
                .as("the last, and the long one")
                .hasSize(2);
    }

    @Test
    void bytesAreCountedOnceWhateverComesAndGoes() {
        PreparedStatement one = prepared(10);
        prepared.add(one);
        assertThat(prepared.bytes()).isEqualTo(10);
        ServerStatements.Evicted evicted = prepared.makeRoom(1, 100, 0).getFirst();
        assertThat(prepared.bytes()).isZero();
        prepared.putBack(evicted);
        assertThat(prepared.bytes()).isEqualTo(10);
        prepared.remove(one.serverName());
        prepared.remove(one.serverName());
        assertThat(prepared.bytes()).isZero();
        prepared(10);
        prepared.clear();
        assertThat(prepared.bytes()).isZero();
    }

    @Test
    void whatTheServerDoesNotHaveIsForgottenUnderBothItsNames() {
        PreparedStatement statement = prepared(10);
        prepared.setUnnamed(statement);
        prepared.forget(statement);
        assertThat(prepared.has(statement)).isFalse();
        assertThat(prepared.unnamed()).isNull();
    }
}
