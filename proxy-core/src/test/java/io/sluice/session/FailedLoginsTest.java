package io.sluice.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.session.FailedLogins.Source;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Who is refused for failed logins, and for how long. */
class FailedLoginsTest {
    private static final int LIMIT = 3;
    private static final long MINUTE = FailedLogins.WINDOW.toNanos();

    private final FailedLogins failed = new FailedLogins();

    private static Source at(String address, String tenant) {
        return Source.of(new InetSocketAddress(address, 4711), tenant);
    }

    private void fail(Source source, int times, long now) {
        for (int i = 0; i < times; i++) {
            failed.failed(source, now);
        }
    }

    @Test
    void pausesASourceThatFailedTooOftenUntilItsMinuteIsOver() {
        Source source = at("192.0.2.1", "acme");
        fail(source, LIMIT - 1, 0);
        assertThat(failed.pause(source, LIMIT, 1)).isZero();
        failed.failed(source, 2);
        assertThat(failed.pause(source, LIMIT, MINUTE / 4)).isEqualTo(Duration.ofSeconds(45));
        assertThat(failed.pause(source, LIMIT, MINUTE)).isZero();
        fail(source, LIMIT - 1, MINUTE);
        assertThat(failed.pause(source, LIMIT, MINUTE)).as("counted anew").isZero();
        assertThat(failed.total()).isEqualTo(2 * LIMIT - 1);
        assertThat(failed.refused()).isEqualTo(1);
    }

    @Test
    void keepsAddressesAndTenantsApart() {
        fail(at("192.0.2.1", "acme"), LIMIT, 0);
        assertThat(failed.pause(at("192.0.2.1", "acme"), LIMIT, 0)).isPositive();
        assertThat(failed.pause(at("192.0.2.1", "globex"), LIMIT, 0)).isZero();
        assertThat(failed.pause(at("192.0.2.2", "acme"), LIMIT, 0)).isZero();
    }

    @Test
    void takesAnIpv6NetworkForOneSource() {
        fail(at("2001:db8::1", "acme"), LIMIT, 0);
        assertThat(failed.pause(at("2001:db8::ffff:2", "acme"), LIMIT, 0)).isPositive();
        assertThat(failed.pause(at("2001:db8:0:1::1", "acme"), LIMIT, 0)).isZero();
    }

    @Test
    void takesLocalClientsForOneSource() {
        fail(Source.of(null, "acme"), LIMIT, 0);
        assertThat(failed.pause(Source.of(null, "acme"), LIMIT, 0)).isPositive();
    }

    @Test
    void hasNoLimitAtZero() {
        Source source = at("192.0.2.1", "acme");
        fail(source, 1000, 0);
        assertThat(failed.pause(source, 0, 0)).isZero();
    }

    @Test
    void forgetsTheSourceThatFailedLongestAgo() {
        Source stale = at("192.0.2.1", "acme");
        Source recent = at("192.0.2.2", "acme");
        fail(recent, 1, 0);
        fail(stale, LIMIT, 0);
        fail(recent, LIMIT, 0);
        for (int i = 0; i < FailedLogins.MAX_SOURCES - 1; i++) {
            failed.failed(new Source("another " + i, "acme"), 0);
        }
        assertThat(failed.pause(recent, LIMIT, 0)).isPositive();
        assertThat(failed.pause(stale, LIMIT, 0)).isZero();
    }
}
