package io.sluice.pg.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.guard.OperationClass;
import io.sluice.pg.settings.Settings;
import io.sluice.pg.sql.SettingChange;
import io.sluice.pg.statement.Effects;
import io.sluice.pg.statement.ParseContext;
import io.sluice.pg.statement.PreparedStatement;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What portals execute is known as long as their server may have them, and not longer. */
class PortalsTest {
    private final Portals portals = new Portals();

    private static Detail.Using using() {
        return using(null);
    }

    private static Detail.Using using(@Nullable Effects effects) {
        return new Detail.Using(
                new PreparedStatement(
                        new byte[0],
                        new ParseContext("", Settings.NONE, 0, true),
                        "SELECT",
                        OperationClass.SIMPLE_READ,
                        effects),
                effects);
    }

    @Test
    void aPortalOfARequestBehindTheEndOfATransactionIsKnownUntilItIsAnsweredItself() {
        Detail.Using ahead = using();
        Detail.Using behind = using();
        portals.put("ahead", ahead);
        portals.put("behind", behind);
        portals.onReady(true, 2);
        assertThat(portals.get("behind")).isSameAs(behind);
        portals.put("last", using());
        portals.onReady(true, 2);
        assertThat(portals.get("behind")).isSameAs(behind);
        portals.onReady(true, 1);
        assertThat(portals.get("behind")).isNull();
        assertThat(portals.get("last")).isNotNull();
        portals.onReady(true, 0);
        assertThat(portals.size()).isZero();
    }

    @Test
    void aPortalIsKnownAsLongAsItsTransactionIsOpen() {
        portals.put("p", using());
        for (int i = 0; i < 10; i++) {
            portals.onReady(false, i % 3);
        }
        assertThat(portals.get("p")).isNotNull();
        portals.onReady(true, 0);
        assertThat(portals.get("p")).isNull();
    }

    @Test
    void aClosedPortalIsNotFoundAmongTheOlderOnes() {
        portals.put("p", using());
        portals.onReady(true, 1);
        Detail.Using again = using();
        portals.put("p", again);
        assertThat(portals.remove("p")).isSameAs(again);
        assertThat(portals.get("p")).isNull();
        assertThat(portals.remove("p")).isNull();
    }

    @Test
    void aPortalThatSetsMoreThanIsRememberedIsNotTakenForTheFormerOfItsName() {
        portals.put("p", using());
        assertThat(portals.put("p", using(setting(Portals.MOST_LENGTH)))).isTrue();
        assertThat(portals.put("p", using(setting(Portals.MOST_LENGTH + 1)))).isFalse();
        assertThat(portals.get("p")).isNull();
    }

    private static Effects setting(int length) {
        return new Effects(
                List.of(new SettingChange(SettingChange.Kind.SET, "app.x", "x".repeat(length), 0)),
                Set.of(),
                false,
                null,
                false,
                false,
                List.of(),
                false,
                false);
    }
}
