package io.sluice.fanout;

import java.time.Duration;

/**
 * Limits and patience of a hub.
 *
 * @param topicsPerSubscriber most topics that one subscriber has or waits for, and most requests of
 *     it that are unanswered
 * @param topicsInAll most topics of all subscribers together, each counted as often as it is
 *     subscribed to
 * @param nameBytesInAll most bytes of the names of different topics
 * @param unsentHard most bytes a subscriber may have unsent
 * @param unsentSoft bytes that a subscriber may have unsent for no longer than {@code softFor}
 * @param softFor see there
 * @param answerTimeout a server that does not answer for so long is lost
 * @param probeAfter a link on which nothing was heard for so long is asked for a sign of life
 * @param retryPause first pause before the server is tried again, where nobody else says how long
 */
public record HubSettings(
        int topicsPerSubscriber,
        int topicsInAll,
        long nameBytesInAll,
        long unsentHard,
        long unsentSoft,
        Duration softFor,
        Duration answerTimeout,
        Duration probeAfter,
        Duration retryPause) {
    public HubSettings {
        atLeastOne("topicsPerSubscriber", topicsPerSubscriber);
        atLeastOne("topicsInAll", topicsInAll);
        atLeastOne("nameBytesInAll", nameBytesInAll);
        atLeastOne("unsentHard", unsentHard);
        atLeastOne("unsentSoft", unsentSoft);
        positive("softFor", softFor);
        positive("answerTimeout", answerTimeout);
        positive("probeAfter", probeAfter);
        positive("retryPause", retryPause);
    }

    private static void atLeastOne(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException("%s %d, must be at least 1".formatted(name, value));
        }
    }

    private static void positive(String name, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException("%s %s, must be positive".formatted(name, value));
        }
    }
}
