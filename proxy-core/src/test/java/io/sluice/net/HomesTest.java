package io.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HomesTest {
    private final Loops loops = new Loops(Transport.NIO, 3, Clock.SYSTEM);
    private final Homes homes = new Homes(loops);
    private final Loop first = loops.get(0);
    private final Loop second = loops.get(1);
    private final Loop third = loops.get(2);

    @AfterEach
    void end() {
        loops.close();
    }

    @Test
    void aHomeIsWhereItsFirstSessionWasAccepted() {
        assertThat(homes.enter("acme", "main", second)).isSameAs(second);
        assertThat(homes.enter("acme", "main", first)).isSameAs(second);
        assertThat(homes.enter("acme", "other", first)).as("another backend").isSameAs(first);
        assertThat(homes.enter("globex", "main", third)).as("another tenant").isSameAs(third);
    }

    @Test
    void aHomeIsPlacedOnTheLoopWithFewestSessionsIfItsOwnHasFarMore() {
        enter("big", first, 64);
        homes.enter("some", "main", second);
        assertThat(homes.enter("small", "main", first)).as("64 more").isSameAs(first);

        assertThat(homes.enter("next", "main", first)).as("65 more").isSameAs(third);
    }

    @Test
    void aHomeWithSessionsNeverMoves() {
        homes.enter("acme", "main", first);
        homes.settle("acme", "main", first);
        enter("big", first, 500);

        homes.vacate("acme", "main");

        assertThat(homes.enter("acme", "main", second)).isSameAs(first);
        assertThat(homes.sessionsOn(first)).isEqualTo(502);
    }

    @Test
    void aHomeWithoutSessionsStaysWhereItsConnectionsAre() {
        homes.enter("acme", "main", first);
        homes.settle("acme", "main", first);
        homes.settle("acme", "main", first);
        homes.leave("acme", "main", first);
        homes.vacate("acme", "main");
        enter("big", first, 500);

        assertThat(homes.enter("acme", "main", second)).isSameAs(first);
    }

    @Test
    void aHomeOfWhichNothingIsLeftIsPlacedAnew() {
        homes.enter("acme", "main", first);
        homes.settle("acme", "main", first);
        homes.leave("acme", "main", first);

        homes.vacate("acme", "main");

        assertThat(homes.enter("acme", "main", second)).isSameAs(second);
        assertThat(homes.sessionsOn(first)).isZero();
        assertThat(homes.sessionsOn(second)).isEqualTo(1);
    }

    @Test
    void aHomeThatNeverHadAPoolIsPlacedAnewWhenNobodyIsThere() {
        homes.enter("acme", "main", first);
        homes.enter("acme", "main", first);
        homes.leave("acme", "main", first);
        assertThat(homes.enter("acme", "main", second)).isSameAs(first);
        homes.leave("acme", "main", first);

        homes.leave("acme", "main", first);

        assertThat(homes.enter("acme", "main", second)).isSameAs(second);
    }

    private void enter(String tenant, Loop loop, int sessions) {
        for (int i = 0; i < sessions; i++) {
            homes.enter(tenant, "main", loop);
        }
    }
}
